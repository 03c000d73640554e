import CECGKernels
import ECGCore
import ECGNetwork
import Testing

@testable import ECGTraining

/// Every layer's backward pass against central differences, on small odd shapes.
@Suite struct GradientTests {
  /// Layers between the input and a dense softmax. Parameters before them see their gradient of the input.
  static let cases: [(name: String, input: Shape, build: @Sendable (inout NetworkDescription) -> Void)] = [
    ("dense", .features(7), { $0.dense(units: 5) }),
    (
      "dense relu", .features(7),
      {
        $0.dense(units: 5, activation: .relu); $0.dense(units: 3, activation: .relu)
      }
    ),
    (
      "dense tanh", .features(7),
      {
        $0.dense(units: 5, activation: .tanh); $0.dense(units: 17, activation: .tanh)
      }
    ),
    (
      "dense without bias", .features(4),
      {
        var layer = Layer(.dense)
        (layer.units, layer.hasBias, layer.l2) = (3, false, 0.1)
        $0.append(layer, base: "dense")
        $0.append(layer, base: "dense")
      }
    ),
    (
      "steps valid", .steps(9, channels: 2),
      {
        convolve(&$0, 3, (1, 4)); convolve(&$0, 2, (1, 2))
      }
    ),
    (
      "steps same", .steps(9, channels: 1),
      {
        convolve(&$0, 3, (1, 4), .same); convolve(&$0, 2, (1, 3), .same)
      }
    ),
    (
      "steps strided", .steps(11, channels: 2),
      {
        convolve(&$0, 3, (1, 4), .valid, stride: (1, 3)); convolve(&$0, 2, (1, 2), .same, stride: (1, 2))
      }
    ),
    (
      "steps 1 wide", .steps(5, channels: 3),
      {
        convolve(&$0, 4, (1, 1)); convolve(&$0, 2, (1, 1))
      }
    ),
    (
      "image valid", .image(6, 5, channels: 2),
      {
        convolve(&$0, 3, (3, 2)); convolve(&$0, 2, (2, 3))
      }
    ),
    (
      "image same", .image(5, 4, channels: 1),
      {
        convolve(&$0, 3, (3, 2), .same); convolve(&$0, 2, (4, 3), .same)
      }
    ),
    (
      "image strided", .image(7, 8, channels: 2),
      {
        convolve(&$0, 3, (3, 2), .same, stride: (2, 3)); convolve(&$0, 2, (2, 2), .valid, stride: (2, 1))
      }
    ),
    (
      "more than one block of channels", .image(3, 3, channels: 2),
      {
        convolve(&$0, 19, (2, 2)); convolve(&$0, 3, (2, 1))
      }
    ),
    (
      "convolution without bias", .image(4, 4, channels: 1),
      {
        var layer = Layer(.convolution)
        (layer.units, layer.window, layer.hasBias) = (2, .init(2, 2), false)
        $0.append(layer, base: "conv2d")
        $0.append(layer, base: "conv2d")
      }
    ),
    (
      "relu", .image(4, 5, channels: 2),
      {
        convolve(&$0, 3, (2, 2), activation: .relu); convolve(&$0, 2, (2, 2), activation: .relu)
      }
    ),
    (
      "tanh", .image(4, 5, channels: 2),
      {
        convolve(&$0, 3, (2, 2), activation: .tanh); convolve(&$0, 2, (2, 2), activation: .tanh)
      }
    ),
    (
      "activation layers", .steps(6, channels: 2),
      {
        convolve(&$0, 3, (1, 2))
        var layer = Layer(.activation)
        layer.activation = .tanh
        $0.append(layer, base: "activation")
        convolve(&$0, 2, (1, 2))
        layer.activation = .relu
        $0.append(layer, base: "activation")
      }
    ),
    (
      "pooling", .image(7, 5, channels: 2),
      {
        convolve(&$0, 3, (2, 2)); $0.maxPooling(window: (2, 2))
      }
    ),
    (
      "pooling behind relu", .image(7, 5, channels: 2),
      {
        convolve(&$0, 3, (2, 2), activation: .relu); $0.maxPooling(window: (2, 2))
      }
    ),
    (
      "pooling behind tanh", .steps(12, channels: 1),
      {
        convolve(&$0, 3, (1, 2), activation: .tanh); $0.maxPooling(window: 4)
      }
    ),
    (
      "overlapping pooling", .image(7, 6, channels: 1),
      {
        convolve(&$0, 2, (2, 2), activation: .tanh)
        var layer = Layer(.maxPooling)
        (layer.window, layer.stride, layer.padding) = (.init(3, 2), .init(2, 1), .same)
        $0.append(layer, base: "max_pooling2d")
        convolve(&$0, 2, (2, 2))
      }
    ),
    (
      "sigmoid and elu", .image(4, 5, channels: 2),
      {
        convolve(&$0, 3, (2, 2), activation: .sigmoid); convolve(&$0, 2, (2, 2), activation: .elu)
        $0.maxPooling(window: (1, 2))
        $0.flatten()
        $0.dense(units: 5, activation: .elu)
        $0.activation(.sigmoid)
      }
    ),
    (
      "pooling behind elu", .image(7, 5, channels: 2),
      {
        convolve(&$0, 3, (2, 2), activation: .elu); $0.maxPooling(window: (2, 2))
      }
    ),
    (
      "dense over steps", .steps(5, channels: 3),
      {
        $0.dense(units: 4, activation: .tanh); $0.dense(units: 17); convolve(&$0, 2, (1, 2))
      }
    ),
    (
      "normalisation", .image(4, 3, channels: 2),
      {
        convolve(&$0, 3, (2, 2), activation: .tanh); $0.batchNormalization(); convolve(&$0, 2, (2, 1))
        $0.flatten(); $0.dense(units: 4); $0.batchNormalization(epsilon: 0.1); $0.activation(.tanh)
      }
    ),
    (
      "normalisation and relu", .steps(6, channels: 2),
      {
        $0.batchNormalization()
        convolve(&$0, 16, (1, 2), activation: .tanh); $0.batchNormalization(); $0.activation(.relu)
        convolve(&$0, 2, (1, 2)); $0.batchNormalization(); $0.activation(.relu)
      }
    ),
    (
      "unit normalisation", .image(4, 3, channels: 2),
      {
        convolve(&$0, 17, (2, 2), activation: .tanh); $0.unitNormalization(); convolve(&$0, 3, (2, 1))
        $0.flatten(); $0.unitNormalization(); $0.dense(units: 4, activation: .tanh); $0.unitNormalization()
      }
    ),
    (
      "average", .image(4, 3, channels: 2),
      {
        convolve(&$0, 3, (2, 2)); $0.globalAveragePooling(); $0.dense(units: 4)
      }
    ),
    (
      "average of more than a block", .steps(5, channels: 2),
      {
        convolve(&$0, 18, (1, 2)); $0.globalAveragePooling()
      }
    ),
    (
      "reshape", .image(4, 3, channels: 2),
      {
        convolve(&$0, 18, (2, 2)); $0.reshape(.steps(9, channels: 12)); convolve(&$0, 3, (1, 2))
        $0.flatten(); $0.reshape(.image(2, 4, channels: 3)); convolve(&$0, 2, (2, 2))
      }
    ),
    (
      "sums", .steps(6, channels: 2),
      {
        let a = $0.convolution(filters: 3, window: 3, padding: .same, activation: .tanh)
        let b = $0.convolution(filters: 3, window: 2, padding: .same, of: a)
        let c = $0.activation(.sigmoid, of: a)
        $0.add([a, b, c]); $0.activation(.tanh)
        $0.add([$0.last, $0.last])
      }
    ),
    (
      "blocks of channels joined", .steps(6, channels: 1),
      {
        let a = $0.convolution(filters: 16, window: 3, padding: .same, activation: .tanh)
        let b = $0.convolution(filters: 32, window: 2, padding: .same, of: a)
        $0.concatenate([b, a, a]); $0.convolution(filters: 2, window: 2)
      }
    ),
    (
      "channels joined", .image(4, 3, channels: 2),
      {
        let a = $0.convolution(filters: 3, window: (2, 2), padding: .same, activation: .elu)
        let b = $0.convolution(filters: 17, window: (2, 2), padding: .same, of: a)
        $0.concatenate([-1, b, a]); $0.convolution(filters: 2, window: (2, 2))
        let c = $0.flatten()
        $0.activation(.sigmoid)
        $0.concatenate([c, $0.last])
      }
    ),
    (
      "square kernels on a column", .image(9, 1, channels: 2),
      {
        $0.convolution(filters: 3, window: (4, 4), padding: .same, activation: .tanh)
        let a = $0.convolution(filters: 3, window: (3, 5), stride: (2, 3), padding: .same)
        $0.maxPooling(window: (3, 2), stride: (1, 1), padding: .same)
        $0.add([a, $0.last])
      }
    ),
    (
      "square kernels on a column, with a penalty", .image(5, 1, channels: 2),
      {
        $0.convolution(filters: 3, window: (2, 2), padding: .same, activation: .tanh, l2: 0.1)
        $0.convolution(filters: 2, window: (3, 3), padding: .same)
      }
    ),
    (
      "one step", .steps(1, channels: 4),
      {
        $0.lstm(units: 3, returnsSequences: true); $0.lstm(units: 5)
      }
    ),
    (
      "LSTM", .steps(4, channels: 3),
      {
        $0.lstm(units: 3, returnsSequences: true); $0.lstm(units: 2)
      }
    ),
    (
      "GRU", .steps(4, channels: 3),
      {
        $0.gru(units: 3, returnsSequences: true); $0.gru(units: 2)
      }
    ),
    ("GRU of one step", .steps(1, channels: 3), { $0.gru(units: 3) }),
    (
      "recurrent layers behind others", .image(3, 4, channels: 1),
      {
        convolve(&$0, 3, (2, 2), activation: .tanh); $0.reshape(.steps(6, channels: 3)); $0.dense(units: 4)
        $0.gru(units: 3, returnsSequences: true); $0.batchNormalization(); $0.lstm(units: 3, returnsSequences: true)
        $0.globalAveragePooling()
      }
    ),
    (
      "penalties", .image(5, 5, channels: 1),
      {
        $0.convolution(filters: 2, window: (2, 2), activation: .tanh, l2: 0.3)
        $0.convolution(filters: 2, window: (2, 2), l2: 0.05)
      }
    ),
  ]

