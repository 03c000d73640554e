import CECGKernels
import ECGNetwork

/// A parameter, its gradient and the optimiser's moments, all in the memory format that oneDNN computes fastest with.
/// Keras' layout is met only on the way in and out.
final class ParameterTensor {
  let layer: Int
  let index: Int
  let value: Tensor
  let gradient: Tensor
  let moments: [Tensor]
  /// λ of the l2 penalty, 0 for none.
  let l2: Float
  /// Of a dense kernel, the order of its inputs, where it is not Keras'.
  let inputOrder: InputOrder?

  fileprivate init(
    layer: Int, index: Int, l2: Float, format: MemoryFormat, inputOrder: InputOrder?, momentCount: Int,
    _ library: OneDNN
  ) throws(TrainingError) {
    self.layer = layer
    self.index = index
    self.l2 = l2
    self.inputOrder = inputOrder
    value = try Tensor(format, library)
    gradient = try Tensor(format, library)
    var moments: [Tensor] = []
    for _ in 0..<momentCount { moments.append(try Tensor(format, library)) }
    self.moments = moments
  }
}

/// All parameters of an engine.
final class ParameterStore {
  private(set) var tensors: [ParameterTensor] = []
  private let description: CheckedNetwork
  private let momentCount: Int

  init(_ network: CheckedNetwork, momentCount: Int) {
    description = network
    self.momentCount = momentCount
  }

  func known(_ layer: Int, _ index: Int) -> ParameterTensor? {
    tensors.first { $0.layer == layer && $0.index == index }
  }

  func parameter(
    _ layer: Int, _ index: Int, prefers format: MemoryFormat, inputOrder: InputOrder?, _ library: OneDNN
  ) throws(TrainingError) -> ParameterTensor {
    if let known = known(layer, index) { return known }
    let isKernel = description.parameters[layer][index].isKernel
    let parameter = try ParameterTensor(
      layer: layer, index: index, l2: isKernel ? description.layers[layer].l2 : 0, format: format,
      inputOrder: inputOrder, momentCount: momentCount, library)
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

  func load(
    _ values: NetworkParameters, what: String, _ library: OneDNN, into tensor: (ParameterTensor) -> Tensor
  ) throws(TrainingError) {
    try description.check(values, what: what)
    for parameter in tensors {
      let staging = try Tensor(kerasFormat(parameter), library)
      values[parameter.layer][parameter.index].withUnsafeBufferPointer { numbers in
        if let order = parameter.inputOrder {
          let outputs = parameter.value.format.sizes[0]
          for (row, input) in order.inputs.enumerated() where input >= 0 {
            (staging.floats.baseAddress! + row * outputs)
              .update(from: numbers.baseAddress! + input * outputs, count: outputs)
          }
        } else {
          staging.floats.baseAddress!.update(from: numbers.baseAddress!, count: numbers.count)
        }
      }
      try library.reorder(from: staging, to: tensor(parameter)).run()
    }
  }

  func values(_ library: OneDNN, of tensor: (ParameterTensor) -> Tensor) throws(TrainingError) -> NetworkParameters {
    var result: NetworkParameters = description.parameters.map { $0.map { _ in [] } }
    for parameter in tensors {
      let staging = try Tensor(kerasFormat(parameter), library)
      try library.reorder(from: tensor(parameter), to: staging).run()
      let count = description.parameters[parameter.layer][parameter.index].count
      result[parameter.layer][parameter.index] = [Float](unsafeUninitializedCapacity: count) { numbers, filled in
        if let order = parameter.inputOrder {
          let outputs = parameter.value.format.sizes[0]
          for (row, input) in order.inputs.enumerated() where input >= 0 {
            (numbers.baseAddress! + input * outputs)
              .initialize(from: staging.floats.baseAddress! + row * outputs, count: outputs)
          }
        } else {
          numbers.baseAddress!.initialize(from: staging.floats.baseAddress!, count: count)
        }
        filled = count
      }
    }
    return result
  }

  // MARK: Optimiser

  /// Σ λ Σ w².
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
    for parameter in tensors {
      let value = parameter.value.floats.baseAddress!
      let gradient = parameter.gradient.floats.baseAddress!
      let decay = 2 * parameter.l2
      nonisolated(unsafe) let moments = parameter.moments.map { $0.floats.baseAddress! }
      Workers.split(parameter.value.floats.count, grain: 4096) { range in
        let start = range.lowerBound
        switch optimizer {
        case .adam(let beta1, let beta2, let epsilon):
          let steps = Double(step)
          let correction = (1 - pow(beta2, steps)).squareRoot() / (1 - pow(beta1, steps))
          ecg_adam_update(
            value + start, moments[0] + start, moments[1] + start, gradient + start, range.count, Float(1 - beta1),
            Float(1 - beta2), Float(learningRate * correction), Float(epsilon), decay)
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
