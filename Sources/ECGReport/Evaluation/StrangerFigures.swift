import ECGMetrics
import ECGWorkflow

/// How well one way of telling strangers does.
public struct StrangerFigures: Encodable, Sendable {
  /// At the threshold, and over all thresholds.
  public struct Side: Encodable, Sendable {
    /// Known people turned away, wrongly; nil without a threshold.
    @NullWhenAbsent public var falseAlarms: Rate?
    /// Strangers turned away, rightly; nil without a threshold or strangers.
    @NullWhenAbsent public var detections: Rate?
    /// Area under the curve of detections over false alarms; nil without strangers.
    @NullWhenAbsent public var auroc: Double?
  }

  /// "beat" or "hidden".
  public var features: String
  public var neighbours: Int
  public var references: Int
  /// Whether this is what the weights file carries and a device does.
  public var isModels: Bool
  @NullWhenAbsent public var threshold: Double?
  @NullWhenAbsent public var statedFalseAlarmRate: Double?
  public var beats: Side
  public var recordings: Side

  /// - Parameters: whose each beat and recording is, in the order of the scores.
  init(
    _ scores: Predictions.OutlierScores, beats: [Int], recordings: [Int], strangerBeats: [Int],
    strangerRecordings: [Int]
  ) {
    features = scores.features.rawValue
    neighbours = scores.neighbourCount
    references = scores.referenceCount
    isModels = scores.isModels
    threshold = scores.threshold.map(Double.init)
    statedFalseAlarmRate = scores.statedFalseAlarmRate
    func alarms(_ scores: [Float], _ people: [Int], _ threshold: Float?) -> Rate? {
      guard let threshold, !scores.isEmpty else { return nil }
      return Rate(zip(people, scores).map { ($0, $1 > threshold) })
    }
    self.beats = Side(
      falseAlarms: alarms(scores.beats, beats, scores.threshold),
      detections: alarms(scores.strangerBeats, strangerBeats, scores.threshold),
      auroc: ROCCurve(negatives: scores.beats, positives: scores.strangerBeats)?.area)
    self.recordings = Side(
      falseAlarms: alarms(scores.recordings, recordings, scores.threshold),
      detections: alarms(scores.strangerRecordings, strangerRecordings, scores.threshold),
      auroc: ROCCurve(negatives: scores.recordings, positives: scores.strangerRecordings)?.area)
  }

  /// "last hidden layer, k = 20".
  public var name: String { "\(features == "beat" ? "beat" : "last hidden layer"), k = \(neighbours)" }
}
