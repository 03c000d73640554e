import ECGCore
import ECGIdentity
import ECGModelFile
import ECGNetwork
import ECGSignal

/// Working memory for one thread, and what can be asked of a model with it.
public struct Session {
  /// Beats that run through the network at once, when there is memory for so many.
  public static var largestBatch: Int { 16 }

  let model: UnsafePointer<Model>
  private let longestSeconds: Double
  /// The most beats that one recording can give.
  public let beatCapacity: Int
  private let batch: Int
  private let beats: UnsafeMutableBufferPointer<Float>
  private let peaks: UnsafeMutableBufferPointer<Int>
  private let qualities: UnsafeMutableBufferPointer<BeatQuality>
  private let inputs: UnsafeMutableBufferPointer<Float>
  private let outputs: UnsafeMutableBufferPointer<Float>
  private let embeddings: UnsafeMutableBufferPointer<Float>
  private let joint: UnsafeMutableBufferPointer<Float>
  private let scratch: UnsafeMutableBufferPointer<UInt8>

  /// The shortest duration that a session is made for, in seconds: shorter recordings have no usable beat anyway.
  private static var leastSeconds: Double { 4 }

  /// A session for recordings of up to `longestSeconds` at `samplingRate` Hz. The model and the arena must outlive it.
  ///
  /// - Parameter batch: beats that run at once, 1 to `largestBatch`.
  public init(
    _ model: UnsafePointer<Model>, longestSeconds: Double, samplingRate: Double, batch: Int,
    arena: inout Arena
  ) throws(Status) {
    guard batch >= 1, batch <= Session.largestBatch, longestSeconds > 0, longestSeconds < 1e9 else { throw .argument }
    guard PipelineConfiguration.samplingRates.contains(samplingRate) else { throw .samplingRate }
    self.model = model
    self.batch = batch
    self.longestSeconds = max(longestSeconds, Session.leastSeconds)
    let length = (self.longestSeconds * samplingRate).rounded(.up)
    guard length < Double(Int32.max) || Int.bitWidth > 32 else { throw .argument }
    // One sample more: see `preprocess`.
    let samples = Int(length) &+ 1
    let pipeline = model.pointee.pipeline
    let network = model.pointee.network
    beatCapacity = try pipeline.largestBeatCount(sampleCount: samples, samplingRate: samplingRate)
    beats = try arena.take(Float.self, try Session.product(beatCapacity, pipeline.beatLength))
    peaks = try arena.take(Int.self, beatCapacity)
    qualities = try arena.take(BeatQuality.self, beatCapacity)
    inputs = try arena.take(Float.self, try Session.product(batch, network.inputShape.count))
    outputs = try arena.take(Float.self, try Session.product(batch, network.outputShape.count))
    embeddings = try arena.take(Float.self, try Session.product(batch, network.embeddingCount))
    joint = try arena.take(Float.self, network.outputShape.count)
    var scratchSize = try pipeline.scratchSize(sampleCount: samples, samplingRate: samplingRate)
    scratchSize = max(scratchSize, network.scratchSize(batch: batch))
    if let outliers = model.pointee.outliers {
      scratchSize = max(
        scratchSize, try LocalOutlierFactor.workingMemory(neighbourCount: outliers.neighbourCount))
    }
    scratch = try arena.take(UInt8.self, scratchSize)
  }

  private static func product(_ a: Int, _ b: Int) throws(Status) -> Int {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    guard !overflow else { throw .argument }
    return product
  }

  /// Bytes of the arena that such a session takes.
  public static func memorySize(
    _ model: UnsafePointer<Model>, longestSeconds: Double, samplingRate: Double, batch: Int
  ) throws(Status) -> Int {
    var arena = Arena.measuring()
    _ = try Session(
      model, longestSeconds: longestSeconds, samplingRate: samplingRate, batch: batch, arena: &arena)
    return arena.peak
  }

  // MARK: Recording -> beats

  /// The beats of one lead in millivolts. They stay in the session until the next call: `foundBeats`, `peak(_:)` and
  /// `quality(_:)`.
  ///
  /// - Parameter report: also written when `noBeats` or `poorSignal` is thrown.
  public func preprocess(_ samples: Span<Float>, samplingRate: Double, report: inout PipelineReport) throws(Status) {
    guard PipelineConfiguration.samplingRates.contains(samplingRate) else { throw .samplingRate }
    // One sample more: callers reckon the duration as samples / rate, and that division rounds.
    guard Double(samples.count) <= longestSeconds * samplingRate + 1 else { throw .signalTooLong }
    var arena = try Arena(UnsafeMutableRawBufferPointer(scratch))
    var beats = beats.mutableSpan
    var peaks = peaks.mutableSpan
    var qualities = qualities.mutableSpan
    try model.pointee.pipeline.run(
      samples, samplingRate: samplingRate, arena: &arena, beats: &beats, peaks: &peaks, qualities: &qualities,
      report: &report)
  }

