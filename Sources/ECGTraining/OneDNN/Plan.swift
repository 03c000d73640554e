import ECGNetwork

/// A network at one batch size: every primitive and tensor of a step, made once.
final class Plan {
  private let input: Tensor
  private let operations: [Operation]
  private let head: SoftmaxCrossEntropy
  private let backwardSteps: [BackwardStep]
  private let buffers: [Buffer]

  init(_ network: CheckedNetwork, _ builder: PlanBuilder) throws(TrainingError) {
    input = try builder.activation(.channelsLast(builder.batch, network.input), layer: -1)
    var graph = OperationGraph(network, input: input, builder)
    for index in network.layers.indices { try graph.append(index) }
    let last = graph.producers.last!
    head = try SoftmaxCrossEntropy(graph.output(of: last), network: network, builder)
    backwardSteps = try graph.buildBackward(from: head.gradient)
    operations = graph.operations
    buffers = builder.buffers
  }

  func forward(_ inputs: Span<Float>, _ pass: Pass) throws(TrainingError) {
    inputs.withUnsafeBufferPointer { source in
      input.floats.baseAddress!.update(from: source.baseAddress!, count: input.floats.count)
    }
    for operation in operations { try operation.forward(pass) }
  }

  func loss(_ labels: Span<Int32>, _ pass: Pass) throws(TrainingError) -> (crossEntropy: Double, correct: Int) {
    try head.run(labels: labels, pass)
  }

  func probabilities(into result: UnsafeMutableBufferPointer<Float>) throws(TrainingError) {
    try head.probabilities(into: result)
  }

  func backward(_ pass: Pass) throws(TrainingError) {
    for step in backwardSteps { try step.run(pass) }
  }
}

/// A part of the way back from the output.
private enum BackwardStep {
  case operation(Operation)
  /// The gradients of several readers become one.
  case addition(Addition)

  func run(_ pass: Pass) throws(TrainingError) {
    switch self {
    case .operation(let operation): try operation.backward(pass)
    case .addition(let addition): try addition.run()
    }
  }
}

/// A plan's operations while it is built, and which of them reads which.
private struct OperationGraph {
  private let network: CheckedNetwork
  private let input: Tensor
  private let builder: PlanBuilder
  private(set) var operations: [Operation] = []
  /// The operations that each operation reads; −1 is the network's input.
  private var sources: [[Int]] = []
  /// The operation whose output each layer's is: its own, or that of a layer before it that it is computed with.
  private(set) var producers: [Int] = []
  /// Whether each operation has parameters that are trained.
  private var learns: [Bool] = []
  /// An activation that a convolution has left to the pooling layer behind it: what to apply, what to differentiate.
  private var deferred = (applied: Layer.Activation.linear, differentiated: Layer.Activation.linear)

  init(_ network: CheckedNetwork, input: Tensor, _ builder: PlanBuilder) {
    self.network = network
    self.input = input
    self.builder = builder
  }

  func output(of operation: Int) -> Tensor { operation < 0 ? input : operations[operation].output }

  private func producer(_ layer: Int) -> Int { layer < 0 ? -1 : producers[layer] }

  /// Builds the operation of a layer, whose inputs are built.
  mutating func append(_ index: Int) throws(TrainingError) {
    let layer = network.layers[index]
    let reads = network.sources(of: index).map(producer)
    let source = output(of: reads[0])
    let activation = layer.activation == .softmax ? .linear : layer.activation
    switch layer.kind {
    case .convolution:
      let operation = try convolution(index, source, activation)
      add(operation, reads)
    case .maxPooling:
      let (applied, differentiated) = deferred
      deferred = (.linear, .linear)
      add(
        try MaxPoolingOperation(
          index, in: network, input: source, applied: applied, differentiated: differentiated, builder), reads)
    case .dense:
      add(try DenseOperation(index, in: network, input: source, activation: activation, builder), reads)
    case .flatten where mayStayImage(index): producers.append(reads[0])
    case .flatten, .reshape: add(try ReshapeOperation(index, in: network, input: source, builder), reads)
    case .dropout:
      add(try DropoutOperation(rate: layer.dropoutRate, layer: index, input: source, builder), reads)
    case .activation where activation == .linear || isRectifiedBefore(index): producers.append(reads[0])
    case .activation:
      add(try ActivationOperation(activation, layer: index, input: source, builder), reads)
    case .batchNormalization:
      add(
        try BatchNormalizationOperation(
          index, in: network, input: source, rectifies: rectifies(behind: index) && activation == .linear, builder),
        reads)
    case .globalAveragePooling:
      add(try GlobalAveragePoolingOperation(index, in: network, input: source, builder), reads)
    case .unitNormalization: add(try UnitNormalizationOperation(index, in: network, input: source, builder), reads)
    case .lstm where layer.computesSingleStep(network.inputShape(of: index)):
      add(try LSTMStepOperation(index, in: network, input: source, builder), reads)
    case .lstm, .gru: add(try RecurrentOperation(index, in: network, input: source, builder), reads)
    case .add: add(try AddOperation(index, inputs: reads.map(output), builder), reads)
    case .concatenate:
      add(try ConcatenateOperation(index, in: network, inputs: reads.map(output), builder), reads)
    }
    let ownActivation: Set<Layer.Kind> = [.convolution, .dense, .activation, .lstm, .gru]
    guard activation != .linear, !ownActivation.contains(layer.kind) else { return }
    let operation = try ActivationOperation(
      activation, layer: index, input: output(of: producers[index]), use: "activated", builder)
    operations.append(operation)
    learns.append(false)
    sources.append([producers[index]])
    producers[index] = operations.count - 1
  }

