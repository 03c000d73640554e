/// Precision, recall and F1 of several people in one number each.
///
/// People for whom a ratio is undefined (nobody was taken for them, or there is no beat of theirs) are left out of its
/// average, as scikit-learn does with `zero_division=np.nan`; its default counts them as 0.
public struct Averages: Equatable, Sendable {
  public var precision: Double?
  public var recall: Double?
  public var f1: Double?

  /// Everybody counts the same.
  public static func macro(_ people: [BinaryOutcomes]) -> Averages { Averages(people) { _ in 1 } }

  /// Everybody counts by their beats.
  public static func weighted(_ people: [BinaryOutcomes]) -> Averages { Averages(people) { Double($0.support) } }

  private init(_ people: [BinaryOutcomes], weight: (BinaryOutcomes) -> Double) {
    func mean(_ value: (BinaryOutcomes) -> Double?) -> Double? {
      var sum = 0.0
      var weights = 0.0
      for person in people {
        guard let value = value(person) else { continue }
        sum += weight(person) * value
        weights += weight(person)
      }
      return weights > 0 ? sum / weights : nil
    }
    precision = mean(\.precision)
    recall = mean(\.sensitivity)
    f1 = mean(\.f1)
  }
}
