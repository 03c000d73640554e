import ECGNetwork

/// Batch normalisation, and the relu behind it where nothing else reads what lies between.
///
/// While training each batch has its own mean and variance (the biased one, as in Keras), which the moving averages
/// follow; otherwise, and where the layer is frozen, those are used.
final class BatchNormalizationOperation: Operation {
  private let layer: Int
  private let momentum: Float
  private let epsilon: Float
  private let rectifies: Bool
  private let isFrozen: Bool
  private let source: Tensor
  private let scale: ParameterTensor
  private let shift: ParameterTensor
  private let movingMean: ParameterTensor
  private let movingVariance: ParameterTensor
  private let mean: Tensor
  private let variance: Tensor
  /// Which values relu let pass.
  private let workspace: Tensor?
  private let choice: Choice
  private let training: Primitive
  private let inference: Primitive

  private var steps: [Primitive] = []

  init(_ layer: Int, in network: CheckedNetwork, input: Tensor, rectifies: Bool, _ builder: PlanBuilder)
    throws(TrainingError)
  {
    self.layer = layer
    self.rectifies = rectifies
    isFrozen = layer < network.frozenLayers
    (momentum, epsilon) = (network.layers[layer].momentum, network.layers[layer].epsilon)
    source = input
    let library = builder.library
    let format = try MemoryFormat.plain([Int(network.outputs[layer].channels)])
    scale = try builder.parameter(layer, 0, prefers: format)
    shift = try builder.parameter(layer, 1, prefers: format)
    movingMean = try builder.parameter(layer, 2, prefers: format)
    movingVariance = try builder.parameter(layer, 3, prefers: format)
    mean = try builder.activation(format, layer: layer, "mean")
    variance = try builder.activation(format, layer: layer, "variance")
    let output = try builder.activation(input.format, layer: layer)
    choice = try library.normalization(input.format, epsilon: epsilon, given: false, rectifies: rectifies)
    var tensors: [(TensorRole, Tensor)] = [
      (.source, input), (.scale, scale.value), (.shift, shift.value), (.destination, output),
    ]
    inference = try library.primitive(
      library.normalization(input.format, epsilon: epsilon, given: true, rectifies: rectifies),
      tensors + [(.mean, movingMean.value), (.variance, movingVariance.value)])
    tensors += [(.mean, mean), (.variance, variance)]
    if rectifies {
      let workspace = try builder.activation(choice.format(.workspace), layer: layer, "passed")
      tensors.append((.workspace, workspace))
      self.workspace = workspace
    } else {
      workspace = nil
    }
    training = try library.primitive(choice, tensors)
    super.init(output: output)
  }

  override var learns: Bool { true }

  override func forward(_ pass: Pass) throws(TrainingError) {
    guard pass.isTraining, !isFrozen else { return try inference.run() }
    try training.run()
    for (moving, batch) in [(movingMean.value.floats, mean.floats), (movingVariance.value.floats, variance.floats)] {
      for i in moving.indices { moving[i] = momentum * moving[i] + (1 - momentum) * batch[i] }
    }
  }

  override func buildBackward(_ outputGradient: Tensor, needsInputGradient: Bool, _ builder: PlanBuilder)
    throws(TrainingError) -> Tensor?
  {
    let (gradient, conversion) = try builder.converted(
      outputGradient, to: output.format, layer: layer, "gradient")
    let gradientChoice = try builder.library.normalizationGradient(
      output.format, epsilon: epsilon, rectifies: rectifies, forward: choice)
    var tensors: [(TensorRole, Tensor)] = [
      (.source, source), (.mean, mean), (.variance, variance), (.scale, scale.value), (.shift, shift.value),
      (.destinationGradient, gradient),
      (.sourceGradient, gradient), (.scaleGradient, scale.gradient), (.shiftGradient, shift.gradient),
    ]
    if let workspace { tensors.append((.workspace, workspace)) }
    steps = [conversion, try builder.library.primitive(gradientChoice, tensors)].compactMap(\.self)
    return needsInputGradient ? gradient : nil
  }

  override func backward(_ pass: Pass) throws(TrainingError) {
    for step in steps { try step.run() }
  }
}
