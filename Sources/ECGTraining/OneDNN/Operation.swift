import ECGNetwork

/// One step of a network at one batch size: forward, and later backward, over tensors that it was built for.
///
/// Building goes through the network forwards (`init`, which sets `output`), then backwards (`buildBackward`), so that
/// each step sees the memory formats that its neighbours chose.
class Operation {
  let output: Tensor
  init(output: Tensor) { self.output = output }

  /// Whether it has parameters.
  var learns: Bool { false }

  func forward(_ pass: Pass) throws(TrainingError) { fatalError("overridden") }

  /// Prepares the gradients: `outputGradient` is complete when `backward` runs. Returns the gradient of the input, or
  /// nil where `needsInputGradient` is false.
  func buildBackward(_ outputGradient: Tensor, needsInputGradient: Bool, _ builder: PlanBuilder) throws(TrainingError)
    -> Tensor?
  {
    fatalError("overridden")
  }

  /// The same for an operation of several inputs: gradients of those that `needs` asks for.
  func buildBackward(_ outputGradient: Tensor, needs: [Bool], _ builder: PlanBuilder) throws(TrainingError)
    -> [Tensor?]
  {
    [try buildBackward(outputGradient, needsInputGradient: needs[0], builder)]
  }

  func backward(_ pass: Pass) throws(TrainingError) { fatalError("overridden") }
}

/// What distinguishes one run through a plan from another.
struct Pass {
  let isTraining: Bool
  let dropoutSeed: UInt64
}

/// Hands out what operations are built from.
final class PlanBuilder {
  let library: OneDNN
  let batch: Int
  let convolutions: ConvolutionChoice
  let loss: Loss
  private let precision: Precision
  private let pool: BufferPool
  private let parameterTensors: ParameterStore
  /// Gradients that are still to be read, by the number of the memory they have.
  private var gradients: [Int: Tensor] = [:]
  /// What `memory` has given out: the plan keeps it.
  private(set) var buffers: [Buffer] = []

  init(
    _ library: OneDNN, batch: Int, convolutions: ConvolutionChoice, precision: Precision, loss: Loss, pool: BufferPool,
    parameters: ParameterStore
  ) {
    self.library = library
    self.convolutions = convolutions
    self.precision = precision
    self.loss = loss
    self.batch = batch
    self.pool = pool
    parameterTensors = parameters
  }

  /// What matrix products multiply that add up over so many inputs: few are not worth a conversion.
  func precision(inputs: Int) -> Precision { inputs < 16 ? .float32 : precision }

  /// A tensor that lives from the forward to the backward pass.
  func activation(_ format: MemoryFormat, layer: Int, _ use: String = "output") throws(TrainingError) -> Tensor {
    try Tensor(format, in: pool.buffer("\(layer) \(use)", byteCount: format.byteCount), library)
  }

  /// Memory that no other operation of this plan uses.
  func memory(floats count: Int, layer: Int, _ use: String) throws(TrainingError) -> UnsafeMutablePointer<Float> {
    let buffer = try pool.buffer("\(layer) \(use)", byteCount: count * MemoryLayout<Float>.stride)
    buffers.append(buffer)
    return buffer.start.bindMemory(to: Float.self, capacity: count)
  }

  /// A tensor that lives until `release`.
  func gradient(_ format: MemoryFormat) throws(TrainingError) -> Tensor {
    var number = 0
    while gradients[number] != nil { number += 1 }
    let tensor = try Tensor(format, in: pool.buffer("gradient \(number)", byteCount: format.byteCount), library)
    gradients[number] = tensor
    return tensor
  }

  /// Gives a gradient's memory back: whatever is built from now on runs when it has been read.
  func release(_ tensor: Tensor) {
    for (number, other) in gradients where other.sharesMemory(with: tensor) { gradients[number] = nil }
  }

  /// A tensor's values as rows of `channels`, in the order of Keras; copied where they lie in another one.
  func rows(_ tensor: Tensor, channels: Int, layer: Int, _ use: String) throws(TrainingError) -> (Tensor, Primitive?) {
    let (ordered, conversion) = try inKerasOrder(tensor, layer: layer, use)
    let count = tensor.format.sizes.reduce(1, *) / channels
    return (try ordered.viewed(as: .plain([count, channels]), library), conversion)
  }

  /// `tensor` with its channels varying fastest.
  func inKerasOrder(_ tensor: Tensor, layer: Int, _ use: String) throws(TrainingError) -> (Tensor, Primitive?) {
    let sizes = tensor.format.sizes
    guard sizes.count == 4 else { return (tensor, nil) }
    return try converted(
      tensor, to: .channelsLast(sizes[0], .image(sizes[2], sizes[3], channels: sizes[1])), layer: layer, use)
  }

  /// The parameter of a layer; the first plan decides its memory format.
  func parameter(_ layer: Int, _ index: Int, prefers format: MemoryFormat, inputOrder: InputOrder? = nil)
    throws(TrainingError) -> ParameterTensor
  {
    try parameterTensors.parameter(layer, index, prefers: format, inputOrder: inputOrder, library)
  }

  /// The input order that an earlier plan has given the kernel of a dense layer.
  func inputOrder(_ layer: Int) -> InputOrder? { parameterTensors.known(layer, 0)?.inputOrder }

  /// `tensor` itself where it is in `format` already, otherwise a copy and the primitive that makes it.
  func converted(_ tensor: Tensor, to format: MemoryFormat, layer: Int, _ use: String) throws(TrainingError)
    -> (Tensor, Primitive?)
  {
    if tensor.format == format { return (tensor, nil) }
    let copy = try activation(format, layer: layer, use)
    return (copy, try library.reorder(from: tensor, to: copy))
  }

  /// The other way: where to write what is wanted in `tensor`, but comes in `format`.
  func convertedBack(_ tensor: Tensor, from format: MemoryFormat, layer: Int, _ use: String) throws(TrainingError)
    -> (Tensor, Primitive?)
  {
    if tensor.format == format { return (tensor, nil) }
    let copy = try activation(format, layer: layer, use)
    return (copy, try library.reorder(from: copy, to: tensor))
  }
}

/// Memory that the plans of one engine share: only one of them runs at a time.
final class BufferPool {
  private var buffers: [String: Buffer] = [:]

  func buffer(_ name: String, byteCount: Int) throws(TrainingError) -> Buffer {
    if let buffer = buffers[name], buffer.byteCount >= byteCount { return buffer }
    let buffer = try Buffer(byteCount: byteCount)
    buffers[name] = buffer
    return buffer
  }
}