  /// The same, with the report as the result.
  public func preprocess(_ samples: Span<Float>, samplingRate: Double) throws(Status) -> PipelineReport {
    var report = PipelineReport()
    try preprocess(samples, samplingRate: samplingRate, report: &report)
    return report
  }

  /// The beats that the last `preprocess` found, one after another.
  public var foundBeats: UnsafePointer<Float>? { UnsafePointer(beats.baseAddress) }

  /// The R peak of one of them, in samples of the recording.
  public func peak(_ index: Int) -> Int { peaks[index] }

  /// What was measured of one of them.
  public func quality(_ index: Int) -> BeatQuality { qualities[index] }

  // MARK: Beats -> person

  /// Names the person whose beats these are; all decide together.
  ///
  /// - Parameters:
  ///   - beats: a multiple of the beat's length, not empty.
  ///   - probabilities: afterwards holds one probability per person.
  public func identify(_ beats: UnsafeBufferPointer<Float>) throws(Status) -> Decision {
    var decision = JointDecision(joint)
    try forEachBatch(of: beats) { (count) throws(Status) in
      try decision.add(UnsafeBufferPointer(rebasing: outputs[0..<count &* joint.count]))
    }
    return try decision.decide()
  }

  /// The probabilities of everybody that the last `identify` came to.
  public var probabilities: UnsafeBufferPointer<Float> { UnsafeBufferPointer(joint) }

  /// How far these beats lie from those of everybody known: the geometric mean of their local outlier factors.
  public func outlierScore(_ beats: UnsafeBufferPointer<Float>) throws(Status) -> Float {
    guard let outliers = model.pointee.outliers else { throw .noOutlierReference }
    var joint = JointOutlierScore()
    let dimensions = outliers.dimensionCount
    if model.pointee.outliersUseEmbedding {
      try forEachBatch(of: beats) { (count) throws(Status) in
        try add(UnsafeBufferPointer(rebasing: embeddings[0..<count &* dimensions]), to: &joint, outliers)
      }
    } else {
      try requireBeats(beats)
      try add(beats, to: &joint, outliers)
    }
    return try joint.score()
  }

  private func add(
    _ features: UnsafeBufferPointer<Float>, to joint: inout JointOutlierScore, _ outliers: LocalOutlierFactor
  ) throws(Status) {
    let dimensions = outliers.dimensionCount
    var arena = try Arena(UnsafeMutableRawBufferPointer(scratch))
    var start = 0
    while start < features.count {
      joint.add(
        try outliers.score(
          UnsafeBufferPointer(rebasing: features[start..<start &+ dimensions]), working: &arena))
      start &+= dimensions
    }
  }

  // MARK: Self-test

  /// Throws `digest` when the file's content changed since it was written, `selfTest` when its known input does not
  /// give its known output within 1e-4.
  public func verify() throws(Status) {
    try model.pointee.file.verifyDigest()
    let answer = try model.pointee.file.knownAnswer()
    guard let input = answer.input.baseAddress, let output = outputs.baseAddress,
      answer.input.count == model.pointee.network.inputShape.count, answer.output.count == joint.count
    else { throw .malformed }
    try model.pointee.network.run(
      input, batch: 1, scratch: UnsafeMutableRawBufferPointer(scratch), output: output, embedding: nil)
    for person in 0..<joint.count {
      let difference = output[person] - answer.output[person]
      guard difference > -1e-4, difference < 1e-4 else { throw .selfTest }
    }
  }

  // MARK: Network

  private func requireBeats(_ beats: UnsafeBufferPointer<Float>) throws(Status) {
    let length = model.pointee.pipeline.beatLength
    guard beats.count > 0, beats.count % length == 0 else { throw .argument }
    // A beat has unit length: anything far from it is not a beat, and might overflow on its way.
    for index in 0..<beats.count {
      guard beats[index] >= -2, beats[index] <= 2 else { throw .argument }
    }
  }

  /// Runs the network on all beats, a batch at a time; `body` finds `count` beats' outputs and embeddings in the
  /// session.
  private func forEachBatch(
    of beats: UnsafeBufferPointer<Float>, _ body: (_ count: Int) throws(Status) -> Void
  ) throws(Status) {
    try requireBeats(beats)
    let length = model.pointee.pipeline.beatLength
    let beatCount = beats.count / length
    guard let input = inputs.baseAddress, let output = outputs.baseAddress else { throw .argument }
    var first = 0
    while first < beatCount {
      let count = min(batch, beatCount &- first)
      let some = UnsafeBufferPointer(rebasing: beats[first &* length..<(first &+ count) &* length])
      var representations = inputs.mutableSpan
      try model.pointee.representation.write(Span(_unsafeElements: some), into: &representations)
      try model.pointee.network.run(
        input, batch: count, scratch: UnsafeMutableRawBufferPointer(scratch), output: output,
        embedding: embeddings.baseAddress)
      try body(count)
      first &+= count
    }
  }
}
