/// Reads several leads in turns of `step` samples, so that leads whose samples alternate in a file share what is in memory
/// of it.
///
/// - Parameter sampleCount: of each lead, known to be in the file.
func readTogether<Stream: LeadStream>(
  _ streams: [Stream], names: [String], sampleCount: Int, step: Int
) throws(RecordError) -> [Lead] {
  var streams = streams
  var leads = names.map { Lead(name: $0, samples: []) }
  for index in leads.indices { leads[index].samples.reserveCapacity(sampleCount) }
  let piece = UnsafeMutableBufferPointer<Float>.allocate(capacity: min(max(step, 1), max(sampleCount, 1)))
  defer { piece.deallocate() }
  for start in stride(from: 0, to: sampleCount, by: piece.count) {
    let wanted = UnsafeMutableBufferPointer(rebasing: piece[..<min(piece.count, sampleCount - start)])
    for index in leads.indices {
      let count = try streams[index].next(wanted)
      leads[index].samples.append(contentsOf: UnsafeBufferPointer(rebasing: wanted[..<count]))
    }
  }
  return leads
}
