import CECGKernels
import ECGNetwork

/// An LSTM over a single step: a dense layer of three gates, since the state before it is zero.
final class LSTMStepOperation: Operation {
  private let layer: Int
  private let units: Int
  private let rows: Int
  private let image: Tensor
  private let conversion: Primitive?
  /// Becomes the activated gates i, c, o.
  private let gates: DenseProduct
  /// tanh of the cell's state.
  private let squashed: UnsafeMutablePointer<Float>
  private let outputRows: Tensor

  private var gradient: Tensor?
  private var gradientConversion: Primitive?
  private var gatesGradient: Tensor?

  init(_ layer: Int, in network: CheckedNetwork, input: Tensor, _ builder: PlanBuilder) throws(TrainingError) {
    self.layer = layer
    units = Int(network.layers[layer].units)
    rows = builder.batch
    let library = builder.library
    (image, conversion) = try builder.inKerasOrder(input, layer: layer, "source")
    let source = try builder.rows(
      image, channels: Int(network.inputShape(of: layer).channels), layer: layer, "source"
    ).0
    gates = try DenseProduct(
      layer, source: source, units: 3 * units, bias: 2, activation: .linear, order: nil, builder)
    squashed = try builder.memory(floats: rows * units, layer: layer, "squashed")
    let output = try builder.activation(.keras(rows, network.outputs[layer]), layer: layer, "state")
    outputRows = try output.viewed(as: .plain([rows, units]), library)
    super.init(output: output)
  }

  override var learns: Bool { true }

  override func forward(_ pass: Pass) throws(TrainingError) {
    try conversion?.run()
    try gates.forward()
    let (gates, output) = (gates.output.floats.baseAddress!, outputRows.floats.baseAddress!)
    Workers.split(rows, grain: 1) { range in
      for row in range {
        ecg_lstm_step(
          units, gates + 3 * units * row, squashed + units * row, output + units * row)
      }
    }
  }

  override func buildBackward(_ outputGradient: Tensor, needsInputGradient: Bool, _ builder: PlanBuilder)
    throws(TrainingError) -> Tensor?
  {
    (gradient, gradientConversion) = try builder.rows(outputGradient, channels: units, layer: layer, "gradient")
    let gatesGradient = try builder.activation(gates.output.format, layer: layer, "gradient of gates")
    self.gatesGradient = gatesGradient
    return try gates.buildBackward(gatesGradient, needsInputGradient: needsInputGradient, builder)?
      .viewed(as: image.format, builder.library)
  }

  override func backward(_ pass: Pass) throws(TrainingError) {
    guard let gradient = gradient?.floats.baseAddress, let result = gatesGradient?.floats.baseAddress else { return }
    try gradientConversion?.run()
    let values = gates.output.floats.baseAddress!
    Workers.split(rows, grain: 1) { range in
      for row in range {
        ecg_lstm_step_gradient(
          units, values + 3 * units * row, squashed + units * row, gradient + units * row, result + 3 * units * row)
      }
    }
    try gates.backward()
  }
}
