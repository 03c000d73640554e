import ECG
import ECGExport
import ECGMetrics
import ECGModelFile
import ECGTraining
import ECGWorkflow
import Foundation

/// How well a model does, in figures. `Documentation/Evaluation.md` defines each, by the key it has in JSON.
public struct Evaluation: Encodable, Sendable {
  public struct Figures: Encodable, Sendable {
    @NullWhenAbsent public var precision: Double?
    @NullWhenAbsent public var recall: Double?
    @NullWhenAbsent public var f1: Double?

    init(_ averages: Averages) {
      precision = averages.precision
      recall = averages.recall
      f1 = averages.f1
    }
  }

  public struct CalibrationFigures: Encodable, Sendable {
    public struct Bin: Encodable, Sendable {
      public var lower: Double
      public var upper: Double
      public var count: Int
      @NullWhenAbsent public var confidence: Double?
      @NullWhenAbsent public var accuracy: Double?
    }

    @NullWhenAbsent public var expectedError: Double?
    @NullWhenAbsent public var brierScore: Double?
    public var bins: [Bin]
  }

  /// Beats of one person taken for another.
  public struct Confusion: Encodable, Sendable {
    public var person: String
    public var takenFor: String
    public var count: Int
  }

  public struct WrongRecording: Encodable, Sendable {
    public var recording: String
    public var person: String
    public var takenFor: String
  }

  public struct Strangers: Encodable, Sendable {
    /// People whom the model does not know.
    public var strangers: Int
    public var methods: [StrangerFigures]
  }

  public struct Epoch: Encodable, Sendable {
    public var epoch: Int
    public var loss: Double
    public var accuracy: Double
    @NullWhenAbsent public var validationLoss: Double?
    @NullWhenAbsent public var validationAccuracy: Double?
    public var learningRate: Double
  }

  public var model: String
  public var network: String
  public var parameters: Int
  /// Where the beats come from.
  public var source: String
  /// The protocol by which beats were divided, or "all-beats".
  public var evaluation: String
  @NullWhenAbsent public var seed: UInt64?
  /// People the model knows, and those of them who have test beats.
  public var people: Int
  public var testedPeople: Int
  /// Beats that trained the model and that validated it; nil where nobody knows.
  @NullWhenAbsent public var trainingBeats: Int?
  @NullWhenAbsent public var validationBeats: Int?

  /// One beat decides.
  public var beats: Rate
  public var beatsTopFive: Rate
  /// All test beats of a recording decide together.
  public var recordings: Rate
  /// Mean over the test beats, in nats.
  @NullWhenAbsent public var crossEntropy: Double?
  public var calibration: CalibrationFigures
  public var macro: Figures
  public var weighted: Figures
  public var perPerson: [PersonFigures]
  /// Most frequent first.
  public var confusions: [Confusion]
  public var wrongRecordings: [WrongRecording]
  /// nil when neither the model nor its training beats say how to tell strangers.
  @NullWhenAbsent public var outliers: Strangers?
  public var history: [Epoch]
  /// What to keep in mind.
  public var caveats: [String]

