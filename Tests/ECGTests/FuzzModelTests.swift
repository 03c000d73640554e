import ECGExport
import ECGNetwork
import ECGSignal
import ECGTestSupport
import Foundation
import Testing

@testable import ECG

/// The small models that `Scripts/fuzz` starts from. With ECG_WRITE_MODELS in the
/// environment they are written anew.
@Suite struct FuzzModelTests {
  static let folder = Vectors.folder.appending(path: "../Fuzzing/Library/Models").standardizedFileURL
  static let names = ["band-pass", "sass", "graph", "recurrent", "scalogram", "spectrogram", "calibrated", "classless"]

  static func contents(_ name: String) -> ModelContents {
    var configuration = PipelineConfiguration()
    configuration.samplingRate = 100
    configuration.frontEnd = name == "sass" ? .sass : .bandPass
    configuration.sassIterations = 8
    configuration.detector = ["graph", "recurrent", "spectrogram"].contains(name) ? .panTompkins : .beatPath
    var network: NetworkDescription
    switch name {
    case "scalogram":
      configuration.representation = .scalogram
      network = NetworkDescription(name: name, input: .image(64, 64, channels: 1))
      network.convolution(filters: 2, window: (5, 5), stride: (4, 4), activation: .elu)
      network.globalAveragePooling()
    case "spectrogram":
      configuration.representation = .spectrogram
      let memory = AlignedBytes(count: try! BeatRepresentation.tableSize(configuration))
      var arena = memory.arena
      let image = try! BeatRepresentation(configuration, arena: &arena)
      network = NetworkDescription(name: name, input: .image(image.height, image.width, channels: 1))
      network.convolution(filters: 2, window: (3, 3), activation: .sigmoid)
      network.maxPooling(window: (2, 2))
      network.flatten()
    case "recurrent":
      network = NetworkDescription(name: name, input: .steps(40, channels: 1))
      network.lstm(units: 4, returnsSequences: true)
      network.gru(units: 4)
    case "graph":
      network = NetworkDescription(name: name, input: .steps(40, channels: 1))
      let first = network.convolution(filters: 4, window: 5, padding: .same, activation: .relu)
      network.concatenate(
        [3, 7].map { network.convolution(filters: 4, window: $0, padding: .same, hasBias: false, of: first) })
      network.batchNormalization()
      let shortcut = network.activation(.relu)
      network.add([network.convolution(filters: 8, window: 3, padding: .same), shortcut])
      network.globalAveragePooling()
    default:
      network = NetworkDescription(name: name, input: .steps(40, channels: 1))
      network.convolution(filters: 3, window: 9, stride: 5, activation: .tanh)
      network.flatten()
    }
    let hidden = network.dense(units: 6, activation: .relu)
    network.dropout(rate: 0.5)
    network.dense(units: 3, activation: .softmax)
    var contents = TinyModel.contents(
      of: network, configuration, features: name == "sass" ? .beat : .hidden, beatLength: 40, hiddenLayer: hidden)
    if name == "calibrated" || name == "classless" {
      contents.verification = VerificationContents(
        beatCounts: [1, 2, 4], impostorRates: [0.5, 0.01, 0.001],
        impostorScores: [-1, 0.9, 1.5, -1, 0.8, 0.99, -1, 0.7, 0.95], people: 200, falseAcceptanceRate: 0.1)
    }
    if name == "classless" {
      let input = contents.knownAnswer.input
      contents.knownAnswer.output = PlainRunner(network, contents.parameters).run(input).embedding
      contents.network = NetworkDescription(
        name: name, input: network.input, layers: Array(network.layers[...hidden]),
        layerNames: Array(network.layerNames[...hidden]))
      contents.parameters = Array(contents.parameters[...hidden])
      contents.labels = []
      contents.outlierReference = nil
    }
    return contents
  }

  @Test(arguments: names) func theyAreWhatTheTrainerWrites(name: String) throws {
    let bytes = try TinyModel.bytes(Self.contents(name))
    let file = Self.folder.appending(path: "\(name).h5")
    if ProcessInfo.processInfo.environment["ECG_WRITE_MODELS"] != nil { try Data(bytes.content).write(to: file) }
    #expect(try Data(contentsOf: file) == Data(bytes.content))
    try OpenedModel(AlignedBytes(try Data(contentsOf: file))).withSession { try $0.verify() }
  }
}
