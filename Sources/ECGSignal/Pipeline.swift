import ECGCore

/// From a recording to beats: missing samples bridged → resampled → cleaned (baseline removed and SASS, or band-pass)
/// → R peaks → aligned → cut → smoothed → unit length.
///
/// Trainer and device run this same code, so a network meets on the device what it was trained on.
public struct Pipeline {
  public let configuration: PipelineConfiguration
  /// Samples per beat, at the model's rate.
  public let beatLength: Int

  private let detector: PanTompkins
  private let smoother: SavitzkyGolay
  private let alignment: PeakAlignment
  private let selection: BeatSelection

  /// Throws `configuration` when a field is out of range.
  public init(_ configuration: PipelineConfiguration) throws(Status) {
    try configuration.validate()
    self.configuration = configuration
    beatLength = configuration.beatLength
    detector = try PanTompkins(samplingRate: configuration.samplingRate)
    smoother = try SavitzkyGolay(configuration)
    alignment = PeakAlignment(search: configuration.samples(configuration.peakSearch))
    selection = BeatSelection(configuration)
  }

  // MARK: Sizes

  /// The most beats and peaks that a recording can give: one per refractory period of 0.2 s.
  ///
  /// Throws as `run` does for the rate and for a signal too short or too long.
  public func largestBeatCount(sampleCount: Int, samplingRate: Double) throws(Status) -> Int {
    detector.largestPeakCount(try resampledCount(sampleCount, samplingRate))
  }

  /// The most beats whose R peaks lie within any `seconds` of a longer recording: after the refractory period in which
  /// complexes are found, R peaks may move towards each other.
  public func largestBeatCount(inSeconds seconds: Double) -> Int {
    let moved = 2 * (configuration.peakSearch + 3 * configuration.alignmentSearch)
    return wholeNumber((max(0, seconds) + moved) / PanTompkins.refractoryPeriod) + 2
  }

  /// The bytes of an arena that `run` needs, exactly.
  ///
  /// Throws as `run` does for the rate and for a signal too short or too long.
  public func scratchSize(sampleCount: Int, samplingRate: Double) throws(Status) -> Int {
    let count = try resampledCount(sampleCount, samplingRate)
    var arena = Arena.measuring()
    var report = PipelineReport()
    let none = UnsafeBufferPointer<Float>(start: nil, count: 0)
    _ = try prepare(none, sampleCount, count, samplingRate, 0..<0, &arena, &report)
    return arena.peak
  }

  private func resampledCount(_ sampleCount: Int, _ samplingRate: Double) throws(Status) -> Int {
    let resampler = try Resampler(from: samplingRate, to: configuration.samplingRate)
    guard sampleCount >= 0 else { throw .argument }
    let count = try resampler.outputCount(sampleCount)
    guard count <= Int.max >> 12, sampleCount <= Int.max >> 12 else { throw .signalTooLong }
    guard count >= max(max(detector.shortest, beatLength), try frontEndShortest()) else { throw .signalTooShort }
    return count
  }

  private func frontEndShortest() throws(Status) -> Int {
    switch configuration.frontEnd {
    case .sass:
      if let baseline = try baselineRemoval() { max(SASS.shortest, baseline.shortest) } else { SASS.shortest }
    case .bandPass: try BandPass(configuration).shortest
    }
  }

  private func baselineRemoval() throws(Status) -> BaselineRemoval? {
    guard configuration.baselineCutoff > 0 else { return nil }
    return try BaselineRemoval(cutoff: configuration.baselineCutoff / configuration.samplingRate)
  }

  // MARK: Running

  /// Cuts a recording into beats.
  ///
  /// - Parameters:
  ///   - samples: millivolts; NaN, infinite or absurd values count as missing
  ///   - samplingRate: of `samples`, 50 to 10,000 Hz
  ///   - core: a part of `samples`: beats whose R peak lies outside help to judge those inside, but are neither given
  ///     nor counted; nil for all
  ///   - arena: at least `scratchSize` bytes, given back at the end
  ///   - beats: receives beat after beat, `beatLength` values of unit Euclidean norm each
  ///   - peaks: receives each beat's R peak as a position in `samples`
  ///   - qualities: receives what was measured of each beat, when there is room for all
  ///   - report: also written when `noBeats` or `poorSignal` is thrown: it says why
  ///
  /// Other outputs are written only on success. Throws `samplingRate`, `signalTooShort` (below about one second),
  /// `signalTooLong`, `missingSamples` (half of them or more), `flatSignal`, `noBeats`, `poorSignal` (there are beats,
  /// but too few or too bad ones to trust the recording), or `bufferTooSmall` when the arena or an output is.
  public func run(
    _ samples: Span<Float>, samplingRate: Double, core: Range<Int>? = nil, arena: inout Arena,
    beats: inout MutableSpan<Float>, peaks: inout MutableSpan<Int>, qualities: inout MutableSpan<BeatQuality>,
    report: inout PipelineReport
  ) throws(Status) {
    let mark = arena.mark
    defer { arena.rewind(to: mark) }
    var found = PipelineReport()
    let judged = try judge(samples, samplingRate: samplingRate, core: core, arena: &arena, report: &found)
    guard found.beatCount > 0, found.fault == .none else {
      report = found
      throw found.fault == .none ? .noBeats : .poorSignal
    }
    guard peaks.count >= found.beatCount, beats.count / beatLength >= found.beatCount else { throw .bufferTooSmall }
    report = found
    let givesQualities = qualities.count >= found.beatCount
    var written = 0
    for k in 0..<judged.count where judged.quality(k).fault == .none {
      peaks[written] = judged.peak(k)
      if givesQualities { qualities[written] = judged.quality(k) }
      beats.withUnsafeMutableBufferPointer { judged.cut(k, into: part($0, written * beatLength, beatLength)) }
      written += 1
    }
  }

