import ECGCore
import ECGExport
import ECGNetwork
import ECGTestSupport
import Foundation
import Testing

/// Models that Keras saved become networks of ours that compute the same.
@Suite struct KerasImportTests {
  private static func fixture(_ name: String) -> URL { Vectors.folder.appending(path: "keras_import-\(name)") }

  private static func load(_ name: String, architecture: String? = nil, addsSoftmax: Bool = false) throws -> KerasModel
  {
    try KerasModel(
      contentsOf: fixture(name), architecture: architecture.map(fixture), addsSoftmax: addsSoftmax)
  }

  /// Samples and Keras' outputs for them.
  private static func answers(_ name: String, _ network: NetworkDescription) throws -> [(
    input: [Float], output: [Float]
  )] {
    let values = try Vectors.float32("keras_import-\(name)")
    let (inputs, outputs) = (network.input.count, try network.shapes.last!.count)
    let count = values.count / (inputs + outputs)
    try #require(count > 0 && count * (inputs + outputs) == values.count)
    return (0..<count).map {
      (
        Array(values[$0 * inputs..<($0 + 1) * inputs]),
        Array(values[count * inputs + $0 * outputs..<count * inputs + ($0 + 1) * outputs])
      )
    }
  }

  @Test(arguments: ["steps-keras2", "recurrent-keras2", "image-keras3"])
  func wholeModelsComputeTheSame(_ name: String) throws {
    let model = try Self.load("\(name).h5")
    for (input, output) in try Self.answers(name, model.network) {
      #expect(largestDifference(Samples.output(of: model.network, model.parameters, for: input), output) < 1e-5)
    }
    #expect(model.version?.hasPrefix(name.hasSuffix("2") ? "2." : "3.") == true)
  }

  @Test(arguments: [
    ("small-keras3.h5", "small-keras3", false), ("small-keras3.weights.h5", "small-keras3", true),
    ("small-keras2.weights.h5", "small-keras2", true), ("small-keras2-legacy.h5", "small-keras2", true),
  ])
  func weightsWithTheirDescriptionComputeTheSame(_ file: String, _ name: String, _ isWeights: Bool) throws {
    let model = try Self.load(file, architecture: isWeights ? "\(name).json" : nil, addsSoftmax: true)
    for (input, logits) in try Self.answers(name, model.network) {
      let sum = logits.reduce(0) { $0 + exp($1) }
      let output = Samples.output(of: model.network, model.parameters, for: input)
      #expect(largestDifference(output, logits.map { exp($0) / sum }) < 1e-5)
    }
  }

  @Test func whatTrainingNeedsIsKept() throws {
    let layers = try Self.load("steps-keras2.h5").network.layers
    #expect(layers[0].l2 == 0.001)
    #expect(layers.contains { $0.kind == .dropout && $0.dropoutRate == 0.25 })
    #expect(layers.contains { $0.kind == .convolution && $0.initializer == .heNormal && !$0.hasBias })
  }