  private mutating func add(_ operation: Operation, _ reads: [Int]) {
    // Layers and producers grow together.
    learns.append(operation.learns && producers.count >= network.frozenLayers)
    operations.append(operation)
    sources.append(reads)
    producers.append(operations.count - 1)
  }

  private mutating func convolution(_ index: Int, _ source: Tensor, _ activation: Layer.Activation)
    throws(TrainingError) -> Operation
  {
    let isPooled =
      network.readers[index] == [index + 1] && network.layers[index + 1].kind == .maxPooling
    deferred = (isPooled && activation != .relu ? activation : .linear, isPooled ? activation : .linear)
    let fused = deferred.applied == .linear ? activation : .linear
    let own = isPooled ? .linear : activation
    if let operation = try TransformedConvolutionOperation(
      index, in: network, input: source, fused: fused, differentiated: own, builder)
    {
      return operation
    }
    if let operation = try SmallConvolutionOperation(
      index, in: network, input: source, fused: fused, differentiated: own, builder)
    {
      return operation
    }
    return try ConvolutionOperation(index, in: network, input: source, fused: fused, differentiated: own, builder)
  }

  /// Whether everything behind a flatten takes an image's values in any order.
  private func mayStayImage(_ index: Int) -> Bool {
    network.readers[index].allSatisfy { reader in
      switch network.layers[reader].kind {
      case .dense: true
      case .dropout, .activation, .flatten: mayStayImage(reader)
      default: false
      }
    }
  }

  /// Whether only a relu reads the batch normalisation at `index`.
  private func rectifies(behind index: Int) -> Bool {
    guard network.readers[index].count == 1 else { return false }
    let reader = network.layers[network.readers[index][0]]
    return reader.kind == .activation && reader.activation == .relu
  }

  private func isRectifiedBefore(_ index: Int) -> Bool {
    let source = Int(network.layers[index].input)
    return source >= 0 && network.layers[source].kind == .batchNormalization
      && network.layers[source].activation == .linear && rectifies(behind: source)
  }

  // MARK: Backward

  /// Which operations have something to learn at or before them: the others need no gradient.
  private var needsGradient: [Bool] {
    var needs: [Bool] = []
    for (learns, reads) in zip(learns, sources) {
      needs.append(learns || reads.contains { $0 >= 0 && needs[$0] })
    }
    return needs
  }

  /// The steps that take the gradient of the network's output back to every parameter.
  func buildBackward(from outputGradient: Tensor) throws(TrainingError) -> [BackwardStep] {
    var steps: [BackwardStep] = []
    let needs = needsGradient
    var gradients = [Tensor?](repeating: nil, count: operations.count)
    guard let last = producers.last, last >= 0 else { return [] }
    gradients[last] = outputGradient
    for index in operations.indices.reversed() where needs[index] {
      guard let gradient = gradients[index] else { continue }
      let operation = operations[index]
      let reads = sources[index]
      let results = try operation.buildBackward(gradient, needs: reads.map { $0 >= 0 && needs[$0] }, builder)
      steps.append(.operation(operation))
      if !results.contains(where: { $0?.sharesMemory(with: gradient) ?? false }) { builder.release(gradient) }
      for (number, (source, result)) in zip(reads, results).enumerated() {
        guard let result else { continue }
        if let sum = gradients[source] {
          let addition = try Addition(result, to: sum, layer: index, "gradient \(number) of several", builder)
          steps.append(.addition(addition))
          builder.release(result)
        } else {
          gradients[source] = result
        }
      }
    }
    return steps
  }
}