  public init(_ predictions: Predictions, of loaded: LoadedModel, on prepared: PreparedBeats) {
    let labels = loaded.labels
    model = loaded.url.lastPathComponent
    network = String(cString: loaded.model.file.networkName)
    parameters = loaded.model.parameterCount
    source = prepared.source
    let beatSource = predictions.source
    if case .split(let kind, let seed) = beatSource.origin {
      evaluation = kind.rawValue
      self.seed = seed
      trainingBeats = beatSource.training.count
      validationBeats = beatSource.validation.count
    } else {
      evaluation = "all-beats"
      seed = nil
      trainingBeats = nil
      validationBeats = nil
    }
    people = labels.count

    let judgements = predictions.beats.map(\.judgement)
    beats = Rate(judgements.map { ($0.truth, $0.isCorrect) })
    beatsTopFive = Rate(judgements.map { ($0.truth, $0.truthRank <= 5) })
    recordings = Rate(predictions.recordings.map { ($0.truth!, $0.named == $0.truth) })
    func mean(_ value: (Judgement) -> Double) -> Double? {
      judgements.isEmpty ? nil : judgements.reduce(0) { $0 + value($1) } / Double(judgements.count)
    }
    crossEntropy = mean(\.crossEntropy)
    let calibration = Calibration(judgements.lazy.map { (Double($0.confidence), $0.isCorrect) })
    self.calibration = CalibrationFigures(
      expectedError: calibration.expectedError, brierScore: mean(\.squaredError),
      bins: calibration.bins.map {
        .init(lower: $0.lower, upper: $0.upper, count: $0.count, confidence: $0.confidence, accuracy: $0.accuracy)
      })

    let matrix = ConfusionMatrix(predictions, classCount: labels.count)
    let outcomes = (0..<labels.count).map(matrix.outcomes)
    testedPeople = outcomes.count { $0.support > 0 }
    macro = Figures(.macro(outcomes))
    weighted = Figures(.weighted(outcomes))
    let confusions = matrix.confusions
    self.confusions = confusions.map {
      Confusion(person: labels[$0.truth], takenFor: labels[$0.predicted], count: $0.count)
    }
    let mostly = Dictionary(confusions.map { ($0.truth, $0.predicted) }, uniquingKeysWith: { first, _ in first })
    let recordingsOf = Dictionary(grouping: predictions.recordings) { $0.truth! }
    perPerson = outcomes.enumerated().map { person, outcomes in
      let recordings = recordingsOf[person] ?? []
      return PersonFigures(
        labels[person], outcomes, recordings: recordings.count,
        recordingsCorrect: recordings.count { $0.named == person },
        mostlyTakenFor: mostly[person].map { labels[$0] })
    }
    wrongRecordings = predictions.recordings.filter { $0.named != $0.truth }.map {
      WrongRecording(
        recording: prepared.recordings[$0.recording].name, person: labels[$0.truth!], takenFor: labels[$0.named])
    }

    let strangerOf = predictions.strangerBeats.map { Int(prepared.personOfBeat[$0.beat]) }
    let strangerCount = Set(strangerOf).count
    outliers =
      predictions.outliers.isEmpty
      ? nil
      : Strangers(
        strangers: strangerCount,
        methods: predictions.outliers.map {
          StrangerFigures(
            $0, beats: judgements.map(\.truth), recordings: predictions.recordings.map { $0.truth! },
            strangerBeats: strangerOf,
            strangerRecordings: predictions.strangerRecordings.map { Int(prepared.recordings[$0.recording].person) })
        })
    history = loaded.history.map {
      Epoch(
        epoch: $0.epoch, loss: $0.loss, accuracy: $0.accuracy, validationLoss: $0.validationLoss,
        validationAccuracy: $0.validationAccuracy, learningRate: $0.learningRate)
    }
    caveats = []
    caveats = evaluationCaveats(self, beatSource, provenance: loaded.provenance)
  }

  /// What the model itself does with strangers.
  public var ownOutliers: StrangerFigures? { outliers?.methods.first(where: \.isModels) }

  /// People who have test beats.
  var tested: [PersonFigures] { perPerson.filter { $0.support > 0 } }

  /// So many of them who fared worst.
  func lowestRecall(_ count: Int) -> [PersonFigures] {
    Array(tested.sorted { ($0.recall ?? 0, $0.person) < ($1.recall ?? 0, $1.person) }.prefix(count))
  }
}

extension ConfusionMatrix {
  /// The matrix of all test beats of known people.
  public init(_ predictions: Predictions, classCount: Int) {
    self.init(classCount: classCount)
    for beat in predictions.beats { add(truth: beat.judgement.truth, predicted: beat.judgement.named) }
  }
}
