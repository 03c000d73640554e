import ECGCore
import ECGIdentity
import ECGModelFile
import ECGNetwork
import ECGSignal

/// Recognises a person in samples as they come, in fixed memory.
///
/// Every `interval` seconds the last `window` seconds are judged by the pipeline exactly as a recording of that length is.
/// Beats that have `lookahead` seconds of signal behind them are told then, once each. The usable ones go through the
/// network, and the last `beatCount` of those decide together. With a gallery they are compared with its templates, too.
///
/// What is told depends on the samples alone, not on the pieces that they come in.
public struct RecognitionStream {
  /// In seconds, but for `beatCount`.
  public struct Options: Equatable, Sendable {
    /// Signal in which beats are judged: at least what `validate` asks for, at most 60.
    public var window = 10.0
    /// From one judgement to the next, 0.1 to 10.
    public var interval = 1.0
    /// Signal behind a beat that is waited for, up to 5; 0 for `defaultLookahead` or what the model's beats need.
    public var lookahead = 0.0
    /// Usable beats that decide together, the last ones: 1 to 1000.
    public var beatCount = 16

    public init() {}
  }

  /// What a stream has to tell.
  public struct Event: Equatable, Sendable {
    public enum Kind: Int32, Sendable { case none, beat, signal }

    public var kind: Kind
    /// Of the R peak, or of the judged window's end; in samples since the start.
    public var position: Int64
    /// Of the beat, or of the window; 0 to 1.
    public var quality: Float
    /// Why the beat is left out, or what spoils the window.
    public var fault: SignalFault
  }

  /// Who the last usable beats speak for.
  public struct Identity: Equatable, Sendable {
    public var beatCount = 0
    public var person = -1
    public var probability: Float = 0
    /// 0 when the model has no outlier reference.
    public var outlierScore: Float = 0
  }

  private static var defaultLookahead: Double { 1 }
  /// The first judgement waits for so many seconds, or for a whole window; after signal of which nothing could be told,
  /// beats are told from so far back.
  private static var firstWindow: Double { 5 }
  /// Where exactly an R peak lies depends a little on the beats around it: one near the border between two judgements is
  /// looked for this far beyond it, in seconds …
  private static var seam: Double { 0.02 }
  /// … and is the same as the last one when closer than this.
  private static var sameBeat: Double { 0.2 }

  private let recogniser: Recogniser
  private let samplingRate: Double
  private let lookahead: Int64
  private let reach: Int64
  private let seam: Int64
  private let sameBeat: Int64
  private var window: StreamWindow
  private var recent: RecentBeats
  private var enrolled: StreamGallery

  /// Beats that were judged and not told yet, and the values of those that are usable.
  private struct PendingBeat: BitwiseCopyable {
    var position: Int64
    var quality: Float
    var fault: SignalFault
  }
  private let pending: UnsafeMutableBufferPointer<PendingBeat>
  private let values: UnsafeMutableBufferPointer<Float>
  private var pendingFirst = 0
  private var pendingCount = 0
  private var signalEvent: Event?

  /// Beats before this position were told, or never will be.
  private var toldUntil: Int64 = 0
  private var lastTold = Int64.min / 2
  private var lastUsable = Int64.min / 2
  public private(set) var isFinished = false
  private var hasEnded = false

  /// What the pipeline says of the last window: `noBeats`, `poorSignal`, `flatSignal`, `missingSamples`,
  /// `signalTooShort`, or nil when it is fine or none was judged yet.
  public private(set) var signalStatus: Status?
  private var signalFault = SignalFault.none
  private var wasJudged = false
  /// Who it is so far.
  public private(set) var identity = Identity()
  /// The values of the beat that was told last, when it was usable.
  public private(set) var lastBeat: UnsafeBufferPointer<Float>?

  /// A stream of samples at `samplingRate` Hz. The model and the arena must outlive it.
  public init(
    _ model: UnsafePointer<Model>, samplingRate: Double, options: Options = Options(), arena: inout Arena
  ) throws(Status) {
    guard PipelineConfiguration.samplingRates.contains(samplingRate) else { throw .samplingRate }
    let pipeline = model.pointee.pipeline
    let lookaheadSeconds = try Self.lookahead(options, pipeline.configuration)
    func samples(_ seconds: Double) -> Int { Int((seconds * samplingRate).rounded()) }
    self.samplingRate = samplingRate
    let length = samples(options.window)
    let least = min(samples(Self.firstWindow), length)
    let interval = samples(options.interval)
    lookahead = Int64(samples(lookaheadSeconds))
    reach = Int64(max(least, interval)) + lookahead
    seam = Int64(samples(Self.seam))
    sameBeat = Int64(samples(Self.sameBeat))
    window = try StreamWindow(length: length, interval: interval, least: least, arena: &arena)
    recent = try RecentBeats(capacity: options.beatCount, persons: model.pointee.personCount, arena: &arena)
    enrolled = try StreamGallery(dimensions: model.pointee.network.embeddingCount, arena: &arena)
    let most = pipeline.largestBeatCount(inSeconds: Double(reach &+ seam) / samplingRate)
    pending = try arena.take(PendingBeat.self, most)
    values = try arena.take(Float.self, most &* pipeline.beatLength)
    recogniser = try Recogniser(
      model, batch: 1, leastScratch: try pipeline.scratchSize(sampleCount: length, samplingRate: samplingRate),
      arena: &arena)
  }

