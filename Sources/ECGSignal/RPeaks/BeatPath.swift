import CECGKernels
import ECGCore

/// Chooses beats among candidates: the series that, as a whole, is the most likely.
///
/// Each candidate has a score by its height against that of beats around it, before and after (`EnvelopeLevels`), and in
/// noise by its looks (`QRSTemplate`). Each pair of neighbours in a series has a cost by the interval between them: too
/// short, too long for the rhythm, or so soon after a beat that it is that beat's T wave. The best series from the last
/// beat that was decided to now is found by dynamic programming, and its beats of more than `lag` ago are decided. So a
/// weak beat is found where the rhythm misses one ("search back"), and noise is left out where beats stand close.
struct BeatPath {
  /// Candidates that wait for a decision at the same time, at most: more than `lag` holds.
  private static var capacity: Int { 64 }
  private static var queueCapacity: Int { 64 }

  /// Of the reduced signal, in which all times are but those of R peaks.
  private let rate: Float
  /// How long a candidate waits: 4.5 s.
  private let lag: Int64
  /// The least distance of beats: 0.2 s.
  private let shortest: Int64
  /// The least distance of R peaks, in samples of the signal.
  private let refractory: Int64
  /// An R peak this near to the end is none: its falling side is not there.
  private let margin: Int64
  private var levels: EnvelopeLevels
  private var template: QRSTemplate

  /// The candidates that are not decided yet, oldest first.
  private let waiting: UnsafeMutableBufferPointer<QRSCandidate>
  private var waitingCount = 0
  /// For each of them: its own score, the best score of a series that ends with it, and where that comes from.
  private let own: UnsafeMutableBufferPointer<Float>
  private let best: UnsafeMutableBufferPointer<Float>
  private let back: UnsafeMutableBufferPointer<Int32>

  /// The last beat decided; none while its height is 0.
  private var anchor = QRSCandidate()
  /// The last intervals between beats, in seconds.
  private var intervals = SIMD8<Float>(repeating: 0)
  private var intervalCount = 0
  /// Whether they are equal: from 0 to 1.
  private var regularity: Float = 0
  /// The usual height of beats that were sure.
  private var memory: Float = 0

  /// The height that beats usually have in the envelope, in mV; 0 before the first.
  var usualHeight: Float { memory }

  private let queue: UnsafeMutableBufferPointer<RPeak>
  private var queueFirst = 0
  private var queueCount = 0
  private var lastPeak = Int64.min / 2
  private var end = Int64.max

  init(samplingRate: Double, refractory: Int, arena: inout Arena) throws(Status) {
    rate = Float(samplingRate)
    lag = Int64(wholeNumber(4.5 * samplingRate))
    shortest = Int64(wholeNumber(0.2 * samplingRate))
    self.refractory = Int64(refractory)
    margin = Int64(refractory / 20)
    levels = try EnvelopeLevels(samplingRate: samplingRate, arena: &arena)
    template = try QRSTemplate(samplingRate: samplingRate, memory: wholeNumber(5.2 * samplingRate), arena: &arena)
    waiting = try arena.take(QRSCandidate.self, Self.capacity)
    own = try arena.take(Float.self, Self.capacity)
    best = try arena.take(Float.self, Self.capacity)
    back = try arena.take(Int32.self, Self.capacity)
    queue = try arena.take(RPeak.self, Self.queueCapacity)
  }

  /// Takes the next sample of the reduced signal.
  @inline(__always)
  mutating func see(signal: Float) { template.push(signal) }

  /// Takes the next sample of the envelope, which lags behind.
  @inline(__always)
  mutating func see(envelope: Float) { levels.see(envelope) }

  mutating func add(_ candidate: QRSCandidate) {
    guard waitingCount < Self.capacity else { return }
    waiting[waitingCount] = candidate
    template.measureWaves(&waiting[waitingCount])
    waitingCount += 1
  }

  mutating func next() -> RPeak? {
    guard queueCount > 0 else { return nil }
    let peak = queue[queueFirst]
    queueFirst = (queueFirst + 1) % Self.queueCapacity
    queueCount -= 1
    return peak
  }

  /// Decides on the candidates that are old enough.
  @inline(__always)
  mutating func decide(now: Int64) {
    guard waitingCount > 0, now - waiting[0].time >= lag else { return }
    // Those of the next half second too, so that series are compared twice a second at most.
    decide(now: now, before: now - lag + Int64(levels.blockLength))
  }

  /// No R peak lies at sample `end` or behind it.
  mutating func end(at end: Int64) { self.end = end }

  mutating func decideAll(now: Int64) { decide(now: now, before: .max) }

