/// A recording whose file had to be read as a whole to be understood, as text must.
struct RecordingInMemory: RecordingFile {
  let name: String
  private let recording: Recording

  init(_ recording: Recording, name: String) {
    self.recording = recording
    self.name = name
  }

  var leads: [LeadDescription] {
    recording.leads.map {
      LeadDescription(name: $0.name, samplingRate: recording.samplingRate, sampleCount: $0.samples.count)
    }
  }
  var comments: [String] { recording.comments }
  var date: RecordingDate? { recording.date }

  func stream(lead: Int, verifying: Bool) -> any LeadStream { Stream(rest: recording.leads[lead].samples[...]) }

  func read(leads: Range<Int>, verifying: Bool) -> [Lead] { Array(recording.leads[leads]) }

  private struct Stream: LeadStream {
    var rest: ArraySlice<Float>

    mutating func next(_ buffer: UnsafeMutableBufferPointer<Float>) -> Int {
      let count = min(buffer.count, rest.count)
      _ = buffer.update(fromContentsOf: rest.prefix(count))
      rest = rest.dropFirst(count)
      return count
    }
  }
}
