/// One lead as its file describes it, before any sample is read.
public struct LeadDescription: Sendable, Equatable {
  /// As the file names it ("I", "MLII"); may be empty.
  public var name: String
  /// As the file names it ("uV"); samples are always delivered in millivolts.
  public var unit: String
  /// Hertz.
  public var samplingRate: Double
  public var sampleCount: Int

  public init(name: String, unit: String = "mV", samplingRate: Double, sampleCount: Int) {
    self.name = name
    self.unit = unit
    self.samplingRate = samplingRate
    self.sampleCount = sampleCount
  }

  /// Seconds.
  public var duration: Double { Double(sampleCount) / samplingRate }
}

/// An opened recording: what its header says, and its samples when asked for. Immutable, so that threads may share it.
public protocol RecordingFile: Sendable {
  /// As errors name the file: "Person_07/rec_2.hea".
  var name: String { get }
  var leads: [LeadDescription] { get }
  /// Free text from the file's header, one entry a line, without the comment mark.
  var comments: [String] { get }
  /// The day on which it was recorded, where the file tells.
  var date: RecordingDate? { get }

  /// The samples of one lead (counted from 0) in millivolts, from the first to the last, NaN where there is none.
  ///
  /// - Parameter verifying: compare the samples with what the header says of them (their sum, say), where the format
  ///   has that. As the sum is known at the end only, the last piece may bring an error.
  func stream(lead: Int, verifying: Bool) throws(RecordError) -> any LeadStream

  /// All samples of several leads (counted from 0, ascending, of one sampling rate). Formats that can decode leads
  /// together replace what is written here for all.
  func read(leads: Range<Int>, verifying: Bool) throws(RecordError) -> [Lead]
}

/// A cursor over the samples of one lead; it holds a piece of the file in memory, whatever the file's length.
public protocol LeadStream {
  /// Fills `buffer` from its start with the next samples, in millivolts.
  ///
  /// - Returns: how many were written: fewer than asked for only at the end, 0 behind it.
  mutating func next(_ buffer: UnsafeMutableBufferPointer<Float>) throws(RecordError) -> Int
}

extension RecordingFile {
  public func read(leads chosen: Range<Int>, verifying: Bool) throws(RecordError) -> [Lead] {
    var result: [Lead] = []
    for index in chosen {
      var stream = try stream(lead: index, verifying: verifying)
      result.append(Lead(name: leads[index].name, samples: try readAll(&stream, expecting: leads[index].sampleCount)))
    }
    return result
  }
}

/// Everything that a stream has to give. `expecting` is what a header promises: it may be wrong either way.
private func readAll(_ stream: inout any LeadStream, expecting count: Int) throws(RecordError) -> [Float] {
  var samples: [Float] = []
  samples.reserveCapacity(min(max(count, 0), 1 << 20))
  let piece = UnsafeMutableBufferPointer<Float>.allocate(capacity: 8192)
  defer { piece.deallocate() }
  while true {
    let filled = try stream.next(piece)
    samples.append(contentsOf: UnsafeBufferPointer(rebasing: piece[..<filled]))
    if filled < piece.count { return samples }
  }
}
