import ECGArchitectures
import ECGNetwork
import Testing

@testable import ECGTraining

/// A trained network gets other people: what it has learned must stay, number by number.
@Suite struct OtherPeopleTests {
  static let known = ["Ada", "Bob", "Cleo", "Dan", "Eva"]

  static func trained(_ architecture: String) throws -> (network: NetworkDescription, parameters: NetworkParameters) {
    let network = try #require(Architecture.named(architecture)).network(
      people: known.count, beatLength: 40, image: (26, 26))
    // Numbers that no initialiser gives, biases included.
    var next: Float = 0
    let parameters = try network.initialParameters(seed: 3).map {
      $0.map {
        $0.map { _ in
          next += 1
          return next
        }
      }
    }
    return (network, parameters)
  }

  /// Kept, gone, new and moved people at once.
  @Test(arguments: ["lenet5", "cnn1d", "cnn2d", "inception1d", "resnet1d"])
  func rowsOfThoseWhoStayStay(_ architecture: String) throws {
    let (network, parameters) = try Self.trained(architecture)
    let people = ["Eva", "Zoe", "Bob", "Yan", "Ada", "Xi", "Wu"]
    let (other, values) = try network.forPeople(people, known: Self.known, parameters: parameters, seed: 1)
    #expect(other.layers.count == network.layers.count && other.layerNames == network.layerNames)
    #expect(Array(other.layers.dropLast()) == Array(network.layers.dropLast()), "hidden layers keep their widths")
    #expect(other.layers.last?.units == 7)
    #expect(Array(values.dropLast()) == Array(parameters.dropLast()))

    let (before, after) = (parameters.last!, values.last!)
    let inputs = before[0].count / 5
    #expect(after[0].count == inputs * 7 && after[1].count == 7)
    for (column, person) in people.enumerated() {
      let old = Self.known.firstIndex(of: person)
      let kernel = (0..<inputs).map { after[0][$0 * 7 + column] }
      if let old {
        #expect(kernel == (0..<inputs).map { before[0][$0 * 5 + old] }, "\(person)")
        #expect(after[1][column] == before[1][old])
      } else {
        #expect(kernel.allSatisfy { abs($0) < 1 } && Set(kernel).count > inputs / 2, "drawn anew")
        #expect(after[1][column] == 0)
      }
    }
  }

  @Test func theSamePeopleChangeNothing() throws {
    let (network, parameters) = try Self.trained("cnn1d")
    let (same, values) = try network.forPeople(Self.known, known: Self.known, parameters: parameters, seed: 1)
    #expect(same == network && values == parameters)
  }

  /// Whoever stays gets the same logits; only the softmax divides among others.
  @Test func answersAmongThoseWhoStayKeepTheirOdds() throws {
    let network = try #require(Architecture.named("cnn1d")).network(people: 5, beatLength: 40)
    let parameters = try network.initialParameters(seed: 2)
    let samples = try Problem.patterns(network, classes: 5, count: 9, noise: 1)
    let people = ["Dan", "Ada"]
    let (other, values) = try network.forPeople(people, known: Self.known, parameters: parameters, seed: 1)
    let before = try predict(network, parameters: parameters, samples: samples)
    let after = try predict(
      other, parameters: values,
      samples: SampleSet(
        inputs: samples.inputs, inputCount: samples.inputCount, labels: [Int32](repeating: 0, count: 9)))
    for row in 0..<9 {
      let odds = before[row * 5 + 3] / before[row * 5]
      #expect(abs(after[row * 2] / after[row * 2 + 1] / odds - 1) < 1e-4)
    }
  }

  /// Keras' networks may end in an activation layer of its own.
  @Test func aSoftmaxOfItsOwnIsLookedThrough() throws {
    var network = NetworkDescription(name: "imported", input: .features(4))
    network.dense(units: 5, activation: .linear)
    network.activation(.softmax)
    let parameters = try network.initialParameters(seed: 1)
    let (other, values) = try network.forPeople(["Bob", "Zoe"], known: Self.known, parameters: parameters, seed: 1)
    #expect(other.layers[0].units == 2 && values[0][0].count == 8)
    #expect((0..<4).allSatisfy { values[0][0][$0 * 2] == parameters[0][0][$0 * 5 + 1] })
  }

  @Test func networksWithoutADenseOutputAreRefused() throws {
    var network = NetworkDescription(name: "odd", input: .steps(5, channels: 1))
    network.flatten()
    network.activation(.softmax)
    let error = #expect(throws: TrainingError.self) {
      try network.forPeople(["Zoe", "Yan"], known: Self.known, parameters: [[], []], seed: 1)
    }
    #expect("\(try #require(error))".contains("dense layer"))
    // As many labels as outputs.
    let (small, parameters) = try Self.trained("cnn1d")
    #expect(throws: TrainingError.self) {
      try small.forPeople(["Zoe", "Yan"], known: ["Ada", "Bob"], parameters: parameters, seed: 1)
    }
    #expect(throws: TrainingError.self) {
      try small.forPeople(["Zoe", "Yan"], known: Self.known, parameters: [], seed: 1)
    }
  }

  @Test func featureLayersEndBeforeTheDenseOnes() {
    let expected = [
      "lenet5": "max_pooling2d_1", "cnn1d": "conv1d_3", "cnn2d": "max_pooling2d", "crnn2d": "gru", "lstm1d": "lstm_4",
      "inception1d": "global_average_pooling1d", "resnet1d": "global_average_pooling2d",
      "compact1d": "max_pooling1d_2", "embedder1d": "unit_normalization",
      "embedder1d-small": "unit_normalization",
      "deepecg": "global_average_pooling1d",
    ]
    for architecture in Architecture.all {
      let network = architecture.network(people: 5)
      #expect(network.layerNames[network.featureLayerCount - 1] == expected[architecture.name], "\(architecture.name)")
    }
    var dense = NetworkDescription(name: "dense", input: .features(4))
    dense.dense(units: 3, activation: .relu)
    dense.dense(units: 2, activation: .softmax)
    #expect(dense.featureLayerCount == 0)
  }

  @Test func somethingMustBeLeftToTrain() throws {
    let network = try #require(Architecture.named("cnn1d")).network(people: 5, beatLength: 40)
    let samples = try Problem.patterns(network, classes: 5, count: 9, noise: 1)
    var options = TrainingOptions(epochs: 1, batchSize: 8)
    for count in [-1, network.layers.count, network.layers.count + 1] {
      options.frozenLayers = count
      #expect(throws: TrainingError.self) { try train(network, training: samples, options: options) }
    }
  }

  /// Dropout acts among frozen layers, too, as in Keras: what lies behind it is trained against it.
  @Test func frozenLayersKeepEveryBitThroughTraining() throws {
    let network = try #require(Architecture.named("cnn1d")).network(people: 5, beatLength: 40)
    let samples = try Problem.patterns(network, classes: 5, count: 40, noise: 0.3)
    let initial = try network.initialParameters(seed: 1)
    var options = TrainingOptions(epochs: 3, batchSize: 8)
    options.frozenLayers = network.layers.count - 1
    let result = try train(network, initial: initial, training: samples, options: options)
    #expect(Array(result.parameters.dropLast()) == Array(initial.dropLast()))
    #expect(result.parameters.last != initial.last)
    #expect(result.history.epochs.last!.loss < result.history.epochs[0].loss)
  }
}
