import CECGKernels
import ECGNetwork

/// A parameter, its gradient and the optimiser's moments, all in the memory format that oneDNN computes fastest with.
/// Keras' layout is met only on the way in and out.
final class ParameterTensor {
  let layer: Int
  let index: Int
  let value: Tensor
  /// Of a frozen parameter, for which none is ever computed, the value itself.
  let gradient: Tensor
  let moments: [Tensor]
  /// λ of the l2 penalty, 0 for none.
  let l2: Float
  /// Which of the layer's numbers these are.
  let part: ActingPart
  /// Of a dense kernel, the order of its inputs, where it is not Keras'.
  let inputOrder: InputOrder?

  fileprivate init(
    layer: Int, index: Int, l2: Float, part: ActingPart, format: MemoryFormat, inputOrder: InputOrder?,
    momentCount: Int,
    _ library: OneDNN
  ) throws(TrainingError) {
    self.layer = layer
    self.index = index
    self.l2 = l2
    self.part = part
    self.inputOrder = inputOrder
    value = try Tensor(format, library)
    gradient = part.isFrozen ? value : try Tensor(format, library)
    var moments: [Tensor] = []
    for _ in 0..<(part.isLearned ? momentCount : 0) { moments.append(try Tensor(format, library)) }
    self.moments = moments
  }
}

/// All parameters of an engine.
final class ParameterStore {
  private(set) var tensors: [ParameterTensor] = []
  private let description: CheckedNetwork
  private let momentCount: Int
  /// Values of parameters that do not act, or not as a whole: [layer][parameter], empty for the others.
  private var idle: NetworkParameters

  init(_ network: CheckedNetwork, momentCount: Int) {
    description = network
    self.momentCount = momentCount
    idle = network.parameters.map { $0.map { _ in [] } }
  }

  func known(_ layer: Int, _ index: Int) -> ParameterTensor? {
    tensors.first { $0.layer == layer && $0.index == index }
  }

  func parameter(
    _ layer: Int, _ index: Int, prefers format: MemoryFormat, inputOrder: InputOrder?, _ library: OneDNN
  ) throws(TrainingError) -> ParameterTensor {
    if let known = known(layer, index) { return known }
    let part = description.acting[layer][index]
    let isPenalized = description.parameters[layer][index].isKernel && !part.isFrozen
    let parameter = try ParameterTensor(
      layer: layer, index: index, l2: isPenalized ? description.layers[layer].l2 : 0,
      part: part, format: format, inputOrder: inputOrder, momentCount: momentCount, library)
    tensors.append(parameter)
    return parameter
  }

  // MARK: Keras' layouts

  /// The memory format that Keras' layout is, in the sizes that oneDNN gives the parameter.
  private func kerasFormat(_ parameter: ParameterTensor) throws(TrainingError) -> MemoryFormat {
    let sizes = parameter.value.format.sizes
    guard sizes.count > 1 else { return try .plain(sizes) }
    let outputs = sizes[0]
    guard sizes.count == 4 else { return try .strided(sizes, [1, outputs]) }
    // Kernels are (height, width, channels, outputs).
    let (channels, width) = (sizes[1], sizes[3])
    return try .strided(sizes, [1, outputs, width * channels * outputs, channels * outputs])
  }

  /// Takes in a set of numbers for each parameter: its values, or a moment of the optimiser.
  func load(
    _ values: NetworkParameters, what: String, _ library: OneDNN, into tensor: (ParameterTensor) -> Tensor?
  ) throws(TrainingError) {
    try description.check(values, what: what)
    for parameter in tensors {
      guard let destination = tensor(parameter) else { continue }
      let staging = try Tensor(kerasFormat(parameter), library)
      values[parameter.layer][parameter.index].withUnsafeBufferPointer { numbers in
        let place = staging.floats.baseAddress!
        if let order = parameter.inputOrder {
          let outputs = parameter.value.format.sizes[0]
          for (row, input) in order.inputs.enumerated() where input >= 0 {
            (place + row * outputs).update(from: numbers.baseAddress! + input * outputs, count: outputs)
          }
        } else {
          parameter.part.forEachRun(of: numbers.count) { whole, acting, count in
            (place + acting).update(from: numbers.baseAddress! + whole, count: count)
          }
        }
      }
      try library.reorder(from: staging, to: destination).run()
    }
  }

  /// Takes in the parameters' values, also of those that do not act.
  func loadValues(_ values: NetworkParameters, what: String, _ library: OneDNN) throws(TrainingError) {
    try load(values, what: what, library) { $0.value }
    for (layer, own) in values.enumerated() {
      for index in own.indices where !(description.acting[layer][index].isWhole && known(layer, index) != nil) {
        idle[layer][index] = own[index]
      }
    }
  }

