import ECG
import ECGArchitectures
import ECGCore
import ECGExport
import ECGNetwork
import ECGRecords
import ECGSignal
import ECGTestSupport
import ECGTraining
import ECGWorkflowTestSupport
import Foundation
import Testing

@testable import ECGWorkflow

/// A network that comes from Keras' part of a file alone becomes a model that devices run.
@Suite struct ImportModelTests {
  private static let prepared = simulatedBeats(people: 4)
  private var prepared: PreparedBeats { Self.prepared }

  /// A file as Keras has it, of a network that nobody trained.
  private func kerasFile(in folder: TemporaryFolder, _ network: NetworkDescription) throws -> URL {
    let url = folder.url.appending(path: "keras.h5")
    let parameters = try network.initialParameters(seed: 3)
    let count = try network.shapes.last!.count
    let input = [Float](repeating: 0.25, count: network.input.count)
    try write(
      ModelContents(
        network: network, parameters: parameters, labels: (0..<count).map { "\($0)" }, preprocessing: [],
        knownAnswer: .init(
          input: input, output: try NetworkRunner(network, parameters: parameters).run(input).outputs)), to: url)
    return url
  }

  private func network(_ input: Shape, people: Int = 4) -> NetworkDescription {
    var network = NetworkDescription(name: "small", input: input)
    if input.rank > 1 { network.flatten() }
    network.dense(units: 12, activation: .tanh)
    network.dense(units: people, activation: .softmax)
    return network
  }

  private func options(_ change: (inout ModelImportOptions) -> Void = { _ in }) -> ModelImportOptions {
    var options = ModelImportOptions()
    options.configuration.frontEnd = .bandPass
    options.outliers?.neighbourCount = 5
    options.outliers?.falseAlarmRate = 0.2
    change(&options)
    return options
  }

  @Test(arguments: OutlierFeatures.allCases) func modelsRunOnDevices(features: OutlierFeatures) throws {
    let folder = try TemporaryFolder()
    let network = network(.steps(200, channels: 1))
    let file = try kerasFile(in: folder, network)
    let output = folder.url.appending(path: "model.h5")
    let result = try importModel(
      file, labels: prepared.people, options: options { $0.outliers?.features = features }, prepared: (prepared, "abc"),
      output: output)
    #expect(result.outlierProblem == nil)
    #expect(result.representation == .beat)

    let loaded = try LoadedModel(contentsOf: output)
    #expect(loaded.labels == prepared.people)
    #expect(loaded.model.outliersUseEmbedding == (features == .hidden))
    #expect(loaded.provenance["source"]?.hasPrefix("keras.h5 (Keras 3") == true)
    let recogniser = try loaded.recogniser(longestSeconds: 1, samplingRate: 500)
    try recogniser.verify()
    let beats = prepared.values(of: [0])
    let expected = try NetworkRunner(network, parameters: network.initialParameters(seed: 3)).run(beats).outputs
    let found = try recogniser.answer(beats)
    #expect(zip(found.probabilities, expected).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(found.outlierScore != nil)

    // The threshold was set for this share of the beats that chose it: every fifth of a person's.
    var counts: [Int32: Int] = [:]
    var alarms = 0
    var total = 0
    for (beat, person) in prepared.personOfBeat.enumerated() {
      counts[person, default: 0] += 1
      guard counts[person]! % 5 == 0 else { continue }
      total += 1
      if try recogniser.answer(prepared.values(of: [beat])).isOutlier { alarms += 1 }
    }
    #expect(total > 10 && Double(alarms) <= 0.2 * Double(total))
  }

  @Test(arguments: [
    (Shape.steps(200, channels: 1), PipelineConfiguration.Representation.beat), (.steps(1, channels: 200), .beat),
    (.features(200), .beat), (.image(200, 1, channels: 1), .beat), (.image(64, 64, channels: 1), .scalogram),
    (.image(26, 26, channels: 1), .spectrogram),
  ])
  func theInputTellsWhatTheNetworkSees(_ input: Shape, _ representation: PipelineConfiguration.Representation) throws {
    let folder = try TemporaryFolder()
    let output = folder.url.appending(path: "model.h5")
    let result = try importModel(
      try kerasFile(in: folder, network(input)), labels: ["a", "b", "c", "d"], options: options(), output: output)
    #expect(result.representation == representation)
    #expect(result.outlierReferences == nil && result.outlierProblem == nil)
    try LoadedModel(contentsOf: output).recogniser(longestSeconds: 1, samplingRate: 500).verify()
  }

  @Test(arguments: [
    Shape.steps(201, channels: 1), .steps(100, channels: 2), .features(199), .image(64, 64, channels: 3),
    .image(63, 64, channels: 1), .image(2, 100, channels: 1),
  ])
  func inputsThatAreNoBeatAreRefused(_ input: Shape) throws {
    let folder = try TemporaryFolder()
    let file = try kerasFile(in: folder, network(input))
    let output = folder.url.appending(path: "model.h5")
    let error = #expect(throws: WorkflowError.self) {
      try importModel(file, labels: ["a", "b", "c", "d"], options: options(), output: output)
    }
    #expect(error?.description.contains("0.2 s before") == true)
    #expect(!FileManager.default.fileExists(atPath: output.path))
  }

  @Test func aBeatOfAnotherLengthIsTakenWhenTheOptionsSaySo() throws {
    let folder = try TemporaryFolder()
    let output = folder.url.appending(path: "model.h5")
    _ = try importModel(
      try kerasFile(in: folder, network(.steps(300, channels: 1))), labels: ["a", "b", "c", "d"],
      options: options { $0.configuration.beatAfter = 0.4 }, output: output)
    #expect(try LoadedModel(contentsOf: output).model.pipeline.beatLength == 300)
  }

  @Test func whatDoesNotBelongTogetherIsRefused() throws {
    let folder = try TemporaryFolder()
    let file = try kerasFile(in: folder, network(.steps(200, channels: 1)))
    let output = folder.url.appending(path: "model.h5")
    for labels in [["a", "b", "c"], ["a", "b", "c", "d", "e"], []] {
      let error = #expect(throws: WorkflowError.self) {
        try importModel(file, labels: labels, options: options(), output: output)
      }
      #expect(
        error?.description.contains("4 people") == true && error?.description.contains("\(labels.count) labels") == true
      )
    }
    #expect(throws: WorkflowError.self) {
      try importModel(
        file, labels: ["a", "b", "c", "d"], options: options { $0.image = .scalogram }, output: output)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["keras.h5"])

    // Other people's beats make no outlier reference, and the model says so.
    let result = try importModel(
      file, labels: ["a", "b", "c", "d"], options: options(), prepared: (prepared, "abc"), output: output)
    #expect(result.outlierReferences == nil && result.outlierProblem?.contains("“a”") == true)
  }
}
