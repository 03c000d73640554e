import ECGCore
import ECGExport
import ECGNetwork
import ECGTraining

/// A trained network with memory of its own, run by the same code that runs on a device.
final class NetworkRunner {
  let network: Network
  private let tables: AlignedMemory
  private let scratch: AlignedMemory
  private let layers: UnsafeMutableBufferPointer<Layer>
  private let weights: [UnsafeMutableBufferPointer<Float>]
  private static let batch = 16

  init(_ description: NetworkDescription, parameters: NetworkParameters) throws(NetworkFault) {
    layers = .allocate(capacity: description.layers.count)
    _ = layers.initialize(from: description.layers)
    tables = AlignedMemory(byteCount: Network.tableSize(layerCount: layers.count))
    var arena = tables.arena()
    var network = try Network(input: description.input, layers: UnsafeBufferPointer(layers), arena: &arena)
    var weights: [UnsafeMutableBufferPointer<Float>] = []
    for (layer, values) in parameters.enumerated() {
      for (index, values) in values.enumerated() {
        let copy = UnsafeMutableBufferPointer<Float>.allocate(capacity: values.count)
        _ = copy.initialize(from: values)
        weights.append(copy)
        do {
          try network.setParameter(layer: layer, index: index, copy.baseAddress!)
        } catch {
          preconditionFailure("training gives a network the parameters it has")
        }
      }
    }
    self.network = network
    self.weights = weights
    scratch = AlignedMemory(byteCount: network.scratchSize(batch: Self.batch))
  }

  deinit {
    layers.deallocate()
    for block in weights { block.deallocate() }
  }

  /// The last hidden layer and how many values it has.
  var embedding: (layer: Int, count: Int) { (network.embeddingLayer, network.embeddingCount) }

  /// The last hidden layer's values for some prepared beats, one beat after another.
  func embeddings(of beats: [Int], in prepared: PreparedBeats, seenAs inputs: BeatInputs) throws -> [Float] {
    try run(inputs.inputs(of: beats, in: prepared.beats, beatLength: prepared.beatLength)).embeddings
  }

  /// Probabilities and last hidden values of `inputs`, sample by sample.
  func run(_ inputs: [Float]) throws(Status) -> (outputs: [Float], embeddings: [Float]) {
    let inputCount = network.inputShape.count
    let count = inputs.count / inputCount
    var outputs = [Float](repeating: 0, count: count * network.outputShape.count)
    var embeddings = [Float](repeating: 0, count: count * network.embeddingCount)
    for first in stride(from: 0, to: count, by: Self.batch) {
      try inputs.withUnsafeBufferPointer { (inputs) throws(Status) in
        try outputs.withUnsafeMutableBufferPointer { (outputs) throws(Status) in
          try embeddings.withUnsafeMutableBufferPointer { (embeddings) throws(Status) in
            try network.run(
              inputs.baseAddress! + first * inputCount, batch: min(Self.batch, count - first), scratch: scratch.bytes,
              output: outputs.baseAddress! + first * network.outputShape.count,
              embedding: embeddings.baseAddress! + first * network.embeddingCount)
          }
        }
      }
    }
    return (outputs, embeddings)
  }
}