  /// Bytes of the arena that such a stream takes.
  public static func memorySize(
    _ model: UnsafePointer<Model>, samplingRate: Double, options: Options = Options()
  ) throws(Status) -> Int {
    var arena = Arena.measuring()
    _ = try RecognitionStream(model, samplingRate: samplingRate, options: options, arena: &arena)
    return arena.peak
  }

  /// Checks the options and returns the lookahead in seconds; throws `argument`.
  private static func lookahead(_ options: Options, _ configuration: PipelineConfiguration) throws(Status) -> Double {
    // A beat's window, and how far its R peak may still move, must lie in the signal that was waited for.
    let least = configuration.beatAfter + configuration.peakSearch + 3 * configuration.alignmentSearch
    let lookahead = options.lookahead == 0 ? max(defaultLookahead, least) : options.lookahead
    guard lookahead >= least, lookahead <= 5, options.interval >= 0.1, options.interval <= 10,
      options.window >= lookahead + options.interval + configuration.beatBefore + 1, options.window <= 60,
      (1...1000).contains(options.beatCount)
    else { throw .argument }
    return lookahead
  }

  /// Forgets everything but the gallery, as if the stream were new.
  public mutating func reset() {
    window.restart()
    recent.forget()
    enrolled.restart()
    (pendingFirst, pendingCount, signalEvent) = (0, 0, nil)
    (toldUntil, lastTold, lastUsable) = (0, Int64.min / 2, Int64.min / 2)
    (isFinished, hasEnded, wasJudged) = (false, false, false)
    (signalStatus, signalFault, identity, lastBeat) = (nil, .none, Identity(), nil)
  }

  // MARK: Samples in

  /// Samples since the start, missing ones included.
  public var position: Int64 { window.position }

  /// How many samples `push` would take now: at least those of one interval once `next` has told everything.
  public var room: Int { isFinished ? 0 : window.room }

  /// Takes as many of the next samples (mV, NaN where missing) as there is room for. Returns how many.
  ///
  /// Throws `argument` after `finish`.
  public mutating func push(_ samples: UnsafeBufferPointer<Float>) throws(Status) -> Int {
    guard !isFinished else { throw .argument }
    return window.push(samples)
  }

  /// As if `count` missing samples were pushed; however many there are, it takes little time.
  ///
  /// Throws `argument` for a negative count, one beyond 2^62 samples in all, and after `finish`.
  public mutating func skip(_ count: Int64) throws(Status) {
    guard !isFinished, count >= 0, count <= Int64.max / 2 &- position else { throw .argument }
    window.skip(count)
  }

  /// Ends the signal: `next` tells the rest.
  public mutating func finish() { isFinished = true }

  // MARK: Events out

  /// The next event, of kind `none` when more samples are needed.
  ///
  /// Throws `argument` when a usable beat's probabilities are not numbers; the beat is then passed over.
  public mutating func next() throws(Status) -> Event {
    while true {
      if let event = signalEvent {
        signalEvent = nil
        return event
      }
      if pendingFirst < pendingCount { return try nextBeat() }
      if !hasEnded, window.isComplete {
        judge()
        window.advance()
      } else if isFinished, !hasEnded, window.isCaughtUp {
        window.close()
        hasEnded = true
        judge()
      } else {
        return Event(kind: .none, position: position, quality: 0, fault: signalFault)
      }
    }
  }

  private mutating func nextBeat() throws(Status) -> Event {
    let beat = pending[pendingFirst]
    let length = recogniser.model.pointee.pipeline.beatLength
    let start = pendingFirst &* length
    pendingFirst &+= 1
    lastBeat = nil
    if beat.fault == .none {
      let cut = UnsafeBufferPointer(rebasing: values[start..<start &+ length])
      try recognise(cut)
      lastBeat = cut
      lastUsable = beat.position
    }
    return Event(kind: .beat, position: beat.position, quality: beat.quality, fault: beat.fault)
  }

