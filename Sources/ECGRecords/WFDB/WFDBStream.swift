/// The samples of one signal of an ordinary record.
struct WFDBStream: LeadStream {
  private let file: any SignalFile
  private var decoder: LeadDecoder
  private let samplesPerFrame: Int
  /// The signal file as errors name it; nil when nothing is to be verified.
  private let verifiedAs: String?
  /// Samples of the file's present piece, and how many of them have been delivered.
  private var present = 0
  private var delivered = 0
  /// Samples to come from pieces after that.
  private var left: Int
  /// Samples that lie before the beginning, as the signal lies late in its file, and are missing at the end.
  private var late: Int
  private var missing: Int
  private var isVerified = false

  init(
    _ file: any SignalFile, decoder: LeadDecoder, samplesPerFrame: Int, frameCount: Int, lateFrames: Int,
    verifiedAs: String?
  ) {
    self.file = file
    self.decoder = decoder
    self.samplesPerFrame = samplesPerFrame
    self.verifiedAs = verifiedAs
    left = frameCount * samplesPerFrame
    late = min(lateFrames, frameCount) * samplesPerFrame
    missing = late
  }

  mutating func next(_ buffer: UnsafeMutableBufferPointer<Float>) throws(RecordError) -> Int {
    while late > 0 {
      let room = UnsafeMutableBufferPointer<Float>.allocate(capacity: min(late, 2048))
      defer { room.deallocate() }
      late -= try decode(room)
    }
    var filled = try decode(buffer)
    while filled < buffer.count, missing > 0 {
      buffer[filled] = .nan
      filled += 1
      missing -= 1
    }
    return filled
  }

  /// Fills `buffer` with what the file has next; returns how many samples.
  private mutating func decode(_ buffer: UnsafeMutableBufferPointer<Float>) throws(RecordError) -> Int {
    var filled = 0
    while filled < buffer.count {
      if delivered == present {
        guard left > 0 else { break }
        present = min(try file.next() * samplesPerFrame, left)
        delivered = 0
        left -= present
        if present == 0 { left = 0 }
      }
      let count = min(buffer.count - filled, present - delivered)
      decoder.decode(file, from: delivered, into: .init(rebasing: buffer[filled..<filled + count]))
      filled += count
      delivered += count
    }
    if let verifiedAs, left == 0, delivered == present, !isVerified {
      isVerified = true
      try decoder.verify(file: verifiedAs)
    }
    return filled
  }
}
