import ECGMetrics

/// What a model said of every beat and recording that judges it.
public struct Predictions: Sendable {
  /// A beat of somebody the model knows.
  public struct KnownBeat: Sendable {
    /// Indices in the file of prepared beats.
    public var beat: Int
    public var recording: Int
    public var judgement: Judgement
  }

  /// A beat of somebody the model does not know.
  public struct StrangerBeat: Sendable {
    public var beat: Int
    public var recording: Int
    /// Whom it was most like.
    public var named: Int
    public var confidence: Float
  }

  /// A recording whose beats decided together.
  public struct Recording: Sendable {
    public var recording: Int
    /// nil for a stranger's.
    public var truth: Int?
    public var named: Int
    public var confidence: Float
    /// Its beats, in `beats` or `strangerBeats`.
    public var beats: Range<Int>
  }

  /// How beats and recordings score by one way of telling strangers.
  public struct OutlierScores: Sendable {
    public var features: OutlierFeatures
    public var neighbourCount: Int
    public var referenceCount: Int
    /// Whether this is what the weights file carries and a device does.
    public var isModels: Bool
    /// A score above it is a stranger's; nil where no validation beats are known to choose it on.
    public var threshold: Float?
    /// The false-alarm rate that the threshold was chosen for.
    public var statedFalseAlarmRate: Double?
    /// By beat and by recording, as they stand in `Predictions`.
    public var beats: [Float]
    public var recordings: [Float]
    public var strangerBeats: [Float]
    public var strangerRecordings: [Float]
  }

  public var source: EvaluationBeats
  /// Of known people, by recording.
  public var beats: [KnownBeat]
  public var recordings: [Recording]
  public var strangerBeats: [StrangerBeat]
  public var strangerRecordings: [Recording]
  public var outliers: [OutlierScores]
}
