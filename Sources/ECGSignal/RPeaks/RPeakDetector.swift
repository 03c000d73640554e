import ECGCore

/// An R peak.
public struct RPeak: Equatable, Sendable, BitwiseCopyable {
  /// Samples since the start of the signal.
  public var position: Int64
  /// From 0 (a guess) to 1 (no doubt).
  public var confidence: Float

  public init(position: Int64, confidence: Float) {
    self.position = position
    self.confidence = confidence
  }
}

/// Finds R peaks in a signal that comes sample by sample, in fixed memory and with a bounded delay.
///
///     var detector = try RPeakDetector(samplingRate: 360, arena: &arena)
///     for sample in signal {
///       detector.push(sample)
///       while let peak = detector.next() { … }
///     }
///     detector.finish()
///     while let peak = detector.next() { … }
///
/// The signal may be raw: any baseline, amplitude and polarity, mains hum, missing samples. A recording as a whole takes
/// the same way (`detect`), so that its answers are those of the stream, whatever pieces it comes in.
///
/// 1. `SignalIntake` bridges missing samples, `SpikeRemoval` takes out the spikes of a pacemaker, and the rate is reduced
///    to 100 … 200 Hz.
/// 2. `QRSEnvelope` measures how much of a QRS complex there is at each instant; `QRSCandidates` picks its maxima.
/// 3. `RPeakLocation` finds each candidate's R peak in the signal itself.
/// 4. `BeatPath` chooses, out of the candidates of the last seconds, those that together make the best series of beats:
///    tall against their surroundings on both sides in time, and in a rhythm that a heart can have. Nothing has to be
///    learnt first: the first beats of a signal are judged when those after them are known.
public struct RPeakDetector: ~Copyable {
  /// No two R peaks lie closer than this, in seconds.
  public static var refractoryPeriod: Double { 0.2 }
  /// An R peak is told no later than this, in seconds, after its sample was pushed.
  public static var latency: Double { 5 }
  /// The most R peaks that one `push` of one sample can make ready, and the most that `finish` can.
  public static var mostPerSample: Int { 4 }
  public static var mostAtFinish: Int { 32 }

  private var intake: SignalIntake
  private var spikes: SpikeRemoval
  private var envelope: QRSEnvelope
  private var candidates: QRSCandidates
  private var location: RPeakLocation
  private var path: BeatPath
  /// Samples pushed, and samples of the envelope seen.
  private var sampleCount: Int64 = 0
  private var time: Int64
  public private(set) var isFinished = false

  /// A detector for samples at `samplingRate` Hz, 50 to 10,000 (`samplingRate` is thrown otherwise), that lives in
  /// `memorySize` bytes of the arena.
  public init(samplingRate: Double, arena: inout Arena) throws(Status) {
    guard PipelineConfiguration.samplingRates.contains(samplingRate) else { throw .samplingRate }
    let step = SignalIntake.step(samplingRate)
    let rate = samplingRate / Double(step)
    let envelope = try QRSEnvelope(samplingRate: rate, arena: &arena)
    let candidates = try QRSCandidates(samplingRate: rate, arena: &arena)
    let location = try RPeakLocation(
      samplingRate: samplingRate, delay: (envelope.delay + candidates.separation + 2) * step, arena: &arena)
    let spikes = try SpikeRemoval(samplingRate: samplingRate, arena: &arena)
    let refractory = wholeNumber((Self.refractoryPeriod * samplingRate).rounded(.up))
    let path = try BeatPath(samplingRate: rate, refractory: refractory, arena: &arena)
    intake = SignalIntake(step: step)
    self.spikes = spikes
    self.envelope = envelope
    self.candidates = candidates
    self.location = location
    self.path = path
    time = -Int64(envelope.delay)
  }

  /// The bytes of an arena that a detector takes.
  public static func memorySize(samplingRate: Double) throws(Status) -> Int {
    var arena = Arena.measuring()
    _ = try RPeakDetector(samplingRate: samplingRate, arena: &arena)
    return arena.peak
  }

  /// Takes the next sample, in millivolts; NaN, infinite or absurd values count as missing.
  ///
  /// R peaks that are certain now are fetched with `next()`, before the next sample is pushed.
  @inline(__always)
  public mutating func push(_ sample: Float) {
    guard !isFinished else { return }
    take(sample)
  }