  static func convolve(
    _ network: inout NetworkDescription, _ filters: Int32, _ window: (Int, Int), _ padding: Layer.Padding = .valid,
    stride: (Int, Int) = (1, 1), activation: Layer.Activation = .linear
  ) {
    var layer = Layer(.convolution)
    (layer.units, layer.window, layer.stride) = (filters, .init(window.0, window.1), .init(stride.0, stride.1))
    (layer.padding, layer.activation) = (padding, activation)
    network.append(layer, base: "conv")
  }

  static func samples(_ network: NetworkDescription, count: Int, classes: Int) throws -> SampleSet {
    var generator = SeededGenerator(seed: 7)
    return try SampleSet(
      inputs: (0..<count * network.input.count).map { _ in Float(generator.normal()) },
      inputCount: network.input.count, labels: (0..<count).map { Int32($0 % classes) })
  }

  /// Initial parameters with biases that are not zero.
  static func parameters(_ network: NetworkDescription) throws -> NetworkParameters {
    var generator = SeededGenerator(seed: 8)
    return try network.initialParameters(seed: 5).map { layer in
      layer.map { $0.map { $0 == 0 ? Float(0.2 * generator.normal()) : $0 } }
    }
  }

  /// What the engine finds, the gradients of the penalties added.
  static func engineGradients(
    _ network: NetworkDescription, _ parameters: NetworkParameters, _ samples: SampleSet, batchSize: Int,
    dropoutSeed: UInt64 = 0
  ) throws -> (loss: Double, gradients: NetworkParameters) {
    let engine = try OneDNNEngine(network, batchSize: batchSize, optimizer: .sgd())
    try engine.setParameters(parameters)
    let result = try engine.train(
      inputs: samples.inputs.span, labels: samples.labels.span, learningRate: 1e-9, dropoutSeed: dropoutSeed)
    var gradients = try engine.gradients()
    for (index, layer) in network.layers.enumerated() where layer.l2 != 0 {
      for i in gradients[index][0].indices { gradients[index][0][i] += 2 * layer.l2 * parameters[index][0][i] }
    }
    return (result.loss, gradients)
  }

