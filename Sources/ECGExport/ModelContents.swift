import ECGNetwork

/// Everything a model file holds, as the trainer has it.
public struct ModelContents: Sendable {
  public var network: NetworkDescription
  /// Values by layer and parameter, in the order and shape of `Layer.parameter(_:input:)`.
  public var parameters: [[[Float]]]
  /// The persons' names, one per output of the network; none when it ends with its embedding.
  public var labels: [String]
  /// The preprocessing configuration as named numbers.
  public var preprocessing: [(name: String, value: Double)]
  public var outlierReference: OutlierReferenceContents?
  /// nil when nobody calibrated what scores against enrolled people mean.
  public var verification: VerificationContents?
  public var knownAnswer: KnownAnswer
  /// Where the model comes from (data set, protocol, seed, …), for people to read.
  public var provenance: [(name: String, text: String)]
  /// nil when it is not known which beats made the model.
  public var seenBeats: SeenBeats?

  /// Beats that made a model, in ascending order: the first eight bytes, little-endian, of the SHA-256 of person,
  /// recording and R peak.
  public struct SeenBeats: Equatable, Sendable {
    public var trained: [UInt64]
    public var validated: [UInt64]
    public init(trained: [UInt64], validated: [UInt64]) {
      self.trained = trained
      self.validated = validated
    }
  }
  /// How training went; empty when nobody knows.
  public var history: [TrainingEpoch]

  /// An input of the network and the output that it gives: what loading a model can replay.
  public struct KnownAnswer: Sendable {
    public var input: [Float]
    public var output: [Float]
    public init(input: [Float], output: [Float]) {
      self.input = input
      self.output = output
    }
  }

  public init(
    network: NetworkDescription, parameters: [[[Float]]], labels: [String],
    preprocessing: [(name: String, value: Double)], outlierReference: OutlierReferenceContents? = nil,
    knownAnswer: KnownAnswer, provenance: [(name: String, text: String)] = [], seenBeats: SeenBeats? = nil,
    history: [TrainingEpoch] = []
  ) {
    self.network = network
    self.parameters = parameters
    self.labels = labels
    self.preprocessing = preprocessing
    self.outlierReference = outlierReference
    self.knownAnswer = knownAnswer
    self.provenance = provenance
    self.seenBeats = seenBeats
    self.history = history
  }
}

/// The outlier reference as the trainer has it: see `OutlierReference` of ECGModelFile for what each part means.
public struct OutlierReferenceContents: Sendable {
  /// `count` × `dimensions`, one reference after the other.
  public var features: [Float]
  public var dimensions: Int
  public var kDistances: [Float]
  public var reachabilityDensities: [Float]
  public var neighbourCount: Int
  /// `LocalOutlierFactor.Metric`, by number.
  public var metric: Int32
  /// The layer whose output the features are; −1: the network's input.
  public var layer: Int
  public var threshold: Float
  public var falseAlarmRate: Float
  /// Beats that the threshold was chosen on.
  public var validationBeatCount: Int
  /// The form that the features are stored in; they have been rounded to it (`CompactFeatures`).
  public var storage = Layer.Storage.float32
  /// nil when they are of recordings that references come from.
  public var later: LaterRecordings?

  public var count: Int { kDistances.count }

  public init(
    features: [Float], dimensions: Int, kDistances: [Float], reachabilityDensities: [Float], neighbourCount: Int,
    metric: Int32 = 0, layer: Int = -1, threshold: Float, falseAlarmRate: Float, validationBeatCount: Int,
    later: LaterRecordings? = nil
  ) {
    self.features = features
    self.dimensions = dimensions
    self.kDistances = kDistances
    self.reachabilityDensities = reachabilityDensities
    self.neighbourCount = neighbourCount
    self.metric = metric
    self.layer = layer
    self.threshold = threshold
    self.falseAlarmRate = falseAlarmRate
    self.validationBeatCount = validationBeatCount
    self.later = later
  }
}
