import ECGNetwork

/// Rows of values times a kernel, plus a bias: what dense layers and LSTMs over one step compute.
final class DenseProduct {
  /// Rows × units.
  let output: Tensor
  private let layer: Int
  private let choice: Choice
  /// What is multiplied.
  private let source: Tensor
  private let kernel: Tensor
  /// Of classes that are directions: the columns of the kernel with length 1, which are what is multiplied.
  private let directions: UnitRows?
  private let directionGradient: Tensor?
  private let precision: Precision
  private let weightsChoice: Choice
  private let weights: ParameterTensor
  private let bias: ParameterTensor?
  private let activation: Layer.Activation
  private let conversions: [Primitive]
  private let product: Primitive

  private var activationGradient: ActivationGradient?
  private var steps: [Primitive] = []

  /// - source: rows × inputs
  /// - bias: the number of that parameter, or nil
  /// - isCosine: multiplies by the kernel's columns scaled to length 1
  /// - order: in which order the kernel has its inputs, if it is not Keras'
  init(
    _ layer: Int, source: Tensor, units: Int, bias biasIndex: Int?, activation: Layer.Activation, order: InputOrder?,
    isCosine: Bool = false, _ builder: PlanBuilder
  ) throws(TrainingError) {
    self.layer = layer
    self.activation = activation
    let library = builder.library
    let sizes = source.format.sizes
    precision = builder.precision(inputs: sizes[1])
    let sourceConversion: Primitive?
    (self.source, sourceConversion) = try builder.converted(
      source, to: source.format.with(precision), layer: layer, "source to multiply")
    let biasFormat: MemoryFormat? = biasIndex == nil ? nil : try .plain([units])
    choice = try library.dense(
      source: self.source.format, weights: .any([units, sizes[1]], precision), bias: biasFormat,
      destination: .plain([sizes[0], units]), activation: activation)
    weightsChoice = try library.denseWeightsGradient(
      source: self.source.format, weights: .any([units, sizes[1]]), bias: biasFormat,
      destination: .plain([sizes[0], units]).with(precision), forward: choice)
    let columns = try MemoryFormat.plain([units, sizes[1]])
    weights = try builder.parameter(
      layer, 0, prefers: isCosine ? columns : weightsChoice.format(.weightsGradient), inputOrder: order)
    let unit = isCosine ? try builder.activation(columns, layer: layer, "directions") : weights.value
    directions = isCosine ? UnitRows(weights.value, into: unit, columns: sizes[1]) : nil
    directionGradient = isCosine ? try builder.activation(columns, layer: layer, "gradient of directions") : nil
    bias = if let biasIndex { try builder.parameter(layer, biasIndex, prefers: choice.format(.bias)) } else { nil }
    let kernelConversion: Primitive?
    (kernel, kernelConversion) = try builder.converted(
      unit, to: choice.format(.weights), layer: layer, "weights")
    conversions = [sourceConversion, kernelConversion].compactMap(\.self)
    output = try builder.activation(choice.format(.destination), layer: layer)
    var tensors: [(TensorRole, Tensor)] = [
      (.source, self.source), (.weights, kernel), (.destination, output),
    ]
    if let bias { tensors.append((.bias, bias.value)) }
    product = try library.primitive(choice, tensors)
  }

  func forward() throws(TrainingError) {
    directions?.forward()
    for conversion in conversions { try conversion.run() }
    try product.run()
  }

  func buildBackward(_ outputGradient: Tensor, needsInputGradient: Bool, _ builder: PlanBuilder)
    throws(TrainingError) -> Tensor?
  {
    let library = builder.library
    let activationGradient = try ActivationGradient(
      activation, output: output, gradient: outputGradient, layer: layer, builder)
    self.activationGradient = activationGradient
    let (gradient, gradientConversion) = try builder.converted(
      activationGradient.gradient, to: weightsChoice.format(.destinationGradient), layer: layer,
      "gradient to multiply")
    let (weightsGradient, weightsConversion) = try builder.convertedBack(
      directionGradient ?? weights.gradient, from: weightsChoice.format(.weightsGradient), layer: layer,
      "weights gradient")
    var tensors: [(TensorRole, Tensor)] = [
      (.source, source), (.destinationGradient, gradient), (.weightsGradient, weightsGradient),
    ]
    if let bias { tensors.append((.biasGradient, bias.gradient)) }
    steps = [gradientConversion, try library.primitive(weightsChoice, tensors), weightsConversion].compactMap(\.self)

    guard needsInputGradient else { return nil }
    let sourceChoice = try library.denseSourceGradient(
      source: source.format.with(.float32), weights: .any(kernel.format.sizes, precision),
      destination: gradient.format, forward: choice)
    let (weightsCopy, conversion) = try builder.converted(
      kernel, to: sourceChoice.format(.weights), layer: layer, "weights for gradient")
    let sourceGradient = try builder.gradient(sourceChoice.format(.sourceGradient))
    let primitive = try library.primitive(
      sourceChoice, [(.destinationGradient, gradient), (.weights, weightsCopy), (.sourceGradient, sourceGradient)])
    steps += [conversion, primitive].compactMap(\.self)
    return sourceGradient
  }

  func backward() throws(TrainingError) {
    try activationGradient?.run()
    for step in steps { try step.run() }
    if let directionGradient { directions?.backward(from: directionGradient, to: weights.gradient) }
  }
}