  /// The parameters' values.
  func values(_ library: OneDNN) throws(TrainingError) -> NetworkParameters {
    try values(library, besides: idle) { $0.value }
  }

  /// Gradients or moments; what does not act has none, which is zero.
  func values(_ library: OneDNN, of tensor: (ParameterTensor) -> Tensor?) throws(TrainingError) -> NetworkParameters {
    try values(library, besides: nil, of: tensor)
  }

  private func values(
    _ library: OneDNN, besides idle: NetworkParameters?, of tensor: (ParameterTensor) -> Tensor?
  ) throws(TrainingError) -> NetworkParameters {
    var result: NetworkParameters = description.parameters.map { $0.map { _ in [] } }
    for parameter in tensors {
      guard let source = tensor(parameter) else { continue }
      let staging = try Tensor(kerasFormat(parameter), library)
      try library.reorder(from: source, to: staging).run()
      let (layer, index) = (parameter.layer, parameter.index)
      let count = description.parameters[layer][index].count
      var numbers = idle?[layer][index] ?? []
      if numbers.count != count { numbers = [Float](repeating: 0, count: count) }
      numbers.withUnsafeMutableBufferPointer { numbers in
        let place = staging.floats.baseAddress!
        if let order = parameter.inputOrder {
          let outputs = parameter.value.format.sizes[0]
          for (row, input) in order.inputs.enumerated() where input >= 0 {
            (numbers.baseAddress! + input * outputs).update(from: place + row * outputs, count: outputs)
          }
        } else {
          parameter.part.forEachRun(of: count) { whole, acting, count in
            (numbers.baseAddress! + whole).update(from: place + acting, count: count)
          }
        }
      }
      result[layer][index] = numbers
    }
    for (layer, own) in description.parameters.enumerated() {
      for (index, parameter) in own.enumerated() where result[layer][index].isEmpty {
        let known = idle?[layer][index] ?? []
        result[layer][index] = known.isEmpty ? [Float](repeating: 0, count: parameter.count) : known
      }
    }
    return result
  }

  // MARK: Optimiser

  /// Σ λ Σ w² over the parameters that are trained, as in Keras.
  func penalty() -> Double {
    var sum = 0.0
    for parameter in tensors where parameter.l2 != 0 {
      sum +=
        Double(parameter.l2) * ecg_sum_of_squares(parameter.value.floats.baseAddress!, parameter.value.floats.count)
    }
    return sum
  }

  /// One step of the optimiser on every parameter; `step` counts from 1.
  func update(_ optimizer: Optimizer, learningRate: Double, step: Int) {
    for parameter in tensors where parameter.part.isLearned {
      let value = parameter.value.floats.baseAddress!
      let gradient = parameter.gradient.floats.baseAddress!
      let decay = 2 * parameter.l2
      nonisolated(unsafe) let moments = parameter.moments.map { $0.floats.baseAddress! }
      Workers.split(parameter.value.floats.count, grain: 4096) { range in
        let start = range.lowerBound
        switch optimizer {
        case .adam(let beta1, let beta2, let epsilon), .adamW(_, let beta1, let beta2, let epsilon):
          let steps = Double(step)
          let correction = (1 - pow(beta2, steps)).squareRoot() / (1 - pow(beta1, steps))
          let keep = 1 - learningRate * optimizer.weightDecay
          ecg_adam_update(
            value + start, moments[0] + start, moments[1] + start, gradient + start, range.count, Float(1 - beta1),
            Float(1 - beta2), Float(learningRate * correction), Float(epsilon), decay, Float(keep))
        case .sgd(let momentum):
          ecg_sgd_update(
            value + start, moments.first.map { $0 + start }, gradient + start, range.count, Float(learningRate),
            Float(momentum), decay)
        }
      }
    }
  }

  private func pow(_ base: Double, _ exponent: Double) -> Double { ecg_pow(base, exponent) }
}

extension ActingPart {
  /// Calls `body` for each run of values that act: where it begins in the whole parameter and among those that act, and
  /// how many there are.
  func forEachRun(of total: Int, _ body: (_ whole: Int, _ acting: Int, _ count: Int) -> Void) {
    var acting = 0
    for row in stride(from: 0, to: total, by: rowLength) {
      for range in ranges {
        body(row + range.lowerBound, acting, range.count)
        acting += range.count
      }
    }
  }
}