  private mutating func decide(now: Int64, before limit: Int64) {
    guard waitingCount > 0 else { return }
    var usual = intervalCount >= 3 ? usualInterval() : 0.9
    scoreCandidates(usual: usual)
    var last = search(now: now, usual: usual)
    if intervalCount < 3, let rhythm = rhythm(endingAt: last) {
      // Nothing is known of the rhythm yet: take it from a first series.
      usual = rhythm
      last = search(now: now, usual: usual)
    }
    accept(seriesEndingAt: last, before: limit, usual: usual)
    var decided = 0
    while decided < waitingCount && waiting[decided].time < limit { decided += 1 }
    for i in decided..<waitingCount { waiting[i - decided] = waiting[i] }
    waitingCount -= decided
  }

  // MARK: Scores

  private func scoreCandidates(usual: Float) {
    var block: Int64 = -1
    var level: (beats: Float, between: Float) = (0, 0)
    for i in 0..<waitingCount {
      let candidate = waiting[i]
      let itsBlock = candidate.time / Int64(levels.blockLength)
      if itsBlock != block {
        level = levels.around(candidate.time)
        block = itsBlock
      }
      var level = level
      level.beats = max(level.beats, expected(at: candidate.time))
      // Where beats follow each other quickly, they are more of the signal.
      level.between *= min(1, usual / BeatRules.quickInterval)
      let ratio = level.between / max(level.beats, .leastNormalMagnitude)
      let noise = max(0, min((ratio - BeatRules.cleanNoise) / (BeatRules.fullNoise - BeatRules.cleanNoise), 1))
      waiting[i].noise = noise
      own[i] = score(candidate, level, noise)
      if noise > 0 { own[i] += noise * template.score(waiting[i]) }
    }
  }

  /// The height that beats have at least, since they had it a moment ago: some share of what is usual, less after
  /// seconds without a beat.
  private func expected(at time: Int64) -> Float {
    guard memory > 0 else { return 0 }
    let late = max(0, Float(time - anchor.time) / rate - BeatRules.forgetAfter) / BeatRules.forgetTime
    return BeatRules.memoryShare * memory / (1 + late * late)
  }

  /// The score that a candidate has by its height.
  private func score(_ candidate: QRSCandidate, _ given: (beats: Float, between: Float), _ noise: Float) -> Float {
    var level = given
    if memory > 0 {
      let limited = min(level.beats, BeatRules.memoryMargin * memory)
      level.beats += noise * (limited - level.beats)
    }
    let floor = min(BeatRules.noisePeak * level.between, BeatRules.floorMost * level.beats)
    let threshold = max(floor + BeatRules.threshold * (level.beats - floor), .leastNormalMagnitude)
    var score = BeatRules.steepness * ecg_logf(max(candidate.height / threshold, 1e-6))
    let excess = score - BeatRules.bestScore
    if excess > 0 { score = BeatRules.bestScore + BeatRules.excessShare * excess }
    score = max(BeatRules.worstScore, score)
    let size = candidate.height / max(max(level.beats, memory), .leastNormalMagnitude)
    if size > BeatRules.giant { score -= BeatRules.giantSteepness * ecg_logf(size / BeatRules.giant) }
    return score
  }

  private func gapCost(_ interval: Float) -> Float {
    let excess = interval - BeatRules.gapStart
    return excess <= 0 ? 0 : BeatRules.gapCost * min(excess, BeatRules.longestGap)
  }

  /// The cost of two beats being neighbours; infinite when they cannot be.
  private func cost(_ first: QRSCandidate, _ second: QRSCandidate, usual: Float) -> Float {
    let distance = second.time - first.time
    guard distance >= shortest else { return .infinity }
    let seconds = Float(distance) / rate
    let interval = seconds / usual
    var cost = gapCost(interval)
    let noise = second.noise
    if interval < BeatRules.earlyShare {
      cost +=
        BeatRules.earlyCost * (BeatRules.earlyClean + (1 - BeatRules.earlyClean) * noise)
        * (1 - interval / BeatRules.earlyShare)
    }
    if interval < 1.5 {
      cost += BeatRules.rhythmCost * noise * regularity * min(1, abs(interval - 1) / BeatRules.rhythmWidth)
    }
    if seconds < BeatRules.tWaveWindow { cost += tWaveCost(first, second) }
    return cost
  }

  /// The cost of taking `second` for a beat, which may be the T wave of `first`.
  private func tWaveCost(_ first: QRSCandidate, _ second: QRSCandidate) -> Float {
    var cost: Float = 0
    let share = second.height / max(first.height, .leastNormalMagnitude)
    if share < BeatRules.tWaveShare { cost += BeatRules.tWaveCost * (1 - share / BeatRules.tWaveShare) }
    let dull = first.fast - second.fast - BeatRules.dullStart
    if dull > 0 && share < BeatRules.dullHeight { cost += BeatRules.dullCost * min(dull, 1) }
    return cost
  }

