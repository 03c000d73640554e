import CECGKernels
import ECGCore

/// A network that is ready to run: its graph checked, its shapes inferred, its memory planned.
///
///     var network = try Network(input: shape, layers: layers, arena: &arena)
///     try network.setParameter(layer: 0, index: 0, kernel)
///     …
///     try network.run(beats, batch: count, scratch: scratch, output: probabilities, embedding: nil)
///
/// Weights are read where they lie, in Keras' layouts: kernels (height, width, channels, filters), dense kernels
/// (inputs, units). Values between layers are channels last. Running changes nothing in the network: threads may share
/// one, each with its own scratch.
public struct Network: @unchecked Sendable {
  /// The most layers of a network: bounds the work that a malformed file can ask for.
  public static var mostLayers: Int { 1024 }

  public let inputShape: Shape
  let layers: UnsafeBufferPointer<Layer>
  let nodes: UnsafeMutableBufferPointer<Node>
  let weights: UnsafeMutableBufferPointer<StoredTensor>
  let plan: MemoryPlan
  /// The last hidden layer: what the last dense layer reads, seen through dropout. −1 is the network's input. Of a
  /// network that ends with its embedding, the last layer.
  public let embeddingLayer: Int

  /// Checks the graph, infers all shapes and plans memory; no arithmetic happens.
  ///
  /// - Parameters:
  ///   - input: the shape of one sample.
  ///   - layers: every layer after those it reads; the last one is the output. Borrowed: must outlive the network.
  ///   - arena: the tables live here (`tableSize` bytes), and must outlive the network as well.
  ///   - endsWithEmbedding: no layer tells people apart by what comes last.
  public init(
    input: Shape, layers: UnsafeBufferPointer<Layer>, endsWithEmbedding: Bool = false, arena: inout Arena
  ) throws(NetworkFault) {
    guard layers.count > 0, layers.count <= Network.mostLayers else { throw NetworkFault(.layerCount) }
    guard input.rank >= 1, input.rank <= 3, input.count > 0 else { throw NetworkFault(.networkInput) }
    guard !arena.isMeasuring else { throw NetworkFault(.memory) }
    do throws(Status) {
      nodes = try arena.take(Node.self, layers.count)
      weights = try arena.take(StoredTensor.self, layers.count &* Layer.mostParameters)
    } catch {
      throw NetworkFault(.memory)
    }
    weights.initialize(repeating: StoredTensor())
    inputShape = input
    self.layers = layers
    for index in 0..<layers.count {
      nodes[index] = try Node(layers[index], index: index, input: input, nodes: nodes)
    }
    embeddingLayer = endsWithEmbedding ? layers.count &- 1 : Network.lastHiddenLayer(layers)
    plan = try MemoryPlan(layers: layers, input: input, nodes: nodes, embeddingLayer: embeddingLayer)
  }

  /// Bytes of the arena that a network of `layerCount` layers takes.
  public static func tableSize(layerCount: Int) -> Int {
    let count = min(max(layerCount, 0), mostLayers)
    var arena = Arena.measuring()
    _ = try? arena.take(Node.self, count)
    _ = try? arena.take(StoredTensor.self, count &* Layer.mostParameters)
    return arena.used
  }

  public var layerCount: Int { layers.count }
  public var outputShape: Shape { nodes[layers.count &- 1].shape }
  /// Values per sample that `run` writes as the embedding.
  public var embeddingCount: Int { shapeOfSource(embeddingLayer).count }

  /// The shape that `layer` puts out; −1, or any other index that is no layer's, gives the network's input.
  public func shape(ofLayer layer: Int) -> Shape { shapeOfSource(layer) }

  /// The name and sizes of a tensor that `layer` learns, for `index` below `layers[layer].parameterCount`.
  public func parameter(layer: Int, index: Int) throws(Status) -> Parameter {
    guard layer >= 0, layer < layers.count else { throw .argument }
    return try layers[layer].parameter(index, input: nodes[layer].input)
  }

  /// Tells the network where a tensor's values lie, `parameter(layer:index:).count` of them, row-major. They are used
  /// in place and must outlive the network. Throws `argument` for a tensor that the layer does not have, or that it has in
  /// another form.
  public mutating func setParameter(layer: Int, index: Int, _ values: UnsafePointer<Float>) throws(Status) {
    try set(layer, index, StoredTensor(values: values))
  }

  /// The same for a kernel of float16, given by its bits.
  public mutating func setParameter(layer: Int, index: Int, halves: UnsafePointer<UInt16>) throws(Status) {
    try set(layer, index, StoredTensor(values: halves, storage: .float16))
  }

  /// The same for a kernel of int8, as `Layer.integerKernel` lays it out, with one scale and one sum of its bytes for each
  /// column. Throws `malformed` for a scale that is not a positive finite number.
  public mutating func setParameter(
    layer: Int, index: Int, integers: UnsafePointer<Int8>, scales: UnsafePointer<Float>, sums: UnsafePointer<Int32>
  ) throws(Status) {
    guard layer >= 0, layer < layers.count else { throw .argument }
    let kernel = try layers[layer].integerKernel(index, input: nodes[layer].input)
    for column in 0..<kernel.columns {
      guard scales[column] > 0, scales[column] < .infinity else { throw .malformed }
    }
    try set(layer, index, StoredTensor(values: integers, scales: scales, sums: sums, storage: .int8))
  }

  private func set(_ layer: Int, _ index: Int, _ tensor: StoredTensor) throws(Status) {
    guard layer >= 0, layer < layers.count, index >= 0, index < layers[layer].parameterCount,
      tensor.storage == (layers[layer].isKernel(index) ? layers[layer].storage : .float32)
    else { throw .argument }
    weights[layer &* Layer.mostParameters &+ index] = tensor
  }

  /// Bytes of scratch memory that `run` needs for `batch` samples, aligned to `Arena.alignment`; `Int.max` for a batch
  /// that no memory can hold.
  public func scratchSize(batch: Int) -> Int { plan.size(batch: batch) }

  /// The shape that `layer` reads, of several inputs what they are together; for an index that is no layer's the
  /// network's input.
  public func inputShape(ofLayer layer: Int) -> Shape {
    layer >= 0 && layer < nodes.count ? nodes[layer].input : inputShape
  }

  func shapeOfSource(_ index: Int) -> Shape { index >= 0 && index < nodes.count ? nodes[index].shape : inputShape }

  private static func lastHiddenLayer(_ layers: UnsafeBufferPointer<Layer>) -> Int {
    var last = layers.count &- 1
    while last > 0 && layers[last].kind != .dense { last &-= 1 }
    if layers[last].kind != .dense { last = layers.count &- 1 }
    var hidden = Int(layers[last].input)
    while hidden >= 0 && layers[hidden].kind == .dropout { hidden = Int(layers[hidden].input) }
    return hidden
  }
}

extension Network {
  /// The layer at `index`, which must be below `layerCount`.
  public func layer(_ index: Int) -> Layer { layers[index] }

  /// How many numbers a layer learns; 0 for an index that is no layer's.
  public func parameterCount(ofLayer layer: Int) -> Int {
    guard layer >= 0, layer < layers.count else { return 0 }
    var count = 0
    for index in 0..<layers[layer].parameterCount {
      count &+= (try? parameter(layer: layer, index: index))?.count ?? 0
    }
    return count
  }
}
