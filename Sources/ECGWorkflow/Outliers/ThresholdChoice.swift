import ECGCore
import ECGExport
import ECGIdentity

/// A threshold for outlier scores, and what it was chosen on.
struct ThresholdChoice {
  var threshold: Float
  /// Scores that it was chosen on.
  var scoreCount: Int
  /// nil when beats of the recordings that references come from chose it.
  var later: OutlierReferenceContents.LaterRecordings?

  /// Chosen on later recordings where known people have enough of them, otherwise on the validation beats; nil when
  /// there are too few of these as well to promise the rate.
  ///
  /// - Parameter scorer: of all references.
  init?(
    forFalseAlarmRate rate: Double, references: KnownBeats, validation: KnownBeats, by scorer: OutlierScorer
  ) throws(Status) {
    let later = try LaterRecordingScores(
      references: references, validation: validation, dimensions: scorer.factor.dimensionCount,
      neighbourCount: scorer.factor.neighbourCount)
    if let threshold = later.threshold(forFalseAlarmRate: rate) {
      self.threshold = threshold
      scoreCount = later.scores.count
      self.later = later.evidence(for: threshold)
      return
    }
    var scores = try scorer.scores(of: validation.features)
    scoreCount = scores.count
    let threshold = scores.withUnsafeMutableBufferPointer {
      try? OutlierThreshold.threshold(forFalseAlarmRate: rate, sorting: $0)
    }
    guard let threshold else { return nil }
    self.threshold = threshold
  }
}
