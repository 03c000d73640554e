import ECGNetwork

/// Every output from every input.
///
/// Behind a flatten the input still lies as the layer before left it, in an order of oneDNN's and with padding. It is
/// read as it lies: the rows of the kernel are put in that order once, when they are loaded (`InputOrder`).
final class DenseOperation: Operation {
  private let layer: Int
  private let choice: Choice
  /// The input in the format of the layer before; `source` is the same memory as rows of values.
  private let image: Tensor
  private let source: Tensor
  private let weights: ParameterTensor
  private let bias: ParameterTensor?
  private let activation: Layer.Activation
  private let conversions: [Primitive]
  private let dense: Primitive

  private var activationGradient: ActivationGradient?
  private var steps: [Primitive] = []

  init(
    _ layer: Int, in network: CheckedNetwork, input: Tensor, activation: Layer.Activation, _ builder: PlanBuilder
  ) throws(TrainingError) {
    self.layer = layer
    self.activation = activation
    let library = builder.library
    let units = network.outputs[layer].count
    let hasBias = network.layers[layer].hasBias
    let order: InputOrder?
    let sourceConversion: Primitive?
    if input.format.rank == 4 {
      let known = if let known = builder.inputOrder(layer) { known } else { try InputOrder(input.format, library) }
      (image, sourceConversion) = try builder.converted(
        input, to: known.format(batch: builder.batch), layer: layer, "source")
      source = try image.viewed(as: .plain([builder.batch, known.inputs.count]), library)
      order = known
    } else {
      (image, source, sourceConversion, order) = (input, input, nil, nil)
    }
    choice = try library.dense(
      source: source.format, weights: .any([units, source.format.sizes[1]]),
      bias: hasBias ? .plain([units]) : nil, destination: .plain([builder.batch, units]), activation: activation)
    weights = try builder.parameter(layer, 0, prefers: choice.format(.weights), inputOrder: order)
    bias = hasBias ? try builder.parameter(layer, 1, prefers: choice.format(.bias)) : nil
    let (kernel, kernelConversion) = try builder.converted(
      weights.value, to: choice.format(.weights), layer: layer, "weights")
    conversions = [sourceConversion, kernelConversion].compactMap(\.self)
    let output = try builder.activation(choice.format(.destination), layer: layer)
    var tensors: [(TensorRole, Tensor)] = [(.source, source), (.weights, kernel), (.destination, output)]
    if let bias { tensors.append((.bias, bias.value)) }
    dense = try library.primitive(choice, tensors)
    super.init(output: output)
  }

  override var learns: Bool { true }

  override func forward(_ pass: Pass) throws(TrainingError) {
    for conversion in conversions { try conversion.run() }
    try dense.run()
  }

  override func buildBackward(_ outputGradient: Tensor, needsInputGradient: Bool, _ builder: PlanBuilder)
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
    return image === source ? sourceGradient : try sourceGradient.viewed(as: image.format, library)
  }

  override func backward(_ pass: Pass) throws(TrainingError) {
    try activationGradient?.run()
    for step in steps { try step.run() }
  }
}
