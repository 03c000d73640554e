/// An ordinary WFDB record: a header and the signal files that it names.
struct WFDBRecord: RecordingFile {
  /// As errors name the header.
  let name: String
  let leads: [LeadDescription]
  let header: WFDBHeader
  /// In every signal.
  let frameCount: Int
  private let folder: String
  private let groups: [SignalGroup]
  /// For each signal, the number of its group.
  private let groupOfSignal: [Int]

  var comments: [String] { header.comments }
  var date: RecordingDate? { header.date }

  /// `path` is the header's.
  init(header: WFDBHeader, path: String) throws(RecordError) {
    name = shortName(path)
    self.header = header
    folder = folderPart(of: path)
    let groups = try SignalGroup.groups(of: header, path: path)
    self.groups = groups
    groupOfSignal = groups.indices.flatMap { index in groups[index].signals.map { _ in index } }

    if let promised = header.frameCount {
      frameCount = promised
    } else {
      // A signal file that cannot be read stands in the way of its own signals only.
      var shortest: Int?
      for group in groups {
        if let file = try? group.open(promised: nil, folder: folder, header: name) {
          shortest = min(shortest ?? .max, file.frameCount)
        }
      }
      frameCount = shortest ?? 0
    }
    leads = try header.leadDescriptions(header.signals, frameCount: frameCount, file: name)
  }

  func stream(lead: Int, verifying: Bool) throws(RecordError) -> any LeadStream {
    try signalStream(lead, verifying: verifying)
  }

  func signalStream(_ signal: Int, verifying: Bool) throws(RecordError) -> WFDBStream {
    let group = groups[groupOfSignal[signal]]
    let file = try group.open(promised: header.frameCount, folder: folder, header: name)
    return WFDBStream(
      file, decoder: try decoder(of: signal), samplesPerFrame: header.signals[signal].samplesPerFrame,
      frameCount: frameCount, lateFrames: header.signals[signal].skew,
      verifiedAs: isVerified(verifying, group) ? shortName(folder + group.file) : nil)
  }

  func read(leads chosen: Range<Int>, verifying: Bool) throws(RecordError) -> [Lead] {
    var columns = Array(repeating: [Float](), count: chosen.count)
    try append(chosen.enumerated().map { (column: $0.offset, signal: $0.element) }, verifying: verifying, to: &columns)
    return zip(chosen, columns).map { Lead(name: header.signals[$0].description, samples: $1) }
  }

  /// Appends all samples of some signals, in one pass over each signal file.
  func append(
    _ wanted: [(column: Int, signal: Int)], verifying: Bool, to columns: inout [[Float]]
  ) throws(RecordError) {
    let byGroup = Dictionary(grouping: wanted) { groupOfSignal[$0.signal] }
    for (index, members) in byGroup.sorted(by: { $0.key < $1.key }) {
      let group = groups[index]
      let file = try group.open(promised: header.frameCount, folder: folder, header: name)
      guard frameCount > 0 else { throw .empty(file: shortName(folder + group.file)) }
      try requirePlausible(
        samples: members.map { leads[$0.signal].sampleCount }, bytes: file.byteCount, file: name)

      var decoders: [LeadDecoder] = []
      for (column, signal) in members {
        decoders.append(try decoder(of: signal))
        columns[column].reserveLarge(leads[signal].sampleCount)
      }
      var left = frameCount
      while left > 0 {
        let frames = min(try file.next(), left)
        guard frames > 0 else { break }
        left -= frames
        for (k, member) in members.enumerated() {
          let count = frames * header.signals[member.signal].samplesPerFrame
          columns[member.column].append(addingCapacity: count) { span in
            span.withUnsafeMutableBufferPointer { buffer, filled in
              let room = UnsafeMutableBufferPointer(rebasing: buffer[filled..<filled + count])
              decoders[k].decode(file, from: 0, into: room)
              filled += count
            }
          }
        }
      }
      for (k, member) in members.enumerated() {
        if isVerified(verifying, group) { try decoders[k].verify(file: shortName(folder + group.file)) }
        shift(&columns[member.column], signal: member.signal)
      }
    }
  }

  /// Moves a signal that lies late in its file to its time; the last samples are missing then.
  private func shift(_ samples: inout [Float], signal: Int) {
    let signal = header.signals[signal]
    guard signal.skew > 0 else { return }
    let count = frameCount * signal.samplesPerFrame
    let late = min(signal.skew, frameCount) * signal.samplesPerFrame
    let start = samples.count - count
    samples.removeSubrange(start..<start + late)
    samples.append(contentsOf: repeatElement(.nan, count: late))
  }

  /// Bytes of the files that hold these signals.
  func byteCount(of signals: [Int]) throws(RecordError) -> Int {
    var total = 0
    for index in Set(signals.map { groupOfSignal[$0] }) where groups[index].format != NullFormat.number {
      total = total.addingReportingOverflow(try FileReader(folder + groups[index].file).byteCount).partialValue
    }
    return total
  }

  private func isVerified(_ verifying: Bool, _ group: SignalGroup) -> Bool {
    verifying && header.frameCount != nil && group.format != NullFormat.number
  }

  private func decoder(of signal: Int) throws(RecordError) -> LeadDecoder {
    let group = groups[groupOfSignal[signal]]
    guard let format = signalFormats[group.format] else { throw group.unknownFormat(header: name) }
    return try LeadDecoder(
      header.signals[signal], format: format, place: group.places[signal - group.signals.lowerBound],
      file: shortName(folder + group.file))
  }
}

/// Compressed files and segments that are listed again and again are allowed to grow in memory, but not without bounds.
///
/// - Parameters:
///   - samples: of each lead.
///   - bytes: of the files that hold them.
func requirePlausible(samples: [Int], bytes: Int, file: String) throws(RecordError) {
  func sum(_ numbers: [Int]) -> Int {
    numbers.reduce(0) { $0.addingReportingOverflow($1).overflow ? .max : $0 + $1 }
  }
  let (grown, overflow) = bytes.multipliedReportingOverflow(by: 128)
  let total = sum(samples)
  guard total <= sum([overflow ? .max : grown, 1 << 25]) else {
    throw .tooLarge(file: file, samples: total, bytes: bytes)
  }
}
