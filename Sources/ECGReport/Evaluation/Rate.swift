import ECGMetrics

/// Correct answers among those that were given, with an interval that knows that a person's answers are alike.
public struct Rate: Encodable, Sendable {
  public struct Interval: Encodable, Sendable {
    public var lower: Double
    public var upper: Double
  }

  public var correct: Int
  public var count: Int
  /// nil when there were none.
  @NullWhenAbsent public var share: Double?
  /// 95 %: see `RateInterval`.
  @NullWhenAbsent public var interval: Interval?

  /// - Parameter answers: whose each is, and whether it is correct.
  public init(_ answers: some Sequence<(person: Int, isCorrect: Bool)>) {
    var people: [Int: (correct: Int, count: Int)] = [:]
    for (person, isCorrect) in answers {
      people[person, default: (0, 0)].count += 1
      if isCorrect { people[person]!.correct += 1 }
    }
    correct = people.values.reduce(0) { $0 + $1.correct }
    count = people.values.reduce(0) { $0 + $1.count }
    share = count > 0 ? Double(correct) / Double(count) : nil
    // In one order, whatever the dictionary's: sums of floating-point numbers depend on it.
    let interval = RateInterval(people.sorted { $0.key < $1.key }.map(\.value))
    self.interval = interval.map { Interval(lower: $0.lower, upper: $0.upper) }
  }
}
