import ECGArchitectures
import ECGNetwork
import Testing

@testable import ECGTraining

/// Products of bfloat16 beside those of float32.
@Suite(.enabled(if: Precision.bfloat16.isSupported, "needs a processor with AVX512_BF16"))
struct PrecisionTests {
  private static func gradients(
    _ network: NetworkDescription, _ samples: SampleSet, _ parameters: NetworkParameters,
    _ precision: Precision
  ) throws -> (loss: Double, gradients: NetworkParameters) {
    let engine = try OneDNNEngine(
      network, batchSize: samples.labels.count, optimizer: .sgd(), precision: precision, convolutions: .direct)
    try engine.setParameters(parameters)
    let result = try engine.train(
      inputs: samples.inputs.span, labels: samples.labels.span, learningRate: 1e-9, dropoutSeed: 0)
    return (result.loss, try engine.gradients())
  }

  /// A rounded factor is off by at most 2⁻⁹ of itself. Of a sum of products of two, rounded this way and that, the
  /// error is at most √2 · 2⁻⁹ of the terms' norm, and errors of the products on the way to a gradient (forward through
  /// each layer and back again) add up like independent ones; twice that leaves room for terms that cancel.
  /// (Behind a relu it may be more: where rounding moves a value over its kink, the gradient jumps.)
  @Test func gradientsAreOffByRoundingOnly() throws {
    var network = NetworkDescription(name: "wide", input: .image(9, 12, channels: 16))
    GradientTests.convolve(&network, 32, (3, 3), .same, activation: .tanh)
    GradientTests.convolve(&network, 16, (1, 2), .valid)
    network.batchNormalization()
    network.activation(.tanh)
    network.flatten()
    network.dense(units: 40, activation: .tanh)
    network.dense(units: 3, activation: .softmax)
    let samples = try GradientTests.samples(network, count: 24, classes: 3)
    let parameters = try network.initialParameters(seed: 4)
    let exact = try Self.gradients(network, samples, parameters, .float32)
    let rounded = try Self.gradients(network, samples, parameters, .bfloat16)
    let products = 8.0
    let bound = 2 * (2 * products).squareRoot() / 512
    #expect(abs(rounded.loss / exact.loss - 1) < bound)
    for (layer, tensors) in exact.gradients.enumerated() {
      for (index, values) in tensors.enumerated() {
        let norm = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        guard norm > 1e-6 else { continue }
        let error = zip(values, rounded.gradients[layer][index])
          .reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }.squareRoot()
        #expect(error / norm < bound, "layer \(layer), parameter \(index)")
        #expect(error / norm > 1e-5, "layer \(layer), parameter \(index) was computed in float32")
      }
    }
  }

  /// After four epochs on noisy patterns the loss on other samples is that of float32 to within a tenth, and two
  /// trainings with one seed are the same to the last bit.
  @Test(arguments: [cnn1d(people: 5), lenet5(people: 12)])
  func learnsAsWell(_ network: NetworkDescription) throws {
    let training = try Problem.patterns(network, classes: 5, count: 60, noise: 1.5)
    let validation = try Problem.patterns(network, classes: 5, count: 40, noise: 1.5, seed: 2)
    func trained(_ precision: Precision) throws -> TrainedNetwork {
      var options = TrainingOptions(epochs: 4, batchSize: 16)
      options.precision = precision
      options.bestEpoch = .last
      return try train(network, training: training, validation: validation, options: options)
    }
    let (exact, rounded) = (try trained(.float32), try trained(.bfloat16))
    let (expected, found) = (exact.history.epochs.last!, rounded.history.epochs.last!)
    #expect(abs(found.validationLoss! - expected.validationLoss!) < 0.1 * max(expected.validationLoss!, 0.1))
    #expect(abs(found.validationAccuracy! - expected.validationAccuracy!) <= 0.05)
    #expect(rounded.parameters != exact.parameters)
    #expect(try trained(.bfloat16).parameters == rounded.parameters)
  }
}