  static func compare(_ found: NetworkParameters, _ expected: [[[Double]]], _ name: String) {
    for layer in expected.indices {
      for index in expected[layer].indices {
        // A gradient that is zero but for rounding is not measured by itself.
        let found = found[layer][index] + [1e-2]
        #expect(
          largestDifference(found, expected[layer][index] + [1e-2]) < 2e-5,
          "\(name), layer \(layer), parameter \(index)")
      }
    }
  }

  @Test(arguments: cases.indices) func matchDifferences(_ index: Int) throws {
    let (name, input, build) = Self.cases[index]
    var network = NetworkDescription(name: name, input: input)
    build(&network)
    network.flatten()
    network.dense(units: 3, activation: .softmax)
    let samples = try Self.samples(network, count: 4, classes: 3)
    let parameters = try Self.parameters(network)
    let (loss, gradients) = try Self.engineGradients(network, parameters, samples, batchSize: 4)
    let reference = try ReferenceNetwork(network, samples)
    let expected = reference.loss(parameters.map { $0.map { $0.map(Double.init) } })
    #expect(abs(loss - expected) < 2e-6 * expected, "\(name)")
    Self.compare(gradients, reference.gradients(parameters), name)
  }

  @Test(arguments: [
    Loss.cosFace(scale: 8, margin: 0.2), .cosFace(scale: 1, margin: 0), .arcFace(scale: 8, margin: 0.5),
    .arcFace(scale: 2, margin: 1.4),
  ])
  func cosineLossesMatchDifferences(_ loss: Loss) throws {
    let network = Golden.directions
    let samples = try Self.samples(network, count: 9, classes: 4)
    let parameters = try Self.parameters(network)
    let engine = try OneDNNEngine(network, batchSize: 9, optimizer: .sgd(), loss: loss)
    try engine.setParameters(parameters)
    let result = try engine.train(
      inputs: samples.inputs.span, labels: samples.labels.span, learningRate: 1e-9, dropoutSeed: 0)
    var reference = try ReferenceNetwork(network, samples)
    reference.objective = loss
    let expected = reference.loss(parameters.map { $0.map { $0.map(Double.init) } })
    #expect(abs(result.loss - expected) < 2e-6 * expected)
    Self.compare(try engine.gradients(), reference.gradients(parameters), "\(loss)")
  }

  @Test func softmaxOfFlattenedImageMatches() throws {
    var network = NetworkDescription(name: "head", input: .image(4, 3, channels: 2))
    Self.convolve(&network, 2, (2, 2))
    network.flatten()
    var softmax = Layer(.activation)
    softmax.activation = .softmax
    network.append(softmax, base: "softmax")
    let samples = try Self.samples(network, count: 5, classes: 12)
    let parameters = try Self.parameters(network)
    let (_, gradients) = try Self.engineGradients(network, parameters, samples, batchSize: 5)
    Self.compare(gradients, try ReferenceNetwork(network, samples).gradients(parameters), "head")
  }

  @Test(arguments: [Float(0), 0.3, 0.9]) func dropoutMatchesWithItsMask(_ rate: Float) throws {
    var network = NetworkDescription(name: "dropout", input: .features(5))
    network.dense(units: 40, activation: .tanh)
    network.dropout(rate: rate)
    network.dense(units: 3, activation: .softmax)
    let samples = try Self.samples(network, count: 6, classes: 3)
    let parameters = try Self.parameters(network)
    let (_, gradients) = try Self.engineGradients(network, parameters, samples, batchSize: 6, dropoutSeed: 11)
    var reference = try ReferenceNetwork(network, samples)
    let dropout = DropoutMask(rate: rate, seed: 11, layer: 1)
    let ones = [Float](repeating: 1, count: 6 * 40)
    var mask = ones
    dropout.apply(from: ones, to: &mask)
    #expect(mask.allSatisfy { $0 == 0 || abs($0 * (1 - rate) - 1) < 1e-6 })
    if rate > 0 { #expect(mask.contains(0)) }
    reference.masks[1] = mask.map(Double.init)
    Self.compare(gradients, reference.gradients(parameters), "dropout \(rate)")
  }

  /// A batch smaller than the engine's, as the last of an epoch, is averaged over its own samples.
  @Test(arguments: [1, 2, 15, 16, 17]) func incompleteBatchCountsItsOwnSamples(_ count: Int) throws {
    let network = Golden.image
    let samples = try Self.samples(network, count: count, classes: 4)
    let parameters = try Self.parameters(network)
    let full = try Self.engineGradients(network, parameters, samples, batchSize: count)
    let partial = try Self.engineGradients(network, parameters, samples, batchSize: 33)
    #expect(abs(full.loss - partial.loss) < 1e-6)
    Self.compare(partial.gradients, full.gradients.map { $0.map { $0.map(Double.init) } }, "\(count) of 33")
  }

  /// 5×5 convolutions have an implementation of their own; it must agree with the general one at every border.
  @Test(
    arguments: [(5, 5), (6, 7), (7, 6), (12, 17)] as [(Int, Int)],
    [
      (.valid, .relu, false), (.same, .relu, true), (.same, .tanh, true), (.same, .tanh, false),
      (.valid, .linear, false),
    ]
      as [(Layer.Padding, Layer.Activation, Bool)])
  func winogradMatchesDirectSums(
    _ size: (height: Int, width: Int), _ variant: (padding: Layer.Padding, activation: Layer.Activation, pooled: Bool)
  ) throws {
    var network = NetworkDescription(name: "wide", input: .image(size.height, size.width, channels: 2))
    Self.convolve(&network, 16, (3, 3), .same, activation: .tanh)
    Self.convolve(&network, 48, (5, 5), variant.padding, activation: variant.activation)
    if variant.pooled { network.maxPooling(window: (2, 2)) }
    network.flatten()
    network.dense(units: 3, activation: .softmax)
    try Self.compareWithDirectSums(network, count: 5, "\(size) \(variant)")
  }

  /// Long 1-D convolutions, too, at both borders and with a batch that leaves one image without a partner.
  @Test(
    arguments: [(16, 32, 33), (48, 16, 41), (32, 48, 40)] as [(Int, Int, Int)],
    [
      (.valid, .relu, true, 6), (.same, .relu, false, 5), (.same, .tanh, true, 7), (.valid, .linear, true, 41),
      (.same, .linear, true, 64),
    ] as [(Layer.Padding, Layer.Activation, Bool, Int)])
  func spectraMatchDirectSums(
    _ size: (inputs: Int, outputs: Int, taps: Int),
    _ variant: (padding: Layer.Padding, activation: Layer.Activation, hasBias: Bool, count: Int)
  ) throws {
    var network = NetworkDescription(name: "long", input: .steps(71, channels: 1))
    Self.convolve(&network, Int32(size.inputs), (1, 3), .same, activation: .tanh)
    network.convolution(
      filters: size.outputs, window: size.taps, padding: variant.padding, activation: variant.activation,
      hasBias: variant.hasBias)
    network.maxPooling(window: 2)
    network.flatten()
    network.dense(units: 3, activation: .softmax)
    try Self.compareWithDirectSums(network, count: variant.count, "\(size) \(variant)")
  }

  /// Convolutions of few channels, too, up to the 8 that count as few and one more.
  @Test(
    arguments: [(1, 4), (3, 7), (4, 8), (8, 1), (8, 8), (8, 9), (9, 8)] as [(Int, Int32)],
    [
      (.valid, .relu, 4, 4, 9), (.same, .relu, 4, 2, 5), (.same, .tanh, 3, 5, 1), (.valid, .linear, 1, 3, 8),
      (.same, .elu, 2, 1, 7),
    ] as [(Layer.Padding, Layer.Activation, Int, Int, Int)])
  func fewChannelsMatchDirectSums(
    _ size: (inputs: Int, outputs: Int32),
    _ variant: (padding: Layer.Padding, activation: Layer.Activation, height: Int, width: Int, count: Int)
  ) throws {
    var network = NetworkDescription(name: "few", input: .image(7, 9, channels: 2))
    Self.convolve(&network, Int32(size.inputs), (3, 3), .same, activation: .tanh)
    Self.convolve(
      &network, size.outputs, (variant.height, variant.width), variant.padding, activation: variant.activation)
    network.maxPooling(window: (2, 2))
    network.flatten()
    network.dense(units: 3, activation: .softmax)
    try Self.compareWithDirectSums(network, count: variant.count, "\(size) \(variant)")
  }

  private static func compareWithDirectSums(_ network: NetworkDescription, count: Int, _ what: String) throws {
    let samples = try Self.samples(network, count: count, classes: 3)
    let parameters = try Self.parameters(network)
    let results = try [.direct, .transformed].map { (convolutions: ConvolutionChoice) in
      let engine = try OneDNNEngine(network, batchSize: count, optimizer: .sgd(), convolutions: convolutions)
      try engine.setParameters(parameters)
      let result = try engine.train(
        inputs: samples.inputs.span, labels: samples.labels.span, learningRate: 1e-9, dropoutSeed: 0)
      return (result.loss, try engine.gradients())
    }
    #expect(abs(results[0].0 / results[1].0 - 1) < 2e-6)
    Self.compare(results[1].1, results[0].1.map { $0.map { $0.map(Double.init) } }, what)
  }
}
