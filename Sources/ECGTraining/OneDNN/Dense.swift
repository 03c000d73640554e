import ECGNetwork

/// Every output from every input; over steps, from every channel of the same step.
///
/// Behind a flatten the input still lies as the layer before left it, in an order of oneDNN's and with padding. It is
/// read as it lies: the rows of the kernel are put in that order once, when they are loaded (`InputOrder`).
final class DenseOperation: Operation {
  private let layer: Int
  private let units: Int
  /// The input as it is read; the product sees the same memory as rows of values.
  private let image: Tensor
  private let conversion: Primitive?
  private let product: DenseProduct
  private var gradientConversion: Primitive?

  init(
    _ layer: Int, in network: CheckedNetwork, input: Tensor, activation: Layer.Activation, _ builder: PlanBuilder
  ) throws(TrainingError) {
    self.layer = layer
    let shape = network.outputs[layer]
    units = Int(shape.channels)
    let library = builder.library
    let source: Tensor
    var order: InputOrder?
    if shape.rank > 1 {
      (image, conversion) = try builder.inKerasOrder(input, layer: layer, "source")
      source = try builder.rows(image, channels: Int(network.inputShape(of: layer).channels), layer: layer, "source").0
    } else if input.format.rank == 4 {
      let known = if let known = builder.inputOrder(layer) { known } else { try InputOrder(input.format, library) }
      (image, conversion) = try builder.converted(
        input, to: known.format(batch: builder.batch), layer: layer, "source")
      source = try image.viewed(as: .plain([builder.batch, known.inputs.count]), library)
      order = known
    } else {
      (image, source, conversion) = (input, input, nil)
    }
    product = try DenseProduct(
      layer, source: source, units: units, bias: network.layers[layer].hasBias ? 1 : nil, activation: activation,
      order: order, isCosine: builder.loss.scale != nil && layer == network.layers.count - 1, builder)
    super.init(output: try product.output.viewed(as: .keras(builder.batch, shape), library))
  }

  override var learns: Bool { true }

  override func forward(_ pass: Pass) throws(TrainingError) {
    try conversion?.run()
    try product.forward()
  }

  override func buildBackward(_ outputGradient: Tensor, needsInputGradient: Bool, _ builder: PlanBuilder)
    throws(TrainingError) -> Tensor?
  {
    let (gradient, conversion) = try builder.rows(outputGradient, channels: units, layer: layer, "rows of gradient")
    gradientConversion = conversion
    return try product.buildBackward(gradient, needsInputGradient: needsInputGradient, builder)?
      .viewed(as: image.format, builder.library)
  }

  override func backward(_ pass: Pass) throws(TrainingError) {
    try gradientConversion?.run()
    try product.backward()
  }
}
