/// Yes-or-no answers and what can be said of them. A ratio whose denominator is 0 is nil: undefined.
public struct BinaryOutcomes: Equatable, Sendable {
  public var truePositives: Int
  public var falsePositives: Int
  public var trueNegatives: Int
  public var falseNegatives: Int

  public init(truePositives: Int, falsePositives: Int, trueNegatives: Int, falseNegatives: Int) {
    self.truePositives = truePositives
    self.falsePositives = falsePositives
    self.trueNegatives = trueNegatives
    self.falseNegatives = falseNegatives
  }

  /// How often it was really so: TP + FN.
  public var support: Int { truePositives + falseNegatives }
  /// Recall, true-positive rate: TP / (TP + FN).
  public var sensitivity: Double? { ratio(truePositives, truePositives + falseNegatives) }
  /// True-negative rate: TN / (TN + FP).
  public var specificity: Double? { ratio(trueNegatives, trueNegatives + falsePositives) }
  /// Positive predictive value: TP / (TP + FP).
  public var precision: Double? { ratio(truePositives, truePositives + falsePositives) }
  /// TN / (TN + FN).
  public var negativePredictiveValue: Double? { ratio(trueNegatives, trueNegatives + falseNegatives) }
  /// False-positive rate: FP / (FP + TN).
  public var fallOut: Double? { ratio(falsePositives, falsePositives + trueNegatives) }
  /// FP / (FP + TP).
  public var falseDiscoveryRate: Double? { ratio(falsePositives, falsePositives + truePositives) }
  /// Harmonic mean of precision and sensitivity: 2 TP / (2 TP + FP + FN).
  public var f1: Double? { ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives) }
}
