import ECGNetwork

/// Rows of values times a kernel, plus a bias: what dense layers and LSTMs over one step compute.
final class DenseProduct {
  /// Rows × units.
  let output: Tensor
  private let layer: Int
  private let choice: Choice
  private let source: Tensor
  private let weights: ParameterTensor
  private let bias: ParameterTensor?
  private let activation: Layer.Activation
  private let conversion: Primitive?
  private let product: Primitive

  private var activationGradient: ActivationGradient?
  private var steps: [Primitive] = []

  /// - source: rows × inputs
  /// - bias: the number of that parameter, or nil
  /// - order: in which order the kernel has its inputs, if it is not Keras'
  init(
    _ layer: Int, source: Tensor, units: Int, bias biasIndex: Int?, activation: Layer.Activation, order: InputOrder?,
    _ builder: PlanBuilder
  ) throws(TrainingError) {
    self.layer = layer
    self.activation = activation
    self.source = source
    let library = builder.library
    let sizes = source.format.sizes
    choice = try library.dense(
      source: source.format, weights: .any([units, sizes[1]]), bias: biasIndex == nil ? nil : .plain([units]),
      destination: .plain([sizes[0], units]), activation: activation)
    weights = try builder.parameter(layer, 0, prefers: choice.format(.weights), inputOrder: order)
    bias = if let biasIndex { try builder.parameter(layer, biasIndex, prefers: choice.format(.bias)) } else { nil }
    let kernel: Tensor
    (kernel, conversion) = try builder.converted(
      weights.value, to: choice.format(.weights), layer: layer, "weights")
    output = try builder.activation(choice.format(.destination), layer: layer)
    var tensors: [(TensorRole, Tensor)] = [(.source, source), (.weights, kernel), (.destination, output)]
    if let bias { tensors.append((.bias, bias.value)) }
    product = try library.primitive(choice, tensors)
  }

  func forward() throws(TrainingError) {
    try conversion?.run()
    try product.run()
  }

  func buildBackward(_ outputGradient: Tensor, needsInputGradient: Bool, _ builder: PlanBuilder)
    throws(TrainingError) -> Tensor?
  {
    let library = builder.library
    let activationGradient = try ActivationGradient(
      activation, output: output, gradient: outputGradient, layer: layer, builder)
    self.activationGradient = activationGradient
    let gradient = activationGradient.gradient
    let anyWeights = try MemoryFormat.any(weights.value.format.sizes)

    let weightsChoice = try library.denseWeightsGradient(
      source: source.format, weights: anyWeights, bias: bias?.gradient.format, destination: gradient.format,
      forward: choice)
    let (weightsGradient, weightsConversion) = try builder.convertedBack(
      weights.gradient, from: weightsChoice.format(.weightsGradient), layer: layer, "weights gradient")
    var tensors: [(TensorRole, Tensor)] = [
      (.source, source), (.destinationGradient, gradient), (.weightsGradient, weightsGradient),
    ]
    if let bias { tensors.append((.biasGradient, bias.gradient)) }
    steps = [try library.primitive(weightsChoice, tensors), weightsConversion].compactMap(\.self)

    guard needsInputGradient else { return nil }
    let sourceChoice = try library.denseSourceGradient(
      source: source.format, weights: anyWeights, destination: gradient.format, forward: choice)
    let (weightsCopy, conversion) = try builder.converted(
      weights.value, to: sourceChoice.format(.weights), layer: layer, "weights for gradient")
    let sourceGradient = try builder.gradient(sourceChoice.format(.sourceGradient))
    let primitive = try library.primitive(
      sourceChoice, [(.destinationGradient, gradient), (.weights, weightsCopy), (.sourceGradient, sourceGradient)])
    steps += [conversion, primitive].compactMap(\.self)
    return sourceGradient
  }

  func backward() throws(TrainingError) {
    try activationGradient?.run()
    for step in steps { try step.run() }
  }
}
