import ECGArchitectures
import ECGCore
import ECGExport
import ECGNetwork
import ECGSignal
import ECGTraining
import Foundation

/// Everything that `trainModel` can be told.
public struct ModelTrainingOptions: Sendable {
  public var architecture: Architecture
  public var evaluation = EvaluationProtocol.pooledBeats
  /// Beats of each person that take part; nil is all of them.
  public var beatsPerPerson: Int?
  /// People set apart entirely.
  public var strangerCount = 0
  public var training: TrainingOptions
  /// What a network that takes images is given: scalograms or spectrograms.
  public var image = PipelineConfiguration.Representation.scalogram
  /// nil leaves the outlier reference out.
  public var outliers: OutlierOptions? = OutlierOptions()

  public init(architecture: Architecture, training: TrainingOptions) {
    self.architecture = architecture
    self.training = training
  }
}

/// A model as it was written, and what to tell of its making.
public struct ModelTraining {
  public var split: Split
  public var history: TrainingHistory
  public var bestEpoch: Int
  public var parameterCount: Int
  /// Why there is no outlier reference although one was asked for.
  public var outlierProblem: String?
  /// The largest difference between the trainer's probabilities and the device code's on the validation beats.
  public var deviceDifference: Float
}

/// Trains a network on prepared beats and writes the weights file.
///
/// - Parameters:
///   - digest: the SHA-256 of the file of prepared beats: the model names the data it was trained on.
///   - output: the weights file. Beside it a folder `….training` holds checkpoints meanwhile.
///   - resume: go on from that folder after an interruption.
/// - Throws: `WorkflowError`, `TrainingError`, `ExportError`; the output is whole or untouched.
public func trainModel(
  _ prepared: PreparedBeats, digest: String, options: ModelTrainingOptions, output: URL, resume: Bool = false,
  shouldStop: () -> Bool = { false }, progress: (TrainingProgress) -> Void = { _ in }
) throws -> ModelTraining {
  try requireWritable(output)
  let seed = options.training.seed
  let split = Split(
    BeatOwners(people: prepared.personOfBeat, recordings: prepared.recordingOfBeat), by: options.evaluation,
    beatsPerPerson: options.beatsPerPerson, strangerCount: options.strangerCount, seed: seed)
  guard split.people.count >= 2 else {
    let reasons = split.leftOut.prefix(5).map { "\n  \(prepared.people[Int($0.person)]): \($0.reason.text)" }
    throw WorkflowError.split(
      "\(split.people.count) of \(prepared.people.count) people can take part, at least 2 are needed"
        + reasons.joined() + (split.leftOut.count > 5 ? "\n  … and \(split.leftOut.count - 5) more" : ""))
  }
  var configuration = try PipelineConfiguration(prepared.preprocessing)
  configuration.representation = options.architecture.input == .image ? options.image : .beat
  let inputs = try BeatInputs(configuration)
  let network = options.architecture.network(
    people: split.people.count, beatLength: prepared.beatLength,
    image: (inputs.representation.height, inputs.representation.width))

  func samples(_ beats: [Int]) throws -> SampleSet {
    try SampleSet(
      inputs: inputs.inputs(of: beats, in: prepared.beats, beatLength: prepared.beatLength),
      inputCount: inputs.representation.outputCount, labels: prepared.classes(of: beats, in: split))
  }
  let training = try samples(split.training)
  let validation = try samples(split.validation)

  let checkpoints = output.appendingPathExtension("training")
  let trained = try train(
    network, training: training, validation: validation, options: options.training, checkpoint: checkpoints,
    resume: resume, shouldStop: shouldStop, progress: progress)

  let runner = try NetworkRunner(network, parameters: trained.parameters)
  let validated = try runner.run(validation.inputs)
  let predicted = try predict(network, parameters: trained.parameters, samples: validation)
  let difference = zip(validated.outputs, predicted).reduce(0) { max($0, abs($1.0 - $1.1)) }

  var outliers: OutlierReferenceContents?
  var outlierProblem: String?
  if let outlierOptions = options.outliers {
    do {
      switch outlierOptions.features {
      case .hidden:
        outliers = try fitOutliers(
          references: try runner.run(training.inputs).embeddings, validation: validated.embeddings,
          dimensions: runner.network.embeddingCount, layer: runner.network.embeddingLayer, options: outlierOptions)
      case .beat:
        outliers = try fitOutliers(
          references: prepared.values(of: split.training), validation: prepared.values(of: split.validation),
          dimensions: prepared.beatLength, layer: -1, options: outlierOptions)
      }
    } catch let error as WorkflowError {
      outlierProblem = error.description
    }
  }

  let typical = inputs.inputs(
    of: [0], in: typicalBeat(length: prepared.beatLength), beatLength: prepared.beatLength)
  let contents = ModelContents(
    network: network, parameters: trained.parameters, labels: split.people.map { prepared.people[Int($0)] },
    preprocessing: configuration.settings.map { ($0.name, $0.value) }, outlierReference: outliers,
    knownAnswer: .init(input: typical, output: try runner.run(typical).outputs),
    provenance: provenance(prepared, digest, split, options, trained))
  try write(contents, to: output)
  try? FileManager.default.removeItem(at: checkpoints)

  return ModelTraining(
    split: split, history: trained.history, bestEpoch: trained.bestEpoch,
    parameterCount: trained.parameters.joined().reduce(0) { $0 + $1.count }, outlierProblem: outlierProblem,
    deviceDifference: difference)
}

/// A beat of nobody's for the model's known answer: P, Q, R, S and T as Gaussians, of unit length.
private func typicalBeat(length: Int) -> [Float] {
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
  [
    ("source", prepared.source),
    ("beats_sha256", digest),
    ("protocol", options.evaluation.rawValue),
    ("seed", "\(options.training.seed)"),
    ("beats_per_person", options.beatsPerPerson.map { "\($0)" } ?? "all"),
    ("stranger_count", "\(options.strangerCount)"),
    (
      "strangers",
      split.leftOut.filter { $0.reason == .stranger }.map { prepared.people[Int($0.person)] }.joined(separator: "\n")
    ),
    ("epochs", "\(options.training.epochs)"),
    ("best_epoch", "\(trained.bestEpoch)"),
    ("batch_size", "\(options.training.batchSize)"),
    ("learning_rate", "\(options.training.learningRate)"),
  ]
}

extension Split.Reason {
  /// For lists of people left out.
  public var text: String {
    switch self {
    case .fewBeats(let count): "too few beats (\(count))"
    case .fewRecordings(let count): "too few recordings with beats (\(count))"
    case .stranger: "set apart as a stranger"
    }
  }
}

extension PreparedBeats {
  /// The class that each of these beats has in the split.
  func classes(of beats: [Int], in split: Split) -> [Int32] {
    var classOf: [Int32: Int32] = [:]
    for (number, person) in split.people.enumerated() { classOf[person] = Int32(number) }
    return beats.map { classOf[personOfBeat[$0]]! }
  }

  /// The samples of these beats, one after another.
  func values(of beats: [Int]) -> [Float] {
    beats.flatMap { self.beats[$0 * beatLength..<($0 + 1) * beatLength] }
  }
}
