import ECGNetwork

/// A network at one batch size: every primitive and tensor of a step, made once.
final class Plan {
  private let input: Tensor
  private let operations: [Operation]
  private let head: SoftmaxCrossEntropy
  private let firstTrained: Int
  private let buffers: [Buffer]

  init(_ network: CheckedNetwork, _ builder: PlanBuilder) throws(TrainingError) {
    input = try builder.activation(.channelsLast(builder.batch, network.input), layer: -1)
    var operations: [Operation] = []
    // An activation that the convolution before has left to a pooling layer: what to apply, what to differentiate.
    var applied = Layer.Activation.linear
    var differentiated = Layer.Activation.linear
    for (index, layer) in network.layers.enumerated() {
      let source = operations.last?.output ?? input
      let activation = layer.activation == .softmax ? .linear : layer.activation
      switch layer.kind {
      case .convolution:
        let isPooled = index + 1 < network.layers.count && network.layers[index + 1].kind == .maxPooling
        applied = isPooled && activation == .tanh ? .tanh : .linear
        differentiated = isPooled ? activation : .linear
        let fused = applied == .linear ? activation : .linear
        let own = isPooled ? .linear : activation
        operations.append(
          builder.usesWinograd && WinogradOperation.computes(index, in: network)
            ? try WinogradOperation(index, in: network, input: source, fused: fused, differentiated: own, builder)
            : try ConvolutionOperation(index, in: network, input: source, fused: fused, differentiated: own, builder))
      case .maxPooling:
        operations.append(
          try MaxPoolingOperation(
            index, in: network, input: source, applied: applied, differentiated: differentiated, builder))
        (applied, differentiated) = (.linear, .linear)
      case .dense:
        operations.append(
          try DenseOperation(index, in: network, input: source, activation: activation, builder))
      case .flatten: continue
      case .dropout:
        operations.append(try DropoutOperation(rate: layer.dropoutRate, layer: index, input: source, builder))
      case .activation:
        guard activation != .linear else { continue }
        operations.append(try ActivationOperation(activation, layer: index, input: source, builder))
      }
    }
    head = try SoftmaxCrossEntropy(operations.last?.output ?? input, network: network, builder)

    // Layers before the first one that learns need no gradient.
    let first = operations.firstIndex(where: \.learns) ?? operations.count
    var gradient = head.gradient
    for index in operations.indices.reversed() where index >= first {
      guard
        let next = try operations[index].buildBackward(gradient, needsInputGradient: index > first, builder)
      else { break }
      gradient = next
    }
    self.operations = operations
    firstTrained = first
    buffers = builder.buffers
  }

  func forward(_ inputs: Span<Float>, _ pass: Pass) throws(TrainingError) {
    inputs.withUnsafeBufferPointer { source in
      input.floats.baseAddress!.update(from: source.baseAddress!, count: input.floats.count)
    }
    for operation in operations { try operation.forward(pass) }
  }

  func loss(_ labels: Span<Int32>) throws(TrainingError) -> (crossEntropy: Double, correct: Int) {
    try head.run(labels: labels)
  }

  func probabilities(into result: UnsafeMutableBufferPointer<Float>) throws(TrainingError) {
    try head.probabilities(into: result)
  }

  func backward(_ pass: Pass) throws(TrainingError) {
    for index in operations.indices.reversed() where index >= firstTrained {
      try operations[index].backward(pass)
    }
  }
}
