import ECGMetrics

/// How the beats of one person fared, and those taken for theirs.
public struct PersonFigures: Encodable, Sendable {
  public var person: String
  /// Test beats of this person.
  public var support: Int
  /// Test recordings, and how many of them were named rightly.
  public var recordings: Int
  public var recordingsCorrect: Int
  public var truePositives: Int
  public var falsePositives: Int
  public var trueNegatives: Int
  public var falseNegatives: Int
  @NullWhenAbsent public var precision: Double?
  @NullWhenAbsent public var recall: Double?
  @NullWhenAbsent public var f1: Double?
  @NullWhenAbsent public var sensitivity: Double?
  @NullWhenAbsent public var specificity: Double?
  @NullWhenAbsent public var positivePredictiveValue: Double?
  @NullWhenAbsent public var negativePredictiveValue: Double?
  @NullWhenAbsent public var fallOut: Double?
  @NullWhenAbsent public var falseDiscoveryRate: Double?
  /// Whom wrong beats were most often taken for.
  @NullWhenAbsent public var mostlyTakenFor: String?

  init(_ person: String, _ outcomes: BinaryOutcomes, recordings: Int, recordingsCorrect: Int, mostlyTakenFor: String?) {
    self.person = person
    self.recordings = recordings
    self.recordingsCorrect = recordingsCorrect
    self.mostlyTakenFor = mostlyTakenFor
    support = outcomes.support
    truePositives = outcomes.truePositives
    falsePositives = outcomes.falsePositives
    trueNegatives = outcomes.trueNegatives
    falseNegatives = outcomes.falseNegatives
    precision = outcomes.precision
    recall = outcomes.sensitivity
    f1 = outcomes.f1
    sensitivity = outcomes.sensitivity
    specificity = outcomes.specificity
    positivePredictiveValue = outcomes.precision
    negativePredictiveValue = outcomes.negativePredictiveValue
    fallOut = outcomes.fallOut
    falseDiscoveryRate = outcomes.falseDiscoveryRate
  }
}
