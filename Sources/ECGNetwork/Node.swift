import CECGKernels
import ECGCore

/// What a network knows about one of its layers beside the layer itself.
struct Node: BitwiseCopyable {
  let shape: Shape
  /// The layer whose memory holds this layer's values: its own index, or an earlier one's for layers that pass values
  /// on unchanged (flatten, dropout); −1 is the network's input.
  let holder: Int32
  /// Where the values lie, if `holder` is the layer itself. Set by the memory plan.
  var place = Place.output
  /// In floats: from the start of the sample scratch, or per sample of the batch scratch.
  var offset = 0
  /// The last layer that reads what `holder` holds. Set by the memory plan.
  var lastUse: Int32

  enum Place: Int32, BitwiseCopyable {
    /// The caller's output.
    case output
    /// Scratch that each sample of a batch uses anew.
    case sample
    /// Scratch that holds the values of all samples.
    case batch
    /// Nowhere: the pooling layer that follows computes these values row by row and keeps only the largest.
    case withinNext
  }

  /// Checks `layer` against the layers before it, whose nodes are ready.
  init(_ layer: Layer, index: Int, input: Shape, nodes: UnsafeMutableBufferPointer<Node>) throws(NetworkFault) {
    guard layer.input >= -1, Int(layer.input) < index else { throw NetworkFault(.inputIndex, layer: index) }
    guard layer.secondInput == -2 else { throw NetworkFault(.secondInput, layer: index) }
    let source = layer.input < 0 ? input : nodes[Int(layer.input)].shape
    var problem = NetworkFault.Problem.size
    guard let shape = layer.inferShape(source, &problem) else { throw NetworkFault(problem, layer: index) }
    guard Node.isWithinReason(layer, input: source, output: shape) else { throw NetworkFault(.size, layer: index) }
    self.shape = shape
    lastUse = Int32(index)
    switch layer.kind {
    case .flatten where layer.activation == .linear, .dropout where layer.activation == .linear:
      holder = layer.input < 0 ? -1 : nodes[Int(layer.input)].holder
    default: holder = Int32(index)
    }
  }

  /// Whether the layer's tensors and its multiplications per sample are of a size that a network can have.
  private static func isWithinReason(_ layer: Layer, input: Shape, output: Shape) -> Bool {
    for index in 0..<layer.parameterCount {
      guard (try? layer.parameter(index, input: input)) != nil else { return false }
    }
    let window = Int64(layer.window.height) &* Int64(layer.window.width)
    let perValue: Int64 =
      switch layer.kind {
      case .convolution: window &* Int64(input.channels)
      case .maxPooling: window
      case .dense: Int64(input.count)
      case .flatten, .dropout, .activation: 1
      }
    return Int64(output.count) <= Network.mostWork / perValue
  }
}

extension Network {
  /// The most multiplications of one layer for one sample: seconds of work, a thousand times LeNet-5.
  static var mostWork: Int64 { 1 << 36 }
}
