/// One lead less another of the same recording: what an electrode at the place of the first sees against one at the place of the
/// second. "V5-V1" is a lead across the chest, as patches see it; "II-I" is III.
struct LeadDifference: RecordingFile {
  private let recording: any RecordingFile
  private let first: Int
  private let second: Int

  /// Throws `differentRates` when the two were not sampled alike.
  init(_ recording: any RecordingFile, _ first: Int, minus second: Int) throws(RecordError) {
    guard recording.leads[first].samplingRate == recording.leads[second].samplingRate else {
      throw .differentRates(file: recording.name)
    }
    self.recording = recording
    self.first = first
    self.second = second
  }

  var name: String { recording.name }
  var comments: [String] { recording.comments }
  var date: RecordingDate? { recording.date }

  var leads: [LeadDescription] {
    let (one, other) = (recording.leads[first], recording.leads[second])
    return [
      LeadDescription(
        name: "\(one.name)-\(other.name)", samplingRate: one.samplingRate,
        sampleCount: min(one.sampleCount, other.sampleCount))
    ]
  }

  func stream(lead: Int, verifying: Bool) throws(RecordError) -> any LeadStream {
    Stream(
      first: try recording.stream(lead: first, verifying: verifying),
      second: try recording.stream(lead: second, verifying: verifying))
  }

  private struct Stream: LeadStream {
    var first: any LeadStream
    var second: any LeadStream

    mutating func next(_ buffer: UnsafeMutableBufferPointer<Float>) throws(RecordError) -> Int {
      let other = UnsafeMutableBufferPointer<Float>.allocate(capacity: buffer.count)
      defer { other.deallocate() }
      let count = min(try first.next(buffer), try second.next(other))
      for place in 0..<count { buffer[place] -= other[place] }
      return count
    }
  }
}