  /// Cuts a recording into beats, without what was measured of each.
  public func run(
    _ samples: Span<Float>, samplingRate: Double, arena: inout Arena, beats: inout MutableSpan<Float>,
    peaks: inout MutableSpan<Int>
  ) throws(Status) -> PipelineReport {
    var report = PipelineReport()
    var qualities = MutableSpan<BeatQuality>()
    try run(
      samples, samplingRate: samplingRate, arena: &arena, beats: &beats, peaks: &peaks, qualities: &qualities,
      report: &report)
    return report
  }

  /// All beats of a recording, usable or not. They lie in the arena that `judge` was given.
  public struct JudgedBeats {
    fileprivate let pipeline: Pipeline
    fileprivate let signal: UnsafeMutableBufferPointer<Float>
    fileprivate let peaks: UnsafeMutableBufferPointer<Int>
    fileprivate let qualities: UnsafeMutableBufferPointer<BeatQuality>
    fileprivate let smoothing: UnsafeMutableBufferPointer<Double>
    public fileprivate(set) var count = 0
    fileprivate var sampleCount = 0
    /// Samples of the recording per sample of the cleaned signal.
    fileprivate var toInput = 1.0

    /// The R peak of one beat, as a position in the recording.
    public func peak(_ index: Int) -> Int { min(sampleCount - 1, wholeNumber(Double(peaks[index]) * toInput)) }

    /// What was measured of one beat; its fault is `none` when it is usable.
    public func quality(_ index: Int) -> BeatQuality { qualities[index] }

    /// Writes a usable beat: `beatLength` values of unit Euclidean norm.
    public func cut(_ index: Int, into beat: UnsafeMutableBufferPointer<Float>) {
      let first = peaks[index] - pipeline.selection.before
      guard first >= 0, first <= signal.count - pipeline.beatLength, beat.count >= pipeline.beatLength else { return }
      let source = part(UnsafeBufferPointer(signal), first, pipeline.beatLength)
      pipeline.smoother.smooth(source, table: smoothing, into: beat)
      Normalisation.unitLength(beat)
    }
  }

  /// Finds a recording's beats and judges them: `run` without what it leaves out being gone.
  ///
  /// The beats lie in the arena, which the caller rewinds when they are no longer needed. Throws as `run` does, but for
  /// `noBeats` and `poorSignal`, which can be told from the report.
  public func judge(
    _ samples: Span<Float>, samplingRate: Double, core: Range<Int>? = nil, arena: inout Arena,
    report: inout PipelineReport
  ) throws(Status) -> JudgedBeats {
    let count = try resampledCount(samples.count, samplingRate)
    guard !arena.isMeasuring else { throw .argument }
    return try samples.withUnsafeBufferPointer { source throws(Status) -> JudgedBeats in
      try prepare(source, samples.count, count, samplingRate, core ?? 0..<samples.count, &arena, &report)
    }
  }

  /// Everything before beats are written. With a measuring arena it only takes the memory.
  private func prepare(
    _ samples: UnsafeBufferPointer<Float>, _ sampleCount: Int, _ count: Int, _ samplingRate: Double,
    _ core: Range<Int>, _ arena: inout Arena, _ report: inout PipelineReport
  ) throws(Status) -> JudgedBeats {
    let signal = try arena.take(Float.self, count)
    try resample(samples, sampleCount, samplingRate, into: signal, &arena)
    let peaks = try arena.take(Int.self, detector.largestPeakCount(count))
    let complexes = try detectInRaw(signal, count, into: peaks, &arena)
    try clean(signal, count, &arena, &report)
    let found = try detect(signal, count, complexes: complexes, into: peaks, &arena)
    let workspace = try BeatSelection.Workspace(
      peaks: detector.largestPeakCount(count), beatLength: beatLength, arena: &arena)
    let smoothing = try arena.take(Double.self, smoother.tableCount)
    var judged = JudgedBeats(
      pipeline: self, signal: signal, peaks: peaks, qualities: workspace.qualities, smoothing: smoothing)
    guard !arena.isMeasuring else { return judged }
    smoother.fill(smoothing)
    let toModel = configuration.samplingRate / samplingRate
    let first = wholeNumber(Double(core.lowerBound) * toModel)
    let end = core.upperBound >= sampleCount ? Int.max : wholeNumber(Double(core.upperBound) * toModel)
    judged.count = selection.assess(
      RawSignal(samples, rate: samplingRate, modelRate: configuration.samplingRate), UnsafeBufferPointer(signal),
      peaks, count: found, core: first..<max(first, end), workspace, report: &report)
    judged.sampleCount = sampleCount
    judged.toInput = samplingRate / configuration.samplingRate
    return judged
  }

