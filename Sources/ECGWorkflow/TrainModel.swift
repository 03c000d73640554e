import ECGArchitectures
import ECGCore
import ECGExport
import ECGNetwork
import ECGSignal
import ECGTraining
import Foundation

/// Everything that `trainModel` can be told.
public struct ModelTrainingOptions: Sendable {
  /// What is trained.
  public enum Start: Sendable {
    /// A new network; one that takes images is given scalograms or spectrograms.
    case new(Architecture, image: PipelineConfiguration.Representation = .scalogram)
    /// A trained one, for other people.
    case model(Retraining)

    public var networkName: String {
      switch self {
      case .new(let architecture, _): architecture.name
      case .model(let retraining): retraining.networkName
      }
    }
  }

  public var start: Start
  public var evaluation = EvaluationProtocol.pooledBeats
  /// Beats of each person that take part; nil is all of them.
  public var beatsPerPerson: Int?
  /// People set apart entirely.
  public var strangerCount = 0
  /// People who take no part, by name.
  public var dropped: Set<String> = []
  public var training: TrainingOptions
  /// How training beats change from epoch to epoch; nil leaves them as they are.
  public var augmentation: BeatAugmentation?
  /// nil leaves the outlier reference out.
  public var outliers: OutlierOptions? = OutlierOptions()

  public init(_ start: Start, training: TrainingOptions) {
    self.start = start
    self.training = training
  }

  public init(architecture: Architecture, training: TrainingOptions) {
    self.init(.new(architecture), training: training)
  }

  var rules: SplitRules {
    var rules = SplitRules(evaluation, beatsPerPerson: beatsPerPerson, seed: training.seed)
    rules.strangers = .drawn(strangerCount)
    rules.dropped = dropped
    return rules
  }

  public var retraining: Retraining? {
    if case .model(let retraining) = start { retraining } else { nil }
  }
}

/// A model as it was written, and what to tell of its making.
public struct ModelTraining {
  public var split: Split
  public var labels: [String]
  public var history: TrainingHistory
  public var bestEpoch: Int
  public var parameterCount: Int
  /// Of a model that goes on from another.
  public var retraining: RetrainingFigures?
  /// What strangers are measured against; nil without.
  public var outliers: OutlierReferenceContents?
  /// Why there is no outlier reference although one was asked for.
  public var outlierProblem: String?
  /// The largest difference between the trainer's probabilities and the device code's on the validation beats.
  public var deviceDifference: Float
}

/// The folder in which `trainModel` keeps a checkpoint until the model is written.
public func checkpointFolder(for output: URL) -> URL { output.appendingPathExtension("training") }

