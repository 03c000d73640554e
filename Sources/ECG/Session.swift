import ECGCore
import ECGIdentity
import ECGModelFile
import ECGNetwork
import ECGSignal

/// Working memory for one thread, and what can be asked of a model with it.
public struct Session {
  /// Beats that run through the network at once, when there is memory for so many.
  public static var largestBatch: Int { 16 }

  let recogniser: Recogniser
  /// Working memory of `MeanEmbedding`.
  let embeddingSum: UnsafeMutableBufferPointer<Float>
  private let longestSeconds: Double
  /// The most beats that one recording can give.
  public let beatCapacity: Int
  private let beats: UnsafeMutableBufferPointer<Float>
  private let peaks: UnsafeMutableBufferPointer<Int>
  private let qualities: UnsafeMutableBufferPointer<BeatQuality>
  private let joint: UnsafeMutableBufferPointer<Float>

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
    self.longestSeconds = max(longestSeconds, Session.leastSeconds)
    let length = (self.longestSeconds * samplingRate).rounded(.up)
    guard length < Double(Int32.max) || Int.bitWidth > 32 else { throw .argument }
    // One sample more: see `preprocess`.
    let samples = Int(length) &+ 1
    let pipeline = model.pointee.pipeline
    beatCapacity = try counted { () throws(Status) in
      try pipeline.largestBeatCount(sampleCount: samples, samplingRate: samplingRate)
    }
    beats = try arena.take(Float.self, try product(beatCapacity, pipeline.beatLength))
    peaks = try arena.take(Int.self, beatCapacity)
    qualities = try arena.take(BeatQuality.self, beatCapacity)
    joint = try arena.take(Float.self, model.pointee.personCount)
    embeddingSum = try arena.take(Float.self, model.pointee.network.embeddingCount)
    let scratchSize = try counted { () throws(Status) in
      try pipeline.scratchSize(sampleCount: samples, samplingRate: samplingRate)
    }
    recogniser = try Recogniser(model, batch: batch, leastScratch: scratchSize, arena: &arena)
  }

  var model: UnsafePointer<Model> { recogniser.model }

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
    var arena = try Arena(recogniser.scratch)
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

  // MARK: Beats -> person; `noClasses` when the model names nobody by itself

  /// Names the person whose beats these are; all decide together.
  ///
  /// - Parameters:
  ///   - beats: a multiple of the beat's length, not empty.
  ///   - probabilities: afterwards holds one probability per person.
  public func identify(_ beats: UnsafeBufferPointer<Float>) throws(Status) -> Decision {
    try recogniser.requireClasses()
    var decision = JointDecision(joint)
    try recogniser.forEachBatch(of: beats) { (probabilities, _) throws(Status) in try decision.add(probabilities) }
    return try decision.decide()
  }

  /// The probabilities of everybody that the last `identify` came to.
  public var probabilities: UnsafeBufferPointer<Float> { UnsafeBufferPointer(joint) }

  /// How far these beats lie from those of everybody known: the geometric mean of their local outlier factors.
  public func outlierScore(_ beats: UnsafeBufferPointer<Float>) throws(Status) -> Float {
    var joint = JointOutlierScore()
    try recogniser.forEachScore(of: beats) { joint.add($0) }
    return try joint.score()
  }

  /// What `identify` and `outlierScore` say of these beats, from one run of the network. Throws `noOutlierReference`.
  public func recognise(_ beats: UnsafeBufferPointer<Float>) throws(Status) -> (decision: Decision, score: Float) {
    try recogniser.requireClasses()
    guard let outliers = model.pointee.outliers else { throw .noOutlierReference }
    let usesEmbedding = model.pointee.outliersUseEmbedding
    var decision = JointDecision(joint)
    var score = JointOutlierScore()
    try recogniser.forEachBatch(of: beats) { (probabilities, embeddings) throws(Status) in
      try decision.add(probabilities)
      if usesEmbedding { try recogniser.score(embeddings, outliers) { score.add($0) } }
    }
    if !usesEmbedding { try recogniser.forEachScore(of: beats) { score.add($0) } }
    return (try decision.decide(), try score.score())
  }

  // MARK: Self-test

  /// Throws `digest` when the file's content changed since it was written, `selfTest` when its known input does not
  /// give its known output within 1e-4.
  public func verify() throws(Status) {
    try model.pointee.file.verifyDigest()
    try recogniser.replayKnownAnswer()
  }
}