  // MARK: The best series

  /// Finds the best series from the last beat decided until `now`, and returns its last beat; -1 when it has none.
  private func search(now: Int64, usual: Float) -> Int {
    let start = anchor.height > 0 ? anchor.time : 0
    var last = -1
    var most = -gapCost(Float(now - start) / rate / usual)
    for i in 0..<waitingCount {
      let candidate = waiting[i]
      var value: Float
      if anchor.height > 0 {
        value = -cost(anchor, candidate, usual: usual)
      } else {
        value = -gapCost(Float(candidate.time) / rate / usual)
      }
      var from = -1
      for j in 0..<i {
        let other = best[j] - cost(waiting[j], candidate, usual: usual)
        if other > value {
          value = other
          from = j
        }
      }
      best[i] = value + own[i]
      back[i] = Int32(truncatingIfNeeded: from)
      let whole = best[i] - gapCost(Float(now - candidate.time) / rate / usual)
      if whole > most {
        most = whole
        last = i
      }
    }
    return last
  }

  private mutating func accept(seriesEndingAt last: Int, before limit: Int64, usual: Float) {
    // Turn the links round: `back` then leads forward.
    var following = -1
    var i = last
    while i >= 0 {
      let previous = Int(back[i])
      back[i] = Int32(truncatingIfNeeded: following)
      following = i
      i = previous
    }
    i = following
    while i >= 0 && waiting[i].time < limit {
      let candidate = waiting[i]
      let next = Int(back[i])
      // What the series would lose without this beat.
      var odds = own[i]
      if anchor.height > 0 { odds -= cost(anchor, candidate, usual: usual) }
      if next >= 0 { odds -= cost(candidate, waiting[next], usual: usual) }
      if anchor.height > 0 && next >= 0 { odds += cost(anchor, waiting[next], usual: usual) }
      accept(candidate, confidence: 1 / (1 + ecg_expf(-odds)))
      i = next
    }
  }

  private mutating func accept(_ candidate: QRSCandidate, confidence: Float) {
    if anchor.height > 0 {
      let interval = Float(candidate.time - anchor.time) / rate
      if interval < 2.5 {
        intervals[intervalCount % 8] = interval
        intervalCount = intervalCount == 15 ? 8 : intervalCount + 1
      }
    }
    anchor = candidate
    template.learn(candidate, confidence: confidence)
    let rate = BeatRules.memoryRate * (memory > 0 ? 1 - 0.95 * candidate.noise : 10)
    memory += rate * confidence * (candidate.height - memory)
    guard candidate.peak - lastPeak >= refractory, candidate.peak < end - margin, queueCount < Self.queueCapacity else {
      return
    }
    lastPeak = candidate.peak
    queue[(queueFirst + queueCount) % Self.queueCapacity] = RPeak(position: candidate.peak, confidence: confidence)
    queueCount += 1
  }

  // MARK: Rhythm

  /// The median of the last intervals, in seconds.
  private mutating func usualInterval() -> Float {
    let count = min(intervalCount, 8)
    var sorted = intervals
    for k in 1..<max(1, count) { sift(&sorted, k) }
    if count == 8 {
      // Half of them lie between the quartiles.
      let spread = (sorted[6] - sorted[1]) / max(0.1, sorted[4])
      regularity = max(0, min(1, 1.25 - 3 * spread))
    }
    return bounded(sorted[count / 2])
  }

  /// The median interval of the last beats of a series; nil when it has fewer than three beats.
  private func rhythm(endingAt last: Int) -> Float? {
    var sorted = SIMD8<Float>(repeating: 0)
    var count = 0
    var i = last
    while i >= 0 && back[i] >= 0 && count < 8 {
      let previous = Int(back[i])
      sorted[count] = Float(waiting[i].time - waiting[previous].time) / rate
      sift(&sorted, count)
      count += 1
      i = previous
    }
    return count >= 2 ? bounded(sorted[count / 2]) : nil
  }

  /// Moves value `k` down to its place among the sorted ones before it.
  private func sift(_ sorted: inout SIMD8<Float>, _ k: Int) {
    var at = k
    while at > 0 && sorted[at - 1] > sorted[at] {
      (sorted[at - 1], sorted[at]) = (sorted[at], sorted[at - 1])
      at -= 1
    }
  }

  private func bounded(_ interval: Float) -> Float { max(0.3, min(interval, 2)) }
}