  @Test(arguments: ["steps-keras2", "recurrent-keras2", "image-keras3"])
  func importedModelsCanBeWrittenAndImportedAgain(_ name: String) throws {
    let model = try Self.load("\(name).h5")
    let (input, _) = try Self.answers(name, model.network)[0]
    let output = Samples.output(of: model.network, model.parameters, for: input)
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.h5")
    try write(
      ModelContents(
        network: model.network, parameters: model.parameters,
        labels: (0..<output.count).map { "person \($0)" }, preprocessing: [],
        knownAnswer: .init(input: input, output: output)), to: url)
    let read = try ModelContents(contentsOf: url)
    #expect(read.network == model.network)
    #expect(read.parameters == model.parameters)
    let again = try KerasModel(contentsOf: url)
    #expect(
      again.parameters.flatMap(\.self).map(\.count).sorted() == model.parameters.flatMap(\.self).map(\.count).sorted())
    #expect(largestDifference(Samples.output(of: again.network, again.parameters, for: input), output) < 1e-6)
  }

  // MARK: What cannot be imported

  /// What is said when the description of the small model is another.
  private func refusal(_ old: String, _ new: String, file: String = "small-keras3.weights.h5") throws -> String {
    let text = try String(contentsOf: Self.fixture("small-keras3.json"), encoding: .utf8)
    try #require(text.contains(old))
    return try refusal(of: text.replacing(old, with: new), file: file)
  }

  private func refusal(of description: String, file: String = "small-keras3.weights.h5") throws -> String {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.json")
    try Data(description.utf8).write(to: url)
    do throws(ExportError) {
      _ = try KerasModel(contentsOf: Self.fixture(file), architecture: url, addsSoftmax: true)
      return "imported"
    } catch {
      return "\(error)"
    }
  }

  @Test func unknownClassesAreNamedWithWhatIsKnown() throws {
    let text = try refusal("\"class_name\": \"BatchNormalization\"", "\"class_name\": \"LayerNormalization\"")
    #expect(text.contains("“batch_normalization") && text.contains("LayerNormalization"))
    #expect(text.contains("Conv1D, Conv2D, Dense, LSTM"))
  }

  @Test(arguments: [
    ("\"relu\"", "\"gelu\"", "gelu"),
    ("\"relu\"", "{\"class_name\": \"ReLU\", \"config\": {\"max_value\": 6}}", "ReLU"),
    ("\"padding\": \"valid\"", "\"padding\": \"causal\"", "causal"),
    ("\"dilation_rate\": [1]", "\"dilation_rate\": [2]", "dilation_rate"),
    ("\"kernel_size\": [2]", "\"kernel_size\": [0]", "kernel_size"),
    ("\"kernel_size\": [2]", "\"kernel_size\": [99999999999999]", "shape"),
    ("\"kernel_size\": [2]", "\"kernel_size\": [7]", "shape"),
    ("\"units\": 4", "\"units\": 5", "its settings ask for 2×5"),
    ("\"units\": 4", "\"units\": 4.5", "units"),
    ("\"filters\": 2", "\"filters\": 4611686018427387904", "filters"),
    ("\"filters\": 2", "\"filters\": 2000000000", "settings ask for"),
    ("\"axis\": -1", "\"axis\": 1", "axis"), ("\"epsilon\": 0.001", "\"epsilon\": 0", "epsilon"),
    ("\"epsilon\": 0.001", "\"epsilon\": NaN", "epsilon"),
    ("\"recurrent_activation\": \"sigmoid\"", "\"recurrent_activation\": \"tanh\"", "recurrent_activation"),
    ("\"go_backwards\": false", "\"go_backwards\": true", "go_backwards"),
    ("\"batch_shape\": [null, 6, 2]", "\"batch_shape\": [null, null, 2]", "not fixed"),
    ("\"batch_shape\": [null, 6, 2]", "\"batch_shape\": [null, 6, 2, 1, 1]", "6×2×1×1"),
    ("\"batch_shape\": [null, 6, 2]", "\"batch_shape\": [null, 900000000, 900000000]", "900000000"),
    ("\"class_name\": \"Sequential\"", "\"class_name\": \"Subclass\"", "Subclass"),
    ("\"config\"", "\"other\"", "not the description"),
  ])
  func settingsWithoutAnEqualAreNamed(_ old: String, _ new: String, _ named: String) throws {
    let text = try refusal(old, new)
    #expect(text.contains(named), "\(text)")
  }

  @Test func descriptionsThatAreNoneAreRefused() throws {
    for text in ["", "{", "[]", "{}", "null", "3", "\u{0}", String(repeating: "[", count: 200_000)] {
      #expect(try refusal(of: text).contains("description"))
    }
    let members = String(repeating: "{\"a\":", count: 400) + "1" + String(repeating: "}", count: 400)
    #expect(try refusal(of: "{\"class_name\": \"Sequential\", \"config\": \(members)}").contains("list of layers"))
  }

  /// A Functional model of dense layers, each named and reading those named.
  private func functional(_ layers: [(name: String, sources: [String])], output: String) -> String {
    let input = #"{"class_name": "InputLayer", "name": "i", "config": {"batch_shape": [null, 3]}, "inbound_nodes": []}"#
    let others = layers.map { layer in
      let sources = layer.sources.map { "[\"\($0)\", 0, 0, {}]" }.joined(separator: ", ")
      return """
        {"class_name": "Add", "name": "\(layer.name)", "config": {"name": "\(layer.name)"}, "inbound_nodes": [[\(sources)]]}
        """
    }
    return """
      {"class_name": "Functional", "config": {"layers": [\(([input] + others).joined(separator: ", "))],
       "input_layers": [["i", 0, 0]], "output_layers": [["\(output)", 0, 0]]}}
      """
  }

  @Test func graphsThatAreNoneAreRefused() throws {
    #expect(
      try refusal(of: functional([("a", ["i", "b"]), ("b", ["a", "i"])], output: "b")).contains("reads itself"))
    #expect(try refusal(of: functional([("a", ["i", "x"])], output: "a")).contains("“x”"))
    #expect(try refusal(of: functional([("a", ["i"])], output: "a")).contains("joins 1"))
    #expect(try refusal(of: functional([("a", ["i", "i"])], output: "x")).contains("output"))
    #expect(try refusal(of: functional([("a", ["i", "i"]), ("a", ["i", "i"])], output: "a")).contains("two layers"))
    #expect(try refusal(of: functional([], output: "i")).contains("no layers"))
    #expect(try refusal(of: functional([("a", ["i", "i"])], output: "a")) == "imported")
    let chain = (1...3000).map { ("\($0)", [$0 == 1 ? "i" : "\($0 - 1)", "i"]) }
    #expect(try refusal(of: functional(chain, output: "3000")).contains("3000 layers"))
  }

  @Test func weightsOfAnotherModelAreRefused() throws {
    #expect(try refusal("\"dense", "\"other", file: "small-keras3.h5").contains("missing"))
    #expect(throws: ExportError.self) {
      try KerasModel(contentsOf: Self.fixture("recurrent-keras2.h5"), architecture: Self.fixture("small-keras3.json"))
    }
    // Weights alone do not say what model they are of.
    let text = #expect(throws: ExportError.self) { try Self.load("small-keras3.weights.h5") }
    #expect(text?.description.contains("to_json") == true)
    let logits = #expect(throws: ExportError.self) { try Self.load("small-keras3.h5") }
    #expect(logits?.description.contains("softmax") == true)
  }

  @Test func otherFilesAreRefused() throws {
    #expect(throws: ExportError.self) { try Self.load("missing.h5") }
    let json = #expect(throws: ExportError.self) { try Self.load("small-keras3.json") }
    #expect(json != nil)
    let folder = try TemporaryFolder()
    let archive = folder.url.appending(path: "model.keras")
    try Data([0x50, 0x4B, 3, 4, 0, 0]).write(to: archive)
    let text = #expect(throws: ExportError.self) { try KerasModel(contentsOf: archive) }
    #expect(text?.description.contains("unpack") == true)
    #expect(throws: ExportError.self) {
      try KerasModel(contentsOf: Vectors.folder.appending(path: "modelfile-kinds.h5"))
    }
  }

  @Test(arguments: ["small-keras3.h5", "small-keras2-legacy.h5"])
  func cutFilesAreRefused(_ name: String) throws {
    let bytes = try Data(contentsOf: Self.fixture(name))
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "cut.h5")
    for length in stride(from: 0, to: bytes.count, by: bytes.count / 40) {
      try bytes.prefix(length).write(to: url)
      #expect(throws: ExportError.self) {
        try KerasModel(contentsOf: url, architecture: Self.fixture("small-keras3.json"), addsSoftmax: true)
      }
    }
  }

  /// Whatever the bytes are, there is an answer: a network that fits together, or an error.
  @Test(arguments: ["small-keras3.h5", "small-keras2-legacy.h5", "small-keras2.weights.h5", "recurrent-keras2.h5"])
  func damagedFilesDoNoHarm(_ name: String) throws {
    let original = try Data(contentsOf: Self.fixture(name))
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "damaged.h5")
    let hasDescription = name == "small-keras3.h5" || name == "recurrent-keras2.h5"
    let architecture = hasDescription ? nil : Self.fixture("small-keras2.json")
    var generator = SeededGenerator(seed: 5)
    var refused = 0
    for _ in 0..<400 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...12, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[place] = Bool.random(using: &generator) ? 0xFF : UInt8.random(in: 0...255, using: &generator)
      }
      try bytes.write(to: url)
      do throws(ExportError) {
        let model = try KerasModel(contentsOf: url, architecture: architecture, addsSoftmax: true)
        #expect((try? model.network.shapes)?.last?.rank == 1)
      } catch {
        refused += 1
        #expect(!error.description.isEmpty)
      }
    }
    #expect(refused > 0)
  }
}
