import ECGCore
import ECGExport
import ECGNetwork
import ECGSignal
import Foundation

/// What a network that others trained does not say of itself.
public struct ModelImportOptions: Sendable {
  /// How recordings become the beats that it was trained on; with prepared beats, theirs counts.
  public var configuration = PipelineConfiguration()
  /// What a network on images sees of a beat; nil takes the one of its input's size.
  public var image: PipelineConfiguration.Representation?
  /// Puts a softmax behind a network that gives logits.
  public var addsSoftmax = false
  /// How the outlier reference is made from prepared beats; nil leaves it out.
  public var outliers: OutlierOptions? = OutlierOptions()

  public init() {}
}

/// A model as it was imported.
public struct ModelImport {
  public var network: NetworkDescription
  public var parameterCount: Int
  public var representation: PipelineConfiguration.Representation
  /// The version of Keras, where the file says it.
  public var kerasVersion: String?
  /// Beats that the outlier reference holds; nil without one.
  public var outlierReferences: Int?
  /// Why there is no outlier reference although beats were given.
  public var outlierProblem: String?
}

/// Makes a weights file from a network that Keras saved.
///
/// - Parameters:
///   - architecture: the network's description as JSON, for a file of weights alone.
///   - labels: the persons' names, one for each output.
///   - prepared: beats of the same people, for an outlier reference, and the file's SHA-256.
/// - Throws: `ExportError`, `WorkflowError`; the output is whole or untouched.
public func importModel(
  _ file: URL, architecture: URL? = nil, labels: [String], options: ModelImportOptions,
  prepared: (beats: PreparedBeats, digest: String)? = nil, output: URL
) throws -> ModelImport {
  try requireWritable(output)
  let keras = try KerasModel(contentsOf: file, architecture: architecture, addsSoftmax: options.addsSoftmax)
  let network = keras.network
  let outputs = try network.shapes.last?.count ?? 0
  guard outputs == labels.count else {
    throw WorkflowError.mismatch(
      "\(file.path) tells \(outputs) people apart, but there are \(labels.count) labels: there must be one for each"
        + " output, in its order")
  }
  var configuration = options.configuration
  if let prepared { configuration = try PipelineConfiguration(prepared.beats.preprocessing) }
  let inputs = try fit(&configuration, to: network.input, image: options.image, file: file)
  let runner = try NetworkRunner(network, parameters: keras.parameters)

  var outliers: OutlierReferenceContents?
  var outlierProblem: String?
  if let prepared, let outlierOptions = options.outliers {
    do {
      outliers = try fitOutliers(
        prepared.beats, of: labels, seenAs: inputs, by: runner, options: outlierOptions)
    } catch let error as WorkflowError {
      outlierProblem = error.description
    }
  }
  let beatLength = configuration.beatLength
  let typical = inputs.inputs(of: [0], in: typicalBeat(length: beatLength), beatLength: beatLength)
  let kerasName = keras.version.map { "Keras \($0)" } ?? "Keras"
  var provenance = [("source", "\(file.lastPathComponent) (\(kerasName))"), ("keras_file_sha256", keras.digest)]
  if let prepared, outliers != nil { provenance.append(("outlier_beats_sha256", prepared.digest)) }
  try write(
    ModelContents(
      network: network, parameters: keras.parameters, labels: labels,
      preprocessing: configuration.settings.map { ($0.name, $0.value) }, outlierReference: outliers,
      knownAnswer: .init(input: typical, output: try runner.run(typical).outputs), provenance: provenance),
    to: output)
  return ModelImport(
    network: network, parameterCount: try network.parameterValueCount, representation: configuration.representation,
    kerasVersion: keras.version, outlierReferences: outliers?.count, outlierProblem: outlierProblem)
}

/// Chooses what the network sees of a beat by the shape of its input, and makes sure that it fits.
private func fit(
  _ configuration: inout PipelineConfiguration, to input: Shape, image: PipelineConfiguration.Representation?, file: URL
) throws -> BeatInputs {
  let isImage = input.rank == 3 && input.height > 1 && input.width > 1
  let choices = isImage ? image.map { [$0] } ?? [.scalogram, .spectrogram] : [.beat]
  if !isImage, image != nil {
    throw WorkflowError.option("\(file.path) reads beats (\(input)), not images: leave --image out")
  }
  var offers: [String] = []
  for choice in choices {
    configuration.representation = choice
    let inputs = try BeatInputs(configuration)
    let offer = inputs.representation
    let fits =
      isImage
      ? input == .image(offer.height, offer.width, channels: offer.channels)
      // Samples along one axis, whichever.
      : input.count == offer.beatLength && max(input.height, input.width, input.channels) == offer.beatLength
    if fits { return inputs }
    offers.append(choice == .beat ? "\(offer.beatLength) samples" : "\(offer.height)×\(offer.width) (\(choice))")
  }
  let beat =
    "of \(configuration.beatBefore) s before and \(configuration.beatAfter) s after the R peak at"
    + " \(configuration.samplingRate) Hz"
  throw WorkflowError.mismatch(
    "\(file.path) reads \(input), but a beat \(beat) is \(offers.joined(separator: " or ")):"
      + " --before, --after and --sampling-rate must be those that it was trained with")
}

/// The outlier reference from prepared beats of the people whom the network knows: every fifth of a person's beats
/// chooses the threshold, the others are what strangers are compared with.
private func fitOutliers(
  _ prepared: PreparedBeats, of labels: [String], seenAs inputs: BeatInputs, by runner: NetworkRunner,
  options: OutlierOptions
) throws -> OutlierReferenceContents {
  let people = Set(prepared.people)
  if let missing = labels.first(where: { !people.contains($0) }) {
    throw WorkflowError.mismatch("the prepared beats have nobody called “\(missing)”")
  }
  let known = Set(labels)
  var counts = [Int](repeating: 0, count: prepared.people.count)
  var references: [Int] = []
  var validation: [Int] = []
  for (beat, person) in prepared.personOfBeat.enumerated() where known.contains(prepared.people[Int(person)]) {
    counts[Int(person)] += 1
    if counts[Int(person)] % 5 == 0 { validation.append(beat) } else { references.append(beat) }
  }
  return try fitOutliers(
    prepared, references: references, validation: validation, embedding: runner.embedding, options: options
  ) { try runner.embeddings(of: $0, in: prepared, seenAs: inputs) }
}