/// Trains a network on prepared beats and writes the weights file.
///
/// - Parameters:
///   - digest: the SHA-256 of the file of prepared beats: the model names the data it was trained on.
///   - output: the weights file. Beside it `checkpointFolder(for:)` holds checkpoints meanwhile.
///   - resume: go on from that folder after an interruption.
/// - Throws: `WorkflowError`, `TrainingError`, `ExportError`; the output is whole or untouched.
public func trainModel(
  _ prepared: PreparedBeats, digest: String, options: ModelTrainingOptions, output: URL, resume: Bool = false,
  shouldStop: () -> Bool = { false }, progress: (TrainingProgress) -> Void = { _ in }
) throws -> ModelTraining {
  try requireWritable(output)
  let retraining = options.retraining
  let owners = prepared.owners
  try retraining?.checkNames(dropped: options.dropped, prepared: prepared)
  let seen = retraining?.seen ?? SeenBeats()
  let split = Split(owners, by: options.rules, seen: seen, known: Set(retraining?.model.labels ?? []))
  let present = split.people.map { prepared.people[Int($0)] }
  let labels = retraining?.labels(present) ?? present
  guard labels.count >= 2, !split.training.isEmpty else {
    let reasons = split.leftOut.prefix(5).map { "\n  \(prepared.people[Int($0.person)]): \($0.reason.text)" }
    throw WorkflowError.split(
      "\(split.people.count) of \(prepared.people.count) people can take part, at least 2 are needed"
        + reasons.joined() + (split.leftOut.count > 5 ? "\n  … and \(split.leftOut.count - 5) more" : ""))
  }

  var start = try StartingPoint(options, prepared, labels: labels)
  let (network, inputs) = (start.network, start.inputs)
  func samples(_ beats: [Int]) throws -> SampleSet {
    try SampleSet(
      inputs: inputs.inputs(of: beats, in: prepared.beats, beatLength: prepared.beatLength),
      inputCount: inputs.representation.outputCount, labels: prepared.classes(of: beats, among: labels))
  }
  let training = try samples(split.training)
  let validation = try samples(split.validation)

  if options.training.loss.scale != nil, let known = retraining?.model.labels {
    try start.setClassDirections(labels, known: Set(known), samples: training)
  }

  let augmented = options.augmentation.map {
    AugmentedBeats(
      prepared, beats: split.training, classes: training.labels, inputs: inputs, augmentation: $0,
      configuration: start.configuration, seed: options.training.seed)
  }
  var trainingOptions = options.training
  trainingOptions.frozenLayers = start.frozenLayers
  let checkpoints = checkpointFolder(for: output)
  let trained = try trainBehindFrozenLayers(
    network, initial: start.parameters, training: augmented ?? training, validation: validation,
    options: trainingOptions, checkpoint: checkpoints, resume: resume, shouldStop: shouldStop, progress: progress)

  let runner = try NetworkRunner(network, parameters: trained.parameters)
  let validated = try runner.run(validation.inputs)
  let predicted = try predict(network, parameters: trained.parameters, samples: validation)
  let difference = zip(validated.outputs, predicted).reduce(0) { max($0, abs($1.0 - $1.1)) }

  var outliers: OutlierReferenceContents?
  var outlierProblem: String?
  if let outlierOptions = options.outliers {
    do {
      outliers = try fitOutliers(
        prepared, references: split.training, validation: split.validation, embedding: runner.embedding,
        options: outlierOptions
      ) { try $0 == split.validation ? validated.embeddings : runner.embeddings(of: $0, in: prepared, seenAs: inputs) }
    } catch let error as WorkflowError {
      outlierProblem = error.description
    }
  }

  let figures = try retraining.map {
    try $0.figures(
      prepared, split, inputs, network: network, parameters: trained.parameters, labels: labels,
      frozenLayers: start.frozenLayers)
  }
  let typical = inputs.inputs(
    of: [0], in: typicalBeat(length: prepared.beatLength), beatLength: prepared.beatLength)
  let contents = ModelContents(
    network: network, parameters: trained.parameters, labels: labels,
    preprocessing: start.configuration.settings.map { ($0.name, $0.value) }, outlierReference: outliers,
    knownAnswer: .init(input: typical, output: try runner.run(typical).outputs),
    provenance: provenance(prepared, digest, split, options, trained),
    seenBeats: seen.adding(split, of: owners).contents,
    history: trained.history.epochs.map {
      TrainingEpoch(
        epoch: $0.epoch, loss: $0.loss, accuracy: $0.accuracy, validationLoss: $0.validationLoss,
        validationAccuracy: $0.validationAccuracy, learningRate: $0.learningRate)
    })
  try write(contents, to: output)
  try? FileManager.default.removeItem(at: checkpoints)

  return ModelTraining(
    split: split, labels: labels, history: trained.history, bestEpoch: trained.bestEpoch,
    parameterCount: trained.parameters.joined().reduce(0) { $0 + $1.count }, retraining: figures,
    outliers: outliers, outlierProblem: outlierProblem, deviceDifference: difference)
}

/// What training begins with.
private struct StartingPoint {
  let configuration: PipelineConfiguration
  let inputs: BeatInputs
  let network: NetworkDescription
  /// nil for new ones.
  var parameters: NetworkParameters?
  var frozenLayers = 0

  init(_ options: ModelTrainingOptions, _ prepared: PreparedBeats, labels: [String]) throws {
    switch options.start {
    case .new(let architecture, let image):
      var configuration = try PipelineConfiguration(prepared.preprocessing)
      configuration.representation = architecture.input == .image ? image : .beat
      self.configuration = configuration
      inputs = try BeatInputs(configuration)
      network = architecture.network(
        people: labels.count, beatLength: prepared.beatLength,
        image: (inputs.representation.height, inputs.representation.width))
    case .model(let retraining):
      configuration = try retraining.configuration(for: prepared)
      inputs = try BeatInputs(configuration)
      let model = retraining.model
      (network, parameters) = try model.network.forPeople(
        labels, known: model.labels, parameters: model.parameters, seed: options.training.seed)
      guard network.input.count == inputs.representation.outputCount else {
        throw WorkflowError.mismatch(
          "\(retraining.file): the network reads \(network.input.count) values, its preprocessing gives"
            + " \(inputs.representation.outputCount)")
      }
      frozenLayers = try retraining.frozenLayers()
    }
  }