  private func resample(
    _ samples: UnsafeBufferPointer<Float>, _ sampleCount: Int, _ samplingRate: Double,
    into signal: UnsafeMutableBufferPointer<Float>, _ arena: inout Arena
  ) throws(Status) {
    let mark = arena.mark
    defer { arena.rewind(to: mark) }
    let resampler = try Resampler(from: samplingRate, to: configuration.samplingRate)
    let bridged = try arena.take(Float.self, sampleCount)
    let table = try arena.take(Float.self, resampler.tableCount)
    guard !arena.isMeasuring else { return }
    try MissingSamples.bridge(samples, into: bridged)
    var (low, high) = (Float.infinity, -Float.infinity)
    for value in bridged {
      low = min(low, value)
      high = max(high, value)
    }
    guard high - low > 1e-6 else { throw .flatSignal }
    resampler.fill(table)
    resampler.resample(UnsafeBufferPointer(bridged), table: table, into: signal, count: signal.count)
  }

  private func clean(
    _ signal: UnsafeMutableBufferPointer<Float>, _ count: Int, _ arena: inout Arena, _ report: inout PipelineReport
  ) throws(Status) {
    let mark = arena.mark
    defer { arena.rewind(to: mark) }
    switch configuration.frontEnd {
    case .sass:
      if let baseline = try baselineRemoval() {
        let workspace = try baseline.workspace(count: count, arena: &arena)
        if !arena.isMeasuring { baseline.filter(signal, workspace) }
        arena.rewind(to: mark)
      }
      let sass = try SASS(configuration)
      let workspace = try SASS.Workspace(count: count, order: sass.order, arena: &arena)
      guard !arena.isMeasuring else { return }
      let moments = Normalisation.moments(signal)
      guard moments.deviation > 0 else { throw .flatSignal }
      Normalisation.standardise(signal, moments)
      let result = sass.smooth(signal, workspace)
      Normalisation.restore(signal, moments)
      report.sassIterations = result.iterations
      report.converged = result.converged
    case .bandPass:
      let filter = try BandPass(configuration)
      let workspace = try filter.workspace(count: count, arena: &arena)
      guard !arena.isMeasuring else { return }
      filter.filter(signal, workspace)
    }
  }

  /// The complexes that a detector for raw signals finds; nil when the detector wants the signal cleaned first.
  private func detectInRaw(
    _ signal: UnsafeMutableBufferPointer<Float>, _ count: Int, into peaks: UnsafeMutableBufferPointer<Int>,
    _ arena: inout Arena
  ) throws(Status) -> Int? {
    guard configuration.detector == .beatPath else { return nil }
    let mark = arena.mark
    defer { arena.rewind(to: mark) }
    var detector = try RPeakDetector(samplingRate: configuration.samplingRate, arena: &arena)
    var found = 0
    guard !arena.isMeasuring else { return found }
    for i in 0...count {
      if i < count { detector.push(signal[i]) } else { detector.finish() }
      while let peak = detector.next() {
        guard found < peaks.count else { break }
        peaks[found] = Int(truncatingIfNeeded: peak.position)
        found += 1
      }
    }
    return found
  }

  private func detect(
    _ signal: UnsafeMutableBufferPointer<Float>, _ count: Int, complexes: Int?,
    into peaks: UnsafeMutableBufferPointer<Int>, _ arena: inout Arena
  ) throws(Status) -> Int {
    let mark = arena.mark
    defer { arena.rewind(to: mark) }
    let template = try arena.take(Float.self, beatLength)
    let cleaned = UnsafeBufferPointer(signal)
    let inCleaned = complexes == nil ? try detectInCleaned(cleaned, count, into: peaks, &arena) : 0
    let complexes = complexes ?? inCleaned
    guard !arena.isMeasuring else { return 0 }
    let inverted = alignment.isInverted(cleaned, peaks, count: complexes)
    let found = alignment.refine(cleaned, peaks, count: complexes, inverted: inverted)
    alignment.alignToMean(
      cleaned, peaks, count: found, inverted: inverted, before: selection.before, after: selection.after,
      reach: configuration.samples(configuration.alignmentSearch), template: template)
    return found
  }

  private func detectInCleaned(
    _ signal: UnsafeBufferPointer<Float>, _ count: Int, into peaks: UnsafeMutableBufferPointer<Int>,
    _ arena: inout Arena
  ) throws(Status) -> Int {
    let workspace = try PanTompkins.Workspace(count: count, detector, arena: &arena)
    guard !arena.isMeasuring else { return 0 }
    return detector.detect(signal, workspace, into: peaks)
  }
}
