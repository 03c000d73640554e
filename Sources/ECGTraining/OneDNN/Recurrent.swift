import CECGKernels
import ECGNetwork

/// LSTM and GRU over several steps, in Keras' layouts: products by oneDNN, gates by kernels of our own.
///
/// All values are samples × steps × columns. The inputs' products for all steps are one matrix product, and so are the
/// kernels' gradients; between them the steps follow one another.
final class RecurrentOperation: Operation {
  private typealias Values = UnsafeMutablePointer<Float>

  private let layer: Int
  private let library: OneDNN
  private let isLSTM: Bool
  private let returnsSequences: Bool
  private let batch: Int
  private let steps: Int
  private let inputs: Int
  private let units: Int
  private var columns: Int { (isLSTM ? 4 : 3) * units }
  private var rows: Int { batch * steps }

  private let source: Tensor
  private let conversion: Primitive?
  private let kernel: ParameterTensor
  private let recurrentKernel: ParameterTensor
  private let bias: ParameterTensor
  /// The gates, activated; all states; of an LSTM the cells and their tanh.
  private let gates: Values
  private let states: Values
  private let cells: Values
  private let squashed: Values
  /// Of a GRU, a step's recurrent product, and for all steps the candidate's part of it.
  private let product: Values
  private let candidates: Values

  private var gradient: Tensor?
  private var gradientConversion: Primitive?
  private var gatesGradient: Values?
  private var productGradient: Values?
  private var carried: Values?
  private var carriedCell: Values?
  private var sourceGradient: Tensor?

  init(_ layer: Int, in network: CheckedNetwork, input: Tensor, _ builder: PlanBuilder) throws(TrainingError) {
    self.layer = layer
    library = builder.library
    let (parameters, shape) = (network.layers[layer], network.inputShape(of: layer))
    isLSTM = parameters.kind == .lstm
    returnsSequences = parameters.returnsSequences
    (batch, steps, inputs, units) = (builder.batch, Int(shape.width), Int(shape.channels), Int(parameters.units))
    let columns = (isLSTM ? 4 : 3) * units
    let rows = batch * steps
    (source, conversion) = try builder.inKerasOrder(input, layer: layer, "source")
    kernel = try builder.parameter(layer, 0, prefers: .plain([inputs * columns]))
    recurrentKernel = try builder.parameter(layer, 1, prefers: .plain([units * columns]))
    bias = try builder.parameter(layer, 2, prefers: .plain([isLSTM ? columns : 2 * columns]))
    gates = try builder.memory(floats: rows * columns, layer: layer, "gates")
    states = try builder.memory(floats: rows * units, layer: layer, "states")
    cells = try builder.memory(floats: isLSTM ? rows * units : 1, layer: layer, "cells")
    squashed = try builder.memory(floats: isLSTM ? rows * units : 1, layer: layer, "squashed")
    product = try builder.memory(floats: isLSTM ? 1 : batch * columns, layer: layer, "product")
    candidates = try builder.memory(floats: isLSTM ? 1 : rows * units, layer: layer, "candidates")
    super.init(output: try builder.activation(.keras(batch, network.outputs[layer]), layer: layer))
  }

  override var learns: Bool { true }

  private func matrix(_ values: Values, _ rows: Int, _ columns: Int, stride: Int? = nil) -> OneDNN.Matrix {
    OneDNN.Matrix(values, rows: rows, columns: columns, stride: stride)
  }

  private func value(_ tensor: Tensor) -> Values { tensor.floats.baseAddress! }

  override func forward(_ pass: Pass) throws(TrainingError) {
    try conversion?.run()
    let (weights, recurrent) = (value(kernel.value), value(recurrentKernel.value))
    let biases = value(bias.value)
    let columns = columns
    for row in 0..<rows { (gates + row * columns).update(from: biases, count: columns) }
    try library.multiply(
      matrix(value(source), rows, inputs), matrix(weights, inputs, columns), adds: true, to: gates, stride: columns)
    let stride = steps * columns
    for step in 0..<steps {
      if isLSTM, step > 0 {
        try library.multiply(
          matrix(states + (step - 1) * units, batch, units, stride: steps * units),
          matrix(recurrent, units, columns), adds: true, to: gates + step * columns, stride: stride)
      } else if !isLSTM {
        for sample in 0..<batch { (product + sample * columns).update(from: biases + columns, count: columns) }
        if step > 0 {
          try library.multiply(
            matrix(states + (step - 1) * units, batch, units, stride: steps * units),
            matrix(recurrent, units, columns), adds: true, to: product, stride: columns)
        }
      }
      Workers.split(batch, grain: 1) { range in
        for sample in range { computeCell(sample, step) }
      }
    }
    let output = value(self.output)
    if returnsSequences {
      output.update(from: states, count: rows * units)
    } else {
      for sample in 0..<batch {
        (output + sample * units).update(from: states + (sample * steps + steps - 1) * units, count: units)
      }
    }
  }

