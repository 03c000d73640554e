import ECGNetwork

/// The same values under another shape, in Keras' order.
final class ReshapeOperation: Operation {
  private let layer: Int
  private let batch: Int
  private let shape: Shape
  private let ordered: Tensor
  private let conversion: Primitive?
  private var gradientConversion: Primitive?

  init(_ layer: Int, in network: CheckedNetwork, input: Tensor, _ builder: PlanBuilder) throws(TrainingError) {
    self.layer = layer
    batch = builder.batch
    shape = network.outputs[layer]
    (ordered, conversion) = try builder.inKerasOrder(input, layer: layer, "ordered")
    super.init(output: try ordered.viewed(as: .keras(batch, shape), builder.library))
  }

  override func forward(_ pass: Pass) throws(TrainingError) { try conversion?.run() }

  override func buildBackward(_ outputGradient: Tensor, needsInputGradient: Bool, _ builder: PlanBuilder)
    throws(TrainingError) -> Tensor?
  {
    guard needsInputGradient else { return nil }
    let (gradient, conversion) = try builder.inKerasOrder(outputGradient, layer: layer, "ordered gradient")
    gradientConversion = conversion
    return try gradient.viewed(as: ordered.format, builder.library)
  }

  override func backward(_ pass: Pass) throws(TrainingError) { try gradientConversion?.run() }
}
