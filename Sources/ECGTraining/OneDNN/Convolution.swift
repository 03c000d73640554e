import ECGNetwork

/// 1-D and 2-D convolution (a 1-D one has height 1).
final class ConvolutionOperation: Operation {
  private let layer: Int
  private let geometry: WindowGeometry
  private let choice: Choice
  private let precision: Precision
  /// What is multiplied.
  private let source: Tensor
  private let kernel: Tensor
  private let weights: ParameterTensor
  private let bias: ParameterTensor?
  /// Whose gradient this operation takes; linear where a pooling layer behind it does.
  private let activation: Layer.Activation
  private var conversions: [Primitive] = []
  private let convolution: Primitive

  private var activationGradient: ActivationGradient?
  private var steps: [Primitive] = []

  /// - fused: what the convolution applies to its result
  /// - differentiated: the activation whose gradient this operation takes
  init(
    _ layer: Int, in network: CheckedNetwork, input: Tensor, fused: Layer.Activation,
    differentiated: Layer.Activation, _ builder: PlanBuilder
  ) throws(TrainingError) {
    self.layer = layer
    activation = differentiated
    let library = builder.library
    let (shape, result) = (network.inputShape(of: layer), network.outputs[layer])
    let parameters = network.layers[layer]
    geometry = WindowGeometry(parameters, input: shape, output: result)
    let filters = Int(result.channels)
    let hasBias = parameters.hasBias
    precision = builder.precision(inputs: Int(shape.channels))
    choice = try library.convolution(
      source: .any(input.format.sizes, precision),
      weights: .any(
        [filters, Int(shape.channels), Int(parameters.window.height), Int(parameters.window.width)], precision),
      bias: hasBias ? .plain([filters]) : nil,
      destination: .any([builder.batch, filters, Int(result.height), Int(result.width)]),
      geometry, activation: fused)
    let sourceConversion: Primitive?
    (source, sourceConversion) = try builder.converted(input, to: choice.format(.source), layer: layer, "source")
    weights = try builder.parameter(layer, 0, prefers: choice.format(.weights).with(.float32))
    bias = hasBias ? try builder.parameter(layer, 1, prefers: choice.format(.bias)) : nil
    let kernelConversion: Primitive?
    (kernel, kernelConversion) = try builder.converted(
      weights.value, to: choice.format(.weights), layer: layer, "weights")
    conversions = [sourceConversion, kernelConversion].compactMap(\.self)
    let output = try builder.activation(choice.format(.destination), layer: layer)
    var tensors: [(TensorRole, Tensor)] = [(.source, source), (.weights, kernel), (.destination, output)]
    if let bias { tensors.append((.bias, bias.value)) }
    convolution = try library.primitive(choice, tensors)
    super.init(output: output)
  }

  override var learns: Bool { true }

  override func forward(_ pass: Pass) throws(TrainingError) {
    for conversion in conversions { try conversion.run() }
    try convolution.run()
  }

  override func buildBackward(_ outputGradient: Tensor, needsInputGradient: Bool, _ builder: PlanBuilder)
    throws(TrainingError) -> Tensor?
  {
    let library = builder.library
    let activationGradient = try ActivationGradient(
      activation, output: output, gradient: outputGradient, layer: layer, builder)
    self.activationGradient = activationGradient
    let gradient = activationGradient.gradient
    let anyGradient = try MemoryFormat.any(gradient.format.sizes, precision)

    let weightsChoice = try library.convolutionWeightsGradient(
      source: .any(source.format.sizes, precision), weights: .any(kernel.format.sizes), bias: bias?.gradient.format,
      destination: anyGradient, geometry, forward: choice)
    let (sourceCopy, sourceConversion) = try builder.converted(
      source, to: weightsChoice.format(.source), layer: layer, "source for gradient")
    let (gradientCopy, gradientConversion) = try builder.converted(
      gradient, to: weightsChoice.format(.destinationGradient), layer: layer, "gradient for weights")
    let (weightsGradient, weightsConversion) = try builder.convertedBack(
      weights.gradient, from: weightsChoice.format(.weightsGradient), layer: layer, "weights gradient")
    var tensors: [(TensorRole, Tensor)] = [
      (.source, sourceCopy), (.destinationGradient, gradientCopy), (.weightsGradient, weightsGradient),
    ]
    if let bias { tensors.append((.biasGradient, bias.gradient)) }
    steps = [
      sourceConversion, gradientConversion, try library.primitive(weightsChoice, tensors), weightsConversion,
    ].compactMap(\.self)

    guard needsInputGradient else { return nil }
    let sourceChoice = try library.convolutionSourceGradient(
      source: .any(source.format.sizes), weights: .any(kernel.format.sizes, precision), destination: anyGradient,
      geometry, forward: choice)
    let (gradientCopy2, gradientConversion2) = try builder.converted(
      gradientCopy, to: sourceChoice.format(.destinationGradient), layer: layer, "gradient for source")
    let (weightsCopy, weightsConversion2) = try builder.converted(
      kernel, to: sourceChoice.format(.weights), layer: layer, "weights for gradient")
    let sourceGradient = try builder.gradient(sourceChoice.format(.sourceGradient))
    let primitive = try library.primitive(
      sourceChoice,
      [(.destinationGradient, gradientCopy2), (.weights, weightsCopy), (.sourceGradient, sourceGradient)])
    steps += [gradientConversion2, weightsConversion2, primitive].compactMap(\.self)
    return sourceGradient
  }

  override func backward(_ pass: Pass) throws(TrainingError) {
    try activationGradient?.run()
    for step in steps { try step.run() }
  }
}
