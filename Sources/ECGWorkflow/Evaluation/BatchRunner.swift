import ECG
import ECGCore

/// One thread's memory for running beats through a model, by the code that runs on a device.
final class BatchRunner {
  let personCount: Int
  private let loaded: LoadedModel
  private let memory: AlignedMemory
  private let recogniser: Recogniser

  init(_ loaded: LoadedModel) throws(Status) {
    self.loaded = loaded
    personCount = loaded.model.personCount
    func make(_ arena: inout Arena) throws(Status) -> Recogniser {
      try Recogniser(loaded.pointer, batch: Session.largestBatch, leastScratch: 0, arena: &arena)
    }
    var arena = Arena.measuring()
    _ = try make(&arena)
    memory = AlignedMemory(byteCount: arena.peak)
    arena = memory.arena()
    recogniser = try make(&arena)
  }

  /// Runs beats, which lie one after another; `body` gets the probabilities and the last hidden layer's values of some at
  /// a time.
  func forEachBatch(
    of beats: UnsafeBufferPointer<Float>,
    _ body: (_ probabilities: UnsafeBufferPointer<Float>, _ embeddings: UnsafeBufferPointer<Float>) throws(Status) ->
      Void
  ) throws(Status) {
    try recogniser.forEachBatch(of: beats, body)
  }

  /// The last hidden layer's values of each beat, in order.
  func forEachEmbedding(
    of beats: UnsafeBufferPointer<Float>, _ body: (UnsafeBufferPointer<Float>) throws(Status) -> Void
  ) throws(Status) {
    try recogniser.forEachEmbedding(of: beats, body)
  }
}