  private mutating func recognise(_ beat: UnsafeBufferPointer<Float>) throws(Status) {
    let model = recogniser.model
    try recogniser.forEachBatch(of: beat) { (probabilities, embeddings) throws(Status) in
      var score: Float = 1
      if let outliers = model.pointee.outliers {
        try recogniser.score(model.pointee.outliersUseEmbedding ? embeddings : beat, outliers) { score = $0 }
      }
      try recent.add(probabilities, score: score)
      try enrolled.add(embeddings, model.pointee.verification, scratch: recogniser.scratch)
    }
    identity = Identity(
      beatCount: recent.count, outlierScore: model.pointee.outliers == nil ? 0 : try recent.outlierScore())
    if let decision = try recent.decide() {
      (identity.person, identity.probability) = (decision.person, decision.probability)
    }
  }

  /// Outlier scores above it are a stranger's; nil when the model has no outlier reference.
  public var outlierThreshold: Float? { recogniser.model.pointee.outlierReference?.threshold }

  /// The probabilities of everybody that `identity` rests on; without meaning while it rests on no beat.
  public var probabilities: UnsafeBufferPointer<Float> { UnsafeBufferPointer(recent.probabilities) }

  // MARK: Galleries

  /// Compares the usable beats from now on with all templates of a gallery, or with those of `person`; nil: no longer.
  /// The gallery must outlive the stream, or that.
  ///
  /// Throws `otherModel` for embeddings of another length.
  public mutating func compare(with gallery: UnsafePointer<Gallery>?, person: PersonName? = nil) throws(Status) {
    try enrolled.compare(with: gallery, person: person)
  }

  /// Whether the beats are compared with a gallery.
  public var hasGallery: Bool { enrolled.gallery != nil }

  /// What the comparison has come to.
  public var match: GalleryAnswer { enrolled.answer }

  /// Who was accepted.
  public var acceptedPerson: PersonName? { enrolled.acceptedPerson }

  /// Adds a template to a gallery, made of the usable beats since the identity began, the first `StreamGallery.mostBeats`
  /// of them. Returns how many they are.
  ///
  /// Throws `noBeats`, `otherModel` for embeddings of another length, `bufferTooSmall` when the gallery is full.
  public func enrol(_ name: PersonName, in gallery: inout Gallery) throws(Status) -> Int {
    try enrolled.enrol(name, in: &gallery)
  }

  var model: UnsafePointer<Model> { recogniser.model }

  // MARK: Judging a window

  private mutating func judge() {
    let samples = window.samples
    let first = window.start
    var report = PipelineReport()
    var status: Status?
    (pendingFirst, pendingCount, lastBeat) = (0, 0, nil)
    do throws(Status) {
      var arena = try Arena(recogniser.scratch)
      let beats = try recogniser.model.pointee.pipeline.judge(
        Span(_unsafeElements: samples), samplingRate: samplingRate, arena: &arena, report: &report)
      if report.fault != .none { status = .poorSignal } else if report.beatCount == 0 { status = .noBeats }
      take(beats, of: report)
    } catch {
      status = error
    }
    let forgets = recent.count > 0 && lastUsable < first
    if forgets {
      recent.forget()
      enrolled.restart()
      identity = Identity()
    }
    if forgets || !wasJudged || status != signalStatus || report.fault != signalFault {
      signalEvent = Event(kind: .signal, position: window.end, quality: report.quality, fault: report.fault)
    }
    (wasJudged, signalStatus, signalFault) = (true, status, report.fault)
  }

  /// Takes the beats of the judged window that are to be told now.
  private mutating func take(_ beats: Pipeline.JudgedBeats, of report: PipelineReport) {
    let length = recogniser.model.pointee.pipeline.beatLength
    let end = hasEnded ? window.end : window.end &- lookahead
    let start = max(toldUntil, window.end &- reach)
    let previous = lastTold
    for index in 0..<beats.count {
      let position = window.start &+ Int64(beats.peak(index))
      guard position >= start &- seam, position < end, position &- previous >= sameBeat, pendingCount < pending.count
      else { continue }
      let quality = beats.quality(index)
      // In a poor signal no beat is to be trusted.
      let fault = quality.fault == .none ? report.fault : quality.fault
      pending[pendingCount] = PendingBeat(position: position, quality: quality.value, fault: fault)
      if fault == .none {
        let slot = pendingCount &* length
        beats.cut(index, into: UnsafeMutableBufferPointer(rebasing: values[slot..<slot &+ length]))
      }
      pendingCount &+= 1
      lastTold = position
    }
    toldUntil = max(toldUntil, end)
  }
}
