import ECGNetwork

/// The mean of each channel over all places.
final class GlobalAveragePoolingOperation: Operation {
  private let layer: Int
  private let geometry: WindowGeometry
  private let choice: Choice
  private let source: Tensor
  private let pooled: Tensor
  private let ordered: Tensor
  private let pooling: Primitive
  private let conversion: Primitive?
  private var steps: [Primitive] = []

  init(_ layer: Int, in network: CheckedNetwork, input: Tensor, _ builder: PlanBuilder) throws(TrainingError) {
    self.layer = layer
    source = input
    let shape = network.inputShape(of: layer)
    var window = Layer(.maxPooling)
    window.window = .init(Int(shape.height), Int(shape.width))
    let channels = Int(shape.channels)
    geometry = WindowGeometry(window, input: shape, output: .image(1, 1, channels: channels))
    choice = try builder.library.pooling(
      .mean, source: input.format, destination: .any([builder.batch, channels, 1, 1]), geometry)
    pooled = try builder.activation(choice.format(.destination), layer: layer)
    pooling = try builder.library.primitive(choice, [(.source, input), (.destination, pooled)])
    (ordered, conversion) = try builder.inKerasOrder(pooled, layer: layer, "ordered")
    super.init(output: try ordered.viewed(as: .plain([builder.batch, channels]), builder.library))
  }

  override func forward(_ pass: Pass) throws(TrainingError) {
    try pooling.run()
    try conversion?.run()
  }

  override func buildBackward(_ outputGradient: Tensor, needsInputGradient: Bool, _ builder: PlanBuilder)
    throws(TrainingError) -> Tensor?
  {
    guard needsInputGradient else { return nil }
    let (gradient, conversion) = try builder.converted(
      outputGradient.viewed(as: ordered.format, builder.library), to: pooled.format, layer: layer, "gradient")
    let gradientChoice = try builder.library.poolingGradient(
      .mean, source: source.format, destination: pooled.format, geometry, forward: choice)
    let sourceGradient = try builder.gradient(gradientChoice.format(.sourceGradient))
    let primitive = try builder.library.primitive(
      gradientChoice, [(.destinationGradient, gradient), (.sourceGradient, sourceGradient)])
    steps = [conversion, primitive].compactMap(\.self)
    return sourceGradient
  }

  override func backward(_ pass: Pass) throws(TrainingError) {
    for step in steps { try step.run() }
  }
}
