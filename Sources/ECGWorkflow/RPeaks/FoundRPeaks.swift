/// The R peaks of one lead of a recording.
public struct FoundRPeaks: Sendable, Equatable {
  /// The lead's name in its file; may be empty.
  public var lead: String
  /// Hertz.
  public var samplingRate: Double
  public var sampleCount: Int
  /// Samples since the start, ascending.
  public var positions: [Int]
  /// How sure the detector is of each, from 0 (a guess) to 1 (no doubt); nil when it does not say.
  public var confidence: [Float]?

  public init(lead: String, samplingRate: Double, sampleCount: Int, positions: [Int], confidence: [Float]? = nil) {
    self.lead = lead
    self.samplingRate = samplingRate
    self.sampleCount = sampleCount
    self.positions = positions
    self.confidence = confidence
  }

  /// R peaks of less confidence than this are doubtful; Documentation/RPeaks.md says how often rightly.
  public static let leastConfidence: Float = 0.8

  /// The positions of doubtful R peaks; nil when the detector does not say.
  public var doubtful: [Int]? {
    confidence.map { zip(positions, $0).filter { $1 < Self.leastConfidence }.map(\.0) }
  }

  /// Seconds.
  public var duration: Double { Double(sampleCount) / samplingRate }

  /// The time from each peak to the next, in seconds.
  public var intervals: [Double] {
    zip(positions, positions.dropFirst()).map { Double($1 - $0) / samplingRate }
  }

  /// Beats per minute, from the mean interval; nil with less than two peaks.
  public var meanHeartRate: Double? {
    guard let first = positions.first, let last = positions.last, last > first else { return nil }
    return 60 * Double(positions.count - 1) * samplingRate / Double(last - first)
  }
}
