import ECGCore
import ECGIdentity
import ECGModelFile
import ECGNetwork
import ECGSignal

/// Asks a model about beats: runs them through the network, a few at a time, and scores them as outliers. The working
/// memory of whatever does so, for one thread.
public struct Recogniser {
  let model: UnsafePointer<Model>
  private let batch: Int
  private let inputs: UnsafeMutableBufferPointer<Float>
  private let outputs: UnsafeMutableBufferPointer<Float>
  private let embeddings: UnsafeMutableBufferPointer<Float>
  private let scratchBytes: UnsafeMutableBufferPointer<UInt8>

  /// Memory that each call uses and leaves to others afterwards.
  var scratch: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(scratchBytes) }

  /// - Parameters:
  ///   - batch: beats that run at once
  ///   - leastScratch: bytes that others want of `scratch`
  public init(_ model: UnsafePointer<Model>, batch: Int, leastScratch: Int, arena: inout Arena) throws(Status) {
    let network = model.pointee.network
    self.model = model
    self.batch = batch
    inputs = try arena.take(Float.self, try product(batch, network.inputShape.count))
    outputs = try arena.take(Float.self, try product(batch, network.outputShape.count))
    embeddings = try arena.take(Float.self, try product(batch, network.embeddingCount))
    var size = max(leastScratch, network.scratchSize(batch: batch))
    size = max(size, try GalleryComparison.memorySize(dimensions: network.embeddingCount))
    if let outliers = model.pointee.outliers {
      size = max(size, try LocalOutlierFactor.workingMemory(neighbourCount: outliers.neighbourCount))
    }
    scratchBytes = try arena.take(UInt8.self, size)
  }

  /// Throws `noClasses` for a model that names nobody by itself: its people are enrolled in a gallery.
  public func requireClasses() throws(Status) {
    guard model.pointee.personCount > 0 else { throw .noClasses }
  }

  /// Runs the network on all beats, a batch at a time; `body` gets the probabilities (none of a model that names nobody)
  /// and the last hidden layer's values of each batch's beats. Throws `argument` for what is no beat.
  public func forEachBatch(
    of beats: UnsafeBufferPointer<Float>,
    _ body: (_ probabilities: UnsafeBufferPointer<Float>, _ embeddings: UnsafeBufferPointer<Float>) throws(Status) ->
      Void
  ) throws(Status) {
    try requireBeats(beats)
    let network = model.pointee.network
    let length = model.pointee.pipeline.beatLength
    let beatCount = beats.count / length
    guard let input = inputs.baseAddress, let output = outputs.baseAddress else { throw .argument }
    var first = 0
    while first < beatCount {
      let count = min(batch, beatCount &- first)
      let some = UnsafeBufferPointer(rebasing: beats[first &* length..<(first &+ count) &* length])
      var representations = inputs.mutableSpan
      try model.pointee.representation.write(Span(_unsafeElements: some), into: &representations)
      try network.run(input, batch: count, scratch: scratch, output: output, embedding: embeddings.baseAddress)
      try body(
        UnsafeBufferPointer(start: output, count: count &* model.pointee.personCount),
        UnsafeBufferPointer(start: embeddings.baseAddress, count: count &* network.embeddingCount))
      first &+= count
    }
  }

  /// The last hidden layer's values of each beat, in order. Throws as `forEachBatch`.
  public func forEachEmbedding(
    of beats: UnsafeBufferPointer<Float>, _ body: (UnsafeBufferPointer<Float>) throws(Status) -> Void
  ) throws(Status) {
    let dimensions = model.pointee.network.embeddingCount
    try forEachBatch(of: beats) { (_, embeddings) throws(Status) in
      var start = 0
      while start < embeddings.count {
        try body(UnsafeBufferPointer(rebasing: embeddings[start..<start &+ dimensions]))
        start &+= dimensions
      }
    }
  }

  /// The local outlier factor of each beat. Throws `noOutlierReference`, `argument`.
  public func forEachScore(of beats: UnsafeBufferPointer<Float>, _ body: (Float) -> Void) throws(Status) {
    guard let outliers = model.pointee.outliers else { throw .noOutlierReference }
    if model.pointee.outliersUseEmbedding {
      try forEachBatch(of: beats) { (_, embeddings) throws(Status) in try score(embeddings, outliers, body) }
    } else {
      try requireBeats(beats)
      try score(beats, outliers, body)
    }
  }

  /// The local outlier factor of each of some beats, or embeddings, one after another.
  public func score(
    _ features: UnsafeBufferPointer<Float>, _ outliers: LocalOutlierFactor, _ body: (Float) -> Void
  ) throws(Status) {
    let dimensions = outliers.dimensionCount
    var arena = try Arena(scratch)
    var start = 0
    while start < features.count {
      body(
        try outliers.score(
          UnsafeBufferPointer(rebasing: features[start..<start &+ dimensions]), working: &arena))
      start &+= dimensions
    }
  }

  /// Throws `selfTest` when the file's known input does not give its known output within 1e-4.
  func replayKnownAnswer() throws(Status) {
    let answer = try model.pointee.file.knownAnswer()
    let network = model.pointee.network
    guard let input = answer.input.baseAddress, let output = outputs.baseAddress,
      answer.input.count == network.inputShape.count, answer.output.count == network.outputShape.count
    else { throw .malformed }
    try network.run(input, batch: 1, scratch: scratch, output: output, embedding: nil)
    for person in 0..<answer.output.count {
      let difference = output[person] - answer.output[person]
      guard difference > -1e-4, difference < 1e-4 else { throw .selfTest }
    }
  }

  private func requireBeats(_ beats: UnsafeBufferPointer<Float>) throws(Status) {
    let length = model.pointee.pipeline.beatLength
    guard beats.count > 0, beats.count % length == 0 else { throw .argument }
    // A beat has unit length: anything far from it is not a beat, and might overflow on its way.
    for index in 0..<beats.count {
      guard beats[index] >= -2, beats[index] <= 2 else { throw .argument }
    }
  }
}

/// Recordings too long to be counted are a wrong argument where memory is asked for, not a wrong signal.
func counted(_ count: () throws(Status) -> Int) throws(Status) -> Int {
  do throws(Status) {
    return try count()
  } catch {
    throw error == .signalTooLong ? .argument : error
  }
}

/// Throws `argument` when the product is beyond an `Int`.
func product(_ a: Int, _ b: Int) throws(Status) -> Int {
  let (product, overflow) = a.multipliedReportingOverflow(by: b)
  guard !overflow else { throw .argument }
  return product
}
