import ECGRecords

/// A lead of any length as pieces that fit in memory. A piece is a core with a margin on both sides, in which filters and
/// thresholds settle; every moment of the recording belongs to exactly one core.
///
/// Pieces begin at whole seconds, so that resampling meets the same instants as in the whole recording.
struct RecordingPieces {
  /// A recording up to this long, in seconds, is one piece.
  static let longestWhole = 600.0
  static let core = 300.0
  static let margin = 20.0

  struct Piece {
    /// Millivolts, NaN where missing.
    var samples: [Float]
    /// Where the piece begins in the recording, in samples.
    var start: Int
    /// Samples of the piece that are its own.
    var core: Range<Int>
    /// Whether it reaches the recording's end.
    var isLast: Bool
  }

  private var stream: any LeadStream
  private let rate: Double
  private var samples: [Float] = []
  private var start = 0
  private var coreStart = 0
  private var hasEnded = false
  private var isDone = false

  init(_ stream: any LeadStream, samplingRate: Double) {
    self.stream = stream
    rate = samplingRate
  }

  private func count(_ seconds: Double) -> Int { Int((min(max(seconds * rate, 1), 1e12)).rounded()) }

  /// The next piece; nil behind the last one, and for a recording without samples.
  mutating func next() throws(RecordError) -> Piece? {
    guard !isDone else { return nil }
    let (core, margin) = (count(Self.core), count(Self.margin))
    let keepFrom = max(0, coreStart - margin)
    samples.removeFirst(keepFrom - start)
    start = keepFrom
    try fill(to: coreStart == 0 ? count(Self.longestWhole) + 1 : coreStart + core + margin - start)
    let most = coreStart == 0 && hasEnded ? samples.count : coreStart + core + margin - start
    isDone = hasEnded && samples.count <= most
    guard !samples.isEmpty else { return nil }
    let coreEnd = isDone ? samples.count : coreStart + core - start
    let piece = Piece(
      samples: Array(samples.prefix(most)), start: start, core: coreStart - start..<coreEnd, isLast: isDone)
    coreStart += core
    return piece
  }

  /// Reads until so many samples are held, or the recording ends.
  private mutating func fill(to count: Int) throws(RecordError) {
    let block = 65_536
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: block)
    defer { buffer.deallocate() }
    while samples.count < count && !hasEnded {
      let asked = min(block, count - samples.count)
      let filled = try stream.next(UnsafeMutableBufferPointer(rebasing: buffer[..<asked]))
      samples.append(contentsOf: buffer[..<filled])
      hasEnded = filled < asked
    }
  }
}
