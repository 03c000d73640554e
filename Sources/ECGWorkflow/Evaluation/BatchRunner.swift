import ECG
import ECGCore
import ECGNetwork
import ECGSignal

/// One thread's memory for running beats through a model, by the code that runs on a device.
final class BatchRunner {
  static let largestBatch = 16

  private let loaded: LoadedModel
  private let memory: AlignedMemory
  private let inputs: UnsafeMutableBufferPointer<Float>
  private let scratch: UnsafeMutableBufferPointer<UInt8>
  /// Of the last batch: probabilities, one per person and beat.
  let outputs: UnsafeMutableBufferPointer<Float>
  /// Of the last batch: the last hidden layer.
  let embeddings: UnsafeMutableBufferPointer<Float>

  init(_ loaded: LoadedModel) throws(Status) {
    self.loaded = loaded
    let network = loaded.model.network
    let batch = Self.largestBatch
    func take(_ arena: inout Arena) throws(Status) -> (
      UnsafeMutableBufferPointer<Float>, UnsafeMutableBufferPointer<Float>, UnsafeMutableBufferPointer<Float>,
      UnsafeMutableBufferPointer<UInt8>
    ) {
      (
        try arena.take(Float.self, batch * network.inputShape.count),
        try arena.take(Float.self, batch * network.outputShape.count),
        try arena.take(Float.self, batch * network.embeddingCount),
        try arena.take(UInt8.self, network.scratchSize(batch: batch))
      )
    }
    var arena = Arena.measuring()
    _ = try take(&arena)
    memory = AlignedMemory(byteCount: arena.peak)
    arena = memory.arena()
    (inputs, outputs, embeddings, scratch) = try take(&arena)
  }

  /// Runs at most `largestBatch` beats, which lie one after another.
  func run(_ beats: UnsafeBufferPointer<Float>, count: Int) throws(Status) {
    let model = loaded.model
    var representations = inputs.mutableSpan
    try model.representation.write(Span(_unsafeElements: beats), into: &representations)
    guard let input = inputs.baseAddress, let output = outputs.baseAddress else { throw .argument }
    try model.network.run(
      input, batch: count, scratch: UnsafeMutableRawBufferPointer(scratch), output: output,
      embedding: embeddings.baseAddress)
  }
}
