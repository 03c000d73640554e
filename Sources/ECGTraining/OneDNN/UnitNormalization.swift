import CECGKernels
import ECGNetwork

/// The values of each position scaled to a length of 1.
final class UnitNormalizationOperation: Operation {
  private let layer: Int
  private let conversion: Primitive?
  private let rows: UnitRows
  private let ordered: Tensor
  private var gradientConversion: Primitive?
  private var gradient: Tensor?

  init(_ layer: Int, in network: CheckedNetwork, input: Tensor, _ builder: PlanBuilder) throws(TrainingError) {
    self.layer = layer
    (ordered, conversion) = try builder.inKerasOrder(input, layer: layer, "ordered")
    let output = try builder.activation(ordered.format, layer: layer)
    rows = UnitRows(ordered, into: output, columns: Int(network.outputs[layer].channels))
    super.init(output: output)
  }

  override func forward(_ pass: Pass) throws(TrainingError) {
    try conversion?.run()
    rows.forward()
  }

  override func buildBackward(_ outputGradient: Tensor, needsInputGradient: Bool, _ builder: PlanBuilder)
    throws(TrainingError) -> Tensor?
  {
    guard needsInputGradient else { return nil }
    let (gradient, conversion) = try builder.converted(
      outputGradient, to: ordered.format, layer: layer, "ordered gradient")
    gradientConversion = conversion
    self.gradient = gradient
    return gradient
  }

  override func backward(_ pass: Pass) throws(TrainingError) {
    guard let gradient else { return }
    try gradientConversion?.run()
    rows.backward(from: gradient, to: gradient)
  }
}

/// Rows of values, and the same rows with a length of 1.
struct UnitRows {
  private let values: Tensor
  private let unit: Tensor
  private let columns: Int
  private var count: Int { values.floats.count / columns }

  init(_ values: Tensor, into unit: Tensor, columns: Int) {
    precondition(values.floats.count == unit.floats.count && values.floats.count % columns == 0)
    self.values = values
    self.unit = unit
    self.columns = columns
  }

  func forward() {
    let (from, to) = (values.floats.baseAddress!, unit.floats.baseAddress!)
    Workers.split(count, grain: 64) { rows in
      let start = rows.lowerBound * columns
      ecg_unit_normalize(rows.count, columns, from + start, to + start)
    }
  }

  /// From the gradient of the unit rows to that of the values; both may be the same memory.
  func backward(from unitGradient: Tensor, to gradient: Tensor) {
    let (from, unit) = (values.floats.baseAddress!, unit.floats.baseAddress!)
    let (source, target) = (unitGradient.floats.baseAddress!, gradient.floats.baseAddress!)
    Workers.split(count, grain: 64) { rows in
      let start = rows.lowerBound * columns
      ecg_unit_normalize_gradient(rows.count, columns, from + start, unit + start, source + start, target + start)
    }
  }
}