  /// The next R peak in order, or nil when more samples are needed.
  public mutating func next() -> RPeak? { path.next() }

  /// Ends the signal: the R peaks that were still in doubt are decided. Samples pushed afterwards are ignored.
  public mutating func finish() {
    guard !isFinished else { return }
    isFinished = true
    path.end(at: sampleCount)
    // Hold the last value until the last candidate is known.
    for _ in 0..<(envelope.delay + candidates.separation + 3) * intake.step + spikes.delay { take(.nan) }
    path.decideAll(now: time)
  }

  @inline(__always)
  private mutating func take(_ sample: Float) {
    let whole = intake.bridged(sample)
    sampleCount &+= 1
    guard let value = spikes.removed(whole, beatHeight: path.usualHeight) else { return }
    location.push(value)
    if let reduced = intake.reduced(value) { advance(reduced) }
  }

  private mutating func advance(_ value: Float) {
    path.see(signal: value)
    let height = envelope.push(value)
    let now = time
    time &+= 1
    guard now >= 0 else { return }
    path.see(envelope: height)
    if var candidate = candidates.push(height, at: now) {
      // A reduced sample stands for the instant between two steps.
      let centre = candidate.time &* Int64(intake.step)
      if !location.isSpike(near: centre, height: candidate.height) {
        candidate.peak = location.peak(near: centre)
        path.add(candidate)
      }
    }
    path.decide(now: now)
  }
}

// MARK: - Whole signals and pieces of one

extension RPeakDetector {
  /// The most R peaks that pushing `count` samples at `samplingRate` Hz can give; with `isLast`, `finish` included.
  public static func largestPeakCount(_ count: Int, samplingRate: Double, isLast: Bool) -> Int {
    let most = wholeNumber((Double(max(0, count)) / samplingRate / refractoryPeriod).rounded(.up))
    return most &+ mostPerSample &+ (isLast ? mostAtFinish : 0)
  }

  /// Takes the next samples; `peaks` receives the R peaks that are certain now. Returns how many.
  ///
  /// `peaks` needs room for `largestPeakCount`; R peaks that find none are lost.
  public mutating func push(_ samples: UnsafeBufferPointer<Float>, into peaks: UnsafeMutableBufferPointer<RPeak>) -> Int
  {
    var count = 0
    for i in 0..<samples.count {
      push(samples[i])
      fetch(into: peaks, &count)
    }
    return count
  }

  /// Ends the signal; `peaks` receives the last R peaks. Returns how many.
  public mutating func finish(into peaks: UnsafeMutableBufferPointer<RPeak>) -> Int {
    var count = 0
    finish()
    fetch(into: peaks, &count)
    return count
  }

  @inline(__always)
  private mutating func fetch(into peaks: UnsafeMutableBufferPointer<RPeak>, _ count: inout Int) {
    while let peak = next() {
      guard count < peaks.count else { continue }
      peaks[count] = peak
      count &+= 1
    }
  }

  /// The R peaks of a whole signal: `peaks` receives them in order. Returns how many.
  ///
  /// Throws `samplingRate`, and `bufferTooSmall` when the arena is, or `peaks` holds less than one per refractory period.
  public static func detect(
    _ signal: Span<Float>, samplingRate: Double, into peaks: inout MutableSpan<RPeak>, arena: inout Arena
  ) throws(Status) -> Int {
    let mark = arena.mark
    defer { arena.rewind(to: mark) }
    var detector = try RPeakDetector(samplingRate: samplingRate, arena: &arena)
    guard !arena.isMeasuring else { return 0 }
    let refractory = wholeNumber((refractoryPeriod * samplingRate).rounded(.up))
    guard signal.count == 0 || peaks.count >= (signal.count - 1) / refractory + 1 else { throw .bufferTooSmall }
    return signal.withUnsafeBufferPointer { samples in
      peaks.withUnsafeMutableBufferPointer { output in
        let count = detector.push(samples, into: output)
        let rest = UnsafeMutableBufferPointer(start: output.baseAddress.map { $0 + count }, count: output.count - count)
        return count + detector.finish(into: rest)
      }
    }
  }
}
