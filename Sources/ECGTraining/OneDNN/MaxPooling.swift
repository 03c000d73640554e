import ECGNetwork

/// Largest value of each window, and the activation of the convolution before it.
///
/// No activation ever falls, so the largest activated value is the activated largest value: taken here, the activation
/// and its gradient are computed once per window, not once per value.
final class MaxPoolingOperation: Operation {
  private let layer: Int
  private let geometry: WindowGeometry
  private let choice: Choice
  private let source: Tensor
  private let workspace: Tensor
  private let activation: Layer.Activation
  private let pooling: Primitive
  private let activationStep: Primitive?

  private var activationGradient: ActivationGradient?
  private var steps: [Primitive] = []

  /// - applied: the activation to apply to the pooled values
  /// - differentiated: the activation whose gradient this operation takes
  init(
    _ layer: Int, in network: CheckedNetwork, input: Tensor, applied: Layer.Activation,
    differentiated: Layer.Activation, _ builder: PlanBuilder
  ) throws(TrainingError) {
    self.layer = layer
    source = input
    activation = differentiated
    let library = builder.library
    let result = network.outputs[layer]
    geometry = WindowGeometry(network.layers[layer], input: network.inputShape(of: layer), output: result)
    choice = try library.pooling(
      .largest, source: input.format,
      destination: .any([builder.batch, Int(result.channels), Int(result.height), Int(result.width)]), geometry)
    workspace = try builder.activation(choice.format(.workspace), layer: layer, "largest")
    let output = try builder.activation(choice.format(.destination), layer: layer)
    pooling = try library.primitive(
      choice, [(.source, input), (.destination, output), (.workspace, workspace)])
    activationStep =
      applied == .linear
      ? nil
      : try library.primitive(
        library.activation(applied, output.format), [(.source, output), (.destination, output)])
    super.init(output: output)
  }

  override func forward(_ pass: Pass) throws(TrainingError) {
    try pooling.run()
    try activationStep?.run()
  }

  override func buildBackward(_ outputGradient: Tensor, needsInputGradient: Bool, _ builder: PlanBuilder)
    throws(TrainingError) -> Tensor?
  {
    guard needsInputGradient else { return nil }
    let library = builder.library
    let activationGradient = try ActivationGradient(
      activation, output: output, gradient: outputGradient, layer: layer, builder)
    self.activationGradient = activationGradient
    let (gradient, conversion) = try builder.converted(
      activationGradient.gradient, to: output.format, layer: layer, "gradient")
    let gradientChoice = try library.poolingGradient(
      .largest, source: source.format, destination: output.format, geometry, forward: choice)
    let sourceGradient = try builder.gradient(gradientChoice.format(.sourceGradient))
    let primitive = try library.primitive(
      gradientChoice,
      [(.destinationGradient, gradient), (.workspace, workspace), (.sourceGradient, sourceGradient)])
    steps = [conversion, primitive].compactMap(\.self)
    return sourceGradient
  }

  override func backward(_ pass: Pass) throws(TrainingError) {
    try activationGradient?.run()
    for step in steps { try step.run() }
  }
}