  /// For a cosine loss: where classes lie that the model does not know yet.
  mutating func setClassDirections(_ labels: [String], known: Set<String>, samples: SampleSet) throws {
    guard let parameters else { return }
    self.parameters = try network.withClassDirections(
      parameters, isNew: labels.map { !known.contains($0) }, samples: samples)
  }
}

/// Trains as `train` does; frozen layers run only once where they can be cut off and samples stay as they are.
private func trainBehindFrozenLayers(
  _ network: NetworkDescription, initial: NetworkParameters?, training: any BatchSource, validation: SampleSet,
  options: TrainingOptions, checkpoint: URL, resume: Bool, shouldStop: () -> Bool,
  progress: (TrainingProgress) -> Void
) throws -> TrainedNetwork {
  guard let initial, let training = training as? SampleSet,
    let cut = try FrozenFeatures(network, frozenLayers: options.frozenLayers),
    cut.fits(sampleCount: training.count + validation.count)
  else {
    return try train(
      network, initial: initial, training: training, validation: validation, options: options, checkpoint: checkpoint,
      resume: resume, shouldStop: shouldStop, progress: progress)
  }
  let count = cut.front.layers.count
  let front = Array(initial[..<count])
  var behind = options
  behind.frozenLayers -= count
  let trained = try train(
    cut.back, initial: Array(initial[count...]), training: try cut.features(of: training, parameters: front),
    validation: try cut.features(of: validation, parameters: front), options: behind, checkpoint: checkpoint,
    resume: resume, shouldStop: shouldStop, progress: progress)
  return TrainedNetwork(
    network: network, parameters: front + trained.parameters, bestEpoch: trained.bestEpoch, history: trained.history)
}

/// A beat of nobody's for the model's known answer: P, Q, R, S and T as Gaussians, of unit length.
func typicalBeat(length: Int) -> [Float] {
  let waves: [(place: Double, width: Double, height: Double)] = [
    (0.18, 0.045, 0.12), (0.46, 0.012, -0.1), (0.5, 0.014, 1), (0.54, 0.014, -0.2), (0.9, 0.09, 0.25),
  ]
  let values = (0..<length).map { sample in
    waves.reduce(0) { sum, wave in
      let distance = (Double(sample) / Double(length) - wave.place) / wave.width
      return sum + wave.height * exp(-distance * distance / 2)
    }
  }
  let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  return values.map { Float($0 / norm) }
}

private func provenance(
  _ prepared: PreparedBeats, _ digest: String, _ split: Split, _ options: ModelTrainingOptions,
  _ trained: TrainedNetwork
) -> [(name: String, text: String)] {
  var texts = [("source", prepared.source), ("beats_sha256", digest)]
  texts += options.rules.provenance(
    strangers: split.leftOut.filter { $0.reason == .stranger }.map { prepared.people[Int($0.person)] })
  texts += [
    ("epochs", "\(options.training.epochs)"),
    ("best_epoch", "\(trained.bestEpoch)"),
    ("batch_size", "\(options.training.batchSize)"),
    ("learning_rate", "\(options.training.learningRate)"),
    ("loss", options.training.loss.text),
    ("augmentation", options.augmentation?.text ?? "none"),
  ]
  if let retraining = options.retraining {
    texts += [("retrained_from", retraining.ancestry), ("frozen", retraining.freeze.text)]
    if !retraining.knowsSeenBeats { texts.append(("seen_beats", Retraining.incomplete)) }
  }
  return texts
}

extension Split.Reason {
  /// For lists of people left out.
  public var text: String {
    switch self {
    case .fewBeats(let count): "too few beats (\(count))"
    case .fewRecordings(let count): "too few recordings with beats (\(count))"
    case .undated: "recordings without a date"
    case .stranger: "set apart as a stranger"
    case .dropped: "dropped as asked"
    }
  }
}

extension PreparedBeats {
  /// The class that each of these beats has for a network that tells `labels` apart; all their people are among them.
  func classes(of beats: [Int], among labels: [String]) -> [Int32] {
    let classOf = Dictionary(zip(labels, Int32(0)...), uniquingKeysWith: { first, _ in first })
    return beats.map { classOf[people[Int(personOfBeat[$0])]]! }
  }

  /// The samples of these beats, one after another.
  public func values(of beats: [Int]) -> [Float] {
    beats.flatMap { self.beats[$0 * beatLength..<($0 + 1) * beatLength] }
  }
}
