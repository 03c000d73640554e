import ECGNetwork
import Testing

@testable import ECGTraining

/// What cannot be trained is refused before anything is computed, in words that name it.
@Suite struct BadInputTests {
  static func message(_ body: () throws -> Void) throws -> String {
    "\(try #require(#expect(throws: TrainingError.self) { try body() }))"
  }

  @Test func samplesThatDoNotFit() throws {
    let network = CheckpointTests.network
    let options = CheckpointTests.options()
    let good = try CheckpointTests.training()
    func refusal(inputs: [Float]? = nil, count: Int? = nil, labels: [Int32]? = nil) throws -> String {
      try Self.message {
        let samples = try SampleSet(
          inputs: inputs ?? good.inputs, inputCount: count ?? good.inputCount, labels: labels ?? good.labels)
        _ = try train(network, training: samples, options: options)
      }
    }
    for bad in [Float.nan, .infinity, -.infinity] {
      var inputs = good.inputs
      inputs[7 * 20 + 3] = bad
      #expect(try refusal(inputs: inputs).contains("sample 7 has a value that is not finite"))
    }
    for bad in [Int32(-1), 4, .max] {
      var labels = good.labels
      labels[52] = bad
      #expect(try refusal(labels: labels).contains("sample 52 has class \(bad), the network has 4 classes"))
    }
    #expect(try refusal(inputs: [], labels: []).contains("no training samples"))
    #expect(try refusal(inputs: [1, 2, 3, 4], count: 2, labels: [0, 1]).contains("2 values, the network takes 20"))
    #expect(try refusal(inputs: [1, 2, 3], count: 2, labels: [0, 1]).contains("do not make samples"))
    #expect(try refusal(count: 0).contains("do not make samples"))
  }

  @Test func optionsOutOfRange() throws {
    func refusal(_ change: (inout TrainingOptions) -> Void) throws -> String {
      var options = CheckpointTests.options()
      change(&options)
      return try Self.message {
        _ = try train(CheckpointTests.network, training: CheckpointTests.training(), options: options)
      }
    }
    #expect(try refusal { $0.epochs = 0 }.contains("epochs"))
    #expect(try refusal { $0.batchSize = 0 }.contains("batch size"))
    #expect(try refusal { $0.learningRate = 0 }.contains("learning rate"))
    #expect(try refusal { $0.learningRate = .nan }.contains("learning rate"))
    #expect(try refusal { $0.optimizer = .adam(beta1: 1) }.contains("Adam"))
    #expect(try refusal { $0.optimizer = .sgd(momentum: -0.1) }.contains("momentum"))
    #expect(try refusal { $0.earlyStopping = EarlyStopping(patience: -1) }.contains("early stopping"))
  }

  @Test func networksThatCannotBeTrained() throws {
    func refusal(_ build: (inout NetworkDescription) -> Void) throws -> String {
      var network = NetworkDescription(name: "bad", input: .image(4, 4, channels: 1))
      build(&network)
      return try Self.message { _ = try OneDNNEngine(network, batchSize: 2) }
    }
    #expect(try refusal { _ in }.contains("no layers"))
    #expect(
      try refusal {
        $0.flatten(); $0.dense(units: 3)
      }.contains("dense: the last layer must end in a softmax"))
    #expect(try refusal { $0.dense(units: 3, activation: .softmax) }.contains("dense"))
    #expect(
      try refusal {
        $0.convolution(filters: 1, window: (5, 5))
        $0.flatten()
        $0.dense(units: 3, activation: .softmax)
      }.contains("conv2d: the 5×5 window does not fit into the 4×4×1 input"))
    #expect(
      try refusal {
        $0.flatten()
        $0.dense(units: 3, activation: .softmax)
        $0.dense(units: 3, activation: .softmax)
      }.contains("only at the end"))
    #expect(try Self.message { _ = try OneDNNEngine(CheckpointTests.network, batchSize: 0) }.contains("batch size"))
  }

  @Test func parametersThatDoNotFit() throws {
    let network = CheckpointTests.network
    let engine = try OneDNNEngine(network, batchSize: 2)
    var parameters = try network.initialParameters(seed: 1)
    parameters[4][0].removeLast()
    #expect(try Self.message { try engine.setParameters(parameters) }.contains("dense, kernel"))
    parameters[4].removeLast()
    #expect(try Self.message { try engine.setParameters(parameters) }.contains("dense: 1 tensors, 2 expected"))
    parameters.removeLast()
    #expect(try Self.message { try engine.setParameters(parameters) }.contains("5 layers"))
    let state = OptimizerState(steps: 1, moments: [])
    #expect(try Self.message { try engine.setOptimizerState(state) }.contains("0 moments, this optimiser 2"))
  }

  @Test func batchesThatDoNotFit() throws {
    let engine = try OneDNNEngine(CheckpointTests.network, batchSize: 2)
    let values = [Float](repeating: 0, count: 60)
    let labels = [Int32](repeating: 0, count: 3)
    #expect(try Self.message { _ = try engine.predict(inputs: values.span, count: 0) }.contains("between 1 and 2"))
    #expect(try Self.message { _ = try engine.predict(inputs: values.span, count: 2) }.contains("40 values, not 60"))
    #expect(
      try Self.message { _ = try engine.evaluate(inputs: values.span, labels: labels.span) }
        .contains("a batch of 3 samples"))
  }
}
