import CECGKernels
import ECGCore

/// What a network knows about one of its layers beside the layer itself.
struct Node: BitwiseCopyable {
  /// What it reads; of several inputs, what they are together.
  let input: Shape
  let shape: Shape
  /// The layer whose memory holds this layer's values: its own index, or an earlier one's for layers that pass values
  /// on unchanged (flatten, reshape, dropout) or change them in place; −1 is the network's input.
  var holder: Int32
  /// Where the values lie, if `holder` is the layer itself. Set by the memory plan.
  var place = Place.output
  /// In floats: from the start of the sample scratch, or per sample of the batch scratch.
  var offset = 0
  /// The last layer that reads what `holder` holds. Set by the memory plan.
  var lastUse: Int32
  /// An activation that the layer before it computes, too. Set by the memory plan.
  var isWithinPrevious = false

  enum Place: Int32, BitwiseCopyable {
    /// The caller's output.
    case output
    /// Scratch that each sample of a batch uses anew.
    case sample
    /// Scratch that holds the values of all samples.
    case batch
    /// Nowhere: the pooling layer that follows computes these values row by row and keeps only the largest, or the batch
    /// normalisation that follows computes them normalised.
    case withinNext
  }

  /// Checks `layer` against the layers before it, whose nodes are ready.
  init(_ layer: Layer, index: Int, input: Shape, nodes: UnsafeMutableBufferPointer<Node>) throws(NetworkFault) {
    let source = try Node.source(layer, index, input, nodes)
    var problem = NetworkFault.Problem.size
    guard let shape = layer.inferShape(source, &problem) else { throw NetworkFault(problem, layer: index) }
    guard Node.isWithinReason(layer, input: source, output: shape) else { throw NetworkFault(.size, layer: index) }
    self.input = source
    self.shape = shape
    lastUse = Int32(index)
    holder = Int32(index)
    if layer.passesValuesOn { holder = layer.input < 0 ? -1 : nodes[Int(layer.input)].holder }
  }

  /// The shape that a layer reads.
  private static func source(
    _ layer: Layer, _ index: Int, _ input: Shape, _ nodes: UnsafeMutableBufferPointer<Node>
  ) throws(NetworkFault) -> Shape {
    let count = layer.inputCount
    guard layer.joinsInputs == (count > 1) else { throw NetworkFault(.secondInput, layer: index) }
    for number in count..<Layer.mostInputs where layer.source(number) != -2 {
      throw NetworkFault(.secondInput, layer: index)
    }
    var shape = input
    for number in 0..<count {
      let source = layer.source(number)
      guard source >= -1, Int(source) < index else { throw NetworkFault(.inputIndex, layer: index) }
      let next = source < 0 ? input : nodes[Int(source)].shape
      if number == 0 {
        shape = next
      } else {
        guard let joined = try? layer.joined(shape, next) else { throw NetworkFault(.shapesDiffer, layer: index) }
        shape = joined
      }
    }
    return shape
  }

  /// Whether the layer's tensors and its multiplications per sample are of a size that a network can have.
  private static func isWithinReason(_ layer: Layer, input: Shape, output: Shape) -> Bool {
    for index in 0..<layer.parameterCount {
      guard (try? layer.parameter(index, input: input)) != nil else { return false }
    }
    if layer.storage == .int8 {
      for index in 0..<layer.parameterCount where layer.isKernel(index) {
        guard (try? layer.integerKernel(index, input: input)) != nil else { return false }
      }
    }
    let window = Int64(layer.window.height) &* Int64(layer.window.width)
    switch layer.kind {
    case .convolution: return Int64(output.count) <= Network.mostWork / (window &* Int64(input.channels))
    case .maxPooling: return Int64(output.count) <= Network.mostWork / window
    case .dense: return Int64(output.count) <= Network.mostWork / Int64(input.channels)
    case .lstm, .gru:
      // Each of these is at most `Shape.largestCount`: no product of two overflows.
      let perStep = (Int64(input.channels) &+ Int64(layer.units)) &* Int64(layer.units)
      return perStep <= Network.mostWork / 4 / Int64(input.width)
    default: return true
    }
  }
}

extension Layer {
  /// Whether its output is its input, bit for bit, when the network runs.
  var passesValuesOn: Bool {
    activation == .linear && (kind == .flatten || kind == .dropout || kind == .reshape || kind == .activation)
  }

  /// Whether each of its values may take the place of the value it comes from: it depends on no other, or all that it
  /// depends on are read before the first one is written.
  var worksInPlace: Bool {
    switch kind {
    case .activation, .batchNormalization, .unitNormalization, .add, .flatten, .reshape, .dropout: true
    default: false
    }
  }

  /// Whether a batch's samples are computed together.
  var takesBatches: Bool { kind == .dense || kind == .lstm || kind == .gru }
}

extension Network {
  /// The most multiplications of one layer for one sample: seconds of work, a thousand times LeNet-5.
  static var mostWork: Int64 { 1 << 36 }
}