  private func computeCell(_ sample: Int, _ step: Int) {
    let row = sample * steps + step
    let gates = gates + row * columns
    let state = states + row * units
    if isLSTM {
      let cell = cells + row * units
      ecg_lstm_cell(units, gates, step > 0 ? cell - units : nil, cell, squashed + row * units, state)
    } else {
      let product = product + sample * columns
      (candidates + row * units).update(from: product + 2 * units, count: units)
      ecg_gru_cell(units, gates, product, step > 0 ? state - units : nil, state)
    }
  }

  override func buildBackward(_ outputGradient: Tensor, needsInputGradient: Bool, _ builder: PlanBuilder)
    throws(TrainingError) -> Tensor?
  {
    (gradient, gradientConversion) = try builder.inKerasOrder(outputGradient, layer: layer, "gradient")
    gatesGradient = try builder.memory(floats: rows * columns, layer: layer, "gradient of gates")
    productGradient =
      isLSTM ? gatesGradient : try builder.memory(floats: rows * columns, layer: layer, "gradient of product")
    carried = try builder.memory(floats: batch * units, layer: layer, "carried gradient")
    carriedCell = try builder.memory(floats: batch * units, layer: layer, "carried gradient of cells")
    sourceGradient = needsInputGradient ? try builder.gradient(source.format) : nil
    return sourceGradient
  }

  override func backward(_ pass: Pass) throws(TrainingError) {
    guard let gradient, let gatesGradient, let productGradient, let carried, let carriedCell else { return }
    try gradientConversion?.run()
    let behind = value(gradient)
    let recurrent = value(recurrentKernel.value)
    let columns = columns
    carried.update(repeating: 0, count: batch * units)
    carriedCell.update(repeating: 0, count: batch * units)
    for step in (0..<steps).reversed() {
      Workers.split(batch, grain: 1) { range in
        for sample in range {
          let row = sample * steps + step
          let state = carried + sample * units
          if returnsSequences {
            ecg_add_values(behind + row * units, state, units)
          } else if step == steps - 1 {
            ecg_add_values(behind + sample * units, state, units)
          }
          if isLSTM {
            let cell = cells + row * units
            ecg_lstm_cell_gradient(
              units, gates + row * columns, step > 0 ? cell - units : nil, squashed + row * units, state,
              carriedCell + sample * units, gatesGradient + row * columns)
          } else {
            ecg_gru_cell_gradient(
              units, gates + row * columns, candidates + row * units, step > 0 ? states + (row - 1) * units : nil,
              state, gatesGradient + row * columns, productGradient + row * columns)
          }
        }
      }
      // A GRU's cell has left in `carried` what passes the gates by; an LSTM's state passes through them alone.
      guard step > 0 else { continue }
      try library.multiply(
        matrix(productGradient + step * columns, batch, columns, stride: steps * columns),
        matrix(recurrent, units, columns).turned, adds: !isLSTM, to: carried, stride: units)
    }
    try addUpGradients(gatesGradient, productGradient)
  }

  private func addUpGradients(_ gatesGradient: Values, _ productGradient: Values) throws(TrainingError) {
    let columns = columns
    try library.multiply(
      matrix(value(source), rows, inputs).turned, matrix(gatesGradient, rows, columns), to: value(kernel.gradient),
      stride: columns)
    // The state before each step: all rows but the last of each sample, against all but the first.
    let sum = value(recurrentKernel.gradient)
    sum.update(repeating: 0, count: units * columns)
    for sample in 0..<batch where steps > 1 {
      let row = sample * steps
      try library.multiply(
        matrix(states + row * units, steps - 1, units).turned,
        matrix(productGradient + (row + 1) * columns, steps - 1, columns), adds: true, to: sum, stride: columns)
    }
    let biases = value(bias.gradient)
    let gradients = isLSTM ? [gatesGradient] : [gatesGradient, productGradient]
    for number in gradients.indices {
      let gradient = gradients[number]
      let sum = biases + number * columns
      sum.update(repeating: 0, count: columns)
      Workers.split(columns, grain: 64) { range in
        for row in 0..<rows {
          ecg_add_values(gradient + row * columns + range.lowerBound, sum + range.lowerBound, range.count)
        }
      }
    }
    if let sourceGradient {
      try library.multiply(
        matrix(gatesGradient, rows, columns), matrix(value(kernel.value), inputs, columns).turned,
        to: value(sourceGradient), stride: inputs)
    }
  }
}
