import ECGNetwork

/// The backward half of an activation that a convolution, dense or pooling layer ends in: turns the gradient behind it
/// into the one before it, in place.
struct ActivationGradient {
  let gradient: Tensor
  private let conversion: Primitive?
  private let primitive: Primitive?

  init(_ activation: Layer.Activation, output: Tensor, gradient: Tensor, layer: Int, _ builder: PlanBuilder)
    throws(TrainingError)
  {
    guard activation != .linear else {
      self.gradient = gradient
      (conversion, primitive) = (nil, nil)
      return
    }
    let library = builder.library
    let (converted, conversion) = try builder.converted(gradient, to: output.format, layer: layer, "gradient")
    self.gradient = converted
    self.conversion = conversion
    let forward = try library.activation(activation, output.format)
    let choice = try library.activationGradient(activation, output.format, forward: forward)
    primitive = try library.primitive(
      choice, [(.destination, output), (.destinationGradient, converted), (.sourceGradient, converted)])
  }

  func run() throws(TrainingError) {
    try conversion?.run()
    try primitive?.run()
  }
}

/// An activation as a layer of its own.
final class ActivationOperation: Operation {
  private let activation: Layer.Activation
  private let layer: Int
  private let primitive: Primitive
  private var gradient: ActivationGradient?

  init(
    _ activation: Layer.Activation, layer: Int, input: Tensor, use: String = "output", _ builder: PlanBuilder
  ) throws(TrainingError) {
    self.activation = activation
    self.layer = layer
    let output = try builder.activation(input.format, layer: layer, use)
    primitive = try builder.library.primitive(
      builder.library.activation(activation, input.format), [(.source, input), (.destination, output)])
    super.init(output: output)
  }

  override func forward(_ pass: Pass) throws(TrainingError) { try primitive.run() }

  override func buildBackward(_ outputGradient: Tensor, needsInputGradient: Bool, _ builder: PlanBuilder)
    throws(TrainingError) -> Tensor?
  {
    let gradient = try ActivationGradient(activation, output: output, gradient: outputGradient, layer: layer, builder)
    self.gradient = gradient
    return gradient.gradient
  }

  override func backward(_ pass: Pass) throws(TrainingError) { try gradient?.run() }
}
