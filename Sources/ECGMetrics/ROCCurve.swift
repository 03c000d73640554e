/// Detections over false alarms for every threshold (receiver operating characteristic). A score above the threshold,
/// or equal to it, is an alarm.
public struct ROCCurve: Sendable {
  public struct Point: Equatable, Sendable {
    public var threshold: Double
    /// Share of negatives that alarm.
    public var falseAlarmRate: Double
    /// Share of positives that alarm.
    public var detectionRate: Double
  }

  /// From the threshold that nothing reaches (infinity) to the lowest score; one point per score that occurs.
  public private(set) var points: [Point]
  /// How many alarm at each point.
  private var counts: [(negatives: Int, positives: Int)]
  /// The probability that a positive's score exceeds a negative's, ties counting half (Mann–Whitney).
  public private(set) var area: Double

  /// nil when either side is empty. Scores must not be NaN.
  public init?(negatives: [Float], positives: [Float]) {
    guard !negatives.isEmpty, !positives.isEmpty else { return nil }
    let scored = (negatives.map { ($0, 0) } + positives.map { ($0, 1) }).sorted { $0.0 > $1.0 }
    points = [Point(threshold: .infinity, falseAlarmRate: 0, detectionRate: 0)]
    counts = [(0, 0)]
    area = 0
    var reached = [0, 0]
    var index = 0
    // In whole numbers, so that the area is exact: twice the number of pairs in the right order.
    var doubledPairs = 0
    while index < scored.count {
      let score = scored[index].0
      let before = reached
      while index < scored.count && scored[index].0 == score {
        reached[scored[index].1] += 1
        index += 1
      }
      doubledPairs += (reached[0] - before[0]) * (reached[1] + before[1])
      points.append(
        Point(
          threshold: Double(score), falseAlarmRate: Double(reached[0]) / Double(negatives.count),
          detectionRate: Double(reached[1]) / Double(positives.count)))
      counts.append((reached[0], reached[1]))
    }
    area = Double(doubledPairs) / 2 / (Double(negatives.count) * Double(positives.count))
  }

  /// The points without those that lie between two others at equal distances: as scikit-learn's `roc_curve` keeps them with
  /// `drop_intermediate`. Enough to draw the curve.
  public var corners: [Point] {
    guard points.count > 3 else { return points }
    func isBetween(_ index: Int) -> Bool {
      let (a, b, c) = (counts[index - 1], counts[index], counts[index + 1])
      return c.negatives - b.negatives == b.negatives - a.negatives
        && c.positives - b.positives == b.positives - a.positives
    }
    return points.indices.filter { $0 < 2 || $0 == points.count - 1 || !isBetween($0) }.map { points[$0] }
  }
}
