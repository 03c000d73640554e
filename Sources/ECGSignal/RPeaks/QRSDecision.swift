/// The rules by which Pan and Tompkins tell a QRS complex from noise and from a T wave: levels and thresholds that
/// follow the signal, two averages of the RR interval, and a search back when a beat is overdue.
///
/// A value type of fixed size that takes one candidate after the other.
struct QRSDecision {
  /// A local maximum of the integrated signal.
  struct Candidate: BitwiseCopyable {
    /// Where the integrated signal has its maximum, in samples.
    var position: Int
    /// Its height.
    var integrated: Float
    /// Where the band-passed signal deflects most, and how far.
    var peak = 0
    var filtered: Float = 0
    /// The steepest slope.
    var slope: Float = 0
  }

  /// Running estimates of what signal and noise peaks reach, and the thresholds between them (equations 12 to 23).
  private struct Level {
    var signal: Float = 0
    var noise: Float = 0
    var threshold: Float { noise + 0.25 * (signal - noise) }

    mutating func seeSignal(_ peak: Float) { signal += 0.125 * (peak - signal) }
    mutating func seeNoise(_ peak: Float) { noise += 0.125 * (peak - noise) }
    /// Found by searching back: the level was too high.
    mutating func seeMissed(_ peak: Float) { signal += 0.25 * (peak - signal) }
  }

  private let rate: Double
  private let refractory: Int
  private let tWaveWindow: Int
  private var integrated = Level()
  private var filtered = Level()
  private var lastPosition = -1
  private var lastSlope: Float = 0
  /// The last eight RR intervals, and the last eight that were regular (within 92 to 116 % of their mean).
  private var recent = SIMD8<Double>(repeating: 0)
  private var regular = SIMD8<Double>(repeating: 0)
  private var intervals = 0

  init(rate: Double) {
    self.rate = rate
    refractory = wholeNumber(PanTompkins.refractoryPeriod * rate)
    tWaveWindow = wholeNumber(0.36 * rate)
  }

  mutating func start(signal: (Float, Float), noise: (Float, Float)) {
    integrated = Level(signal: signal.0, noise: noise.0)
    filtered = Level(signal: signal.1, noise: noise.1)
  }

  private var regularMean: Double { regular.sum() / 8 }

  /// An irregular rhythm halves the thresholds.
  private var isRegular: Bool {
    let mean = regularMean
    return recent(within: (0.92 * mean)...(1.16 * mean))
  }

  private func recent(within limits: ClosedRange<Double>) -> Bool {
    for k in 0..<8 where !limits.contains(recent[k]) { return false }
    return true
  }

  private func exceeds(_ c: Candidate, _ share: Float) -> Bool {
    c.integrated > share * integrated.threshold && c.filtered > share * filtered.threshold
  }

  /// Whether a candidate soon after a beat is that beat's T wave: less than half as steep.
  private func isTWave(_ c: Candidate) -> Bool {
    lastPosition >= 0 && c.position - lastPosition < tWaveWindow && c.slope < 0.5 * lastSlope
  }

  private mutating func accept(_ c: Candidate) {
    if lastPosition >= 0 {
      let interval = Double(c.position - lastPosition)
      if intervals == 0 {
        recent = SIMD8(repeating: interval)
        regular = recent
      } else {
        let mean = regularMean
        recent[intervals % 8] = interval
        if interval >= 0.92 * mean && interval <= 1.16 * mean {
          regular[regularCount % 8] = interval
          regularCount += 1
        } else if intervals >= 8 && isSteady {
          // A new steady rhythm outside the old limits: adopt it.
          regular = recent
        }
      }
      intervals += 1
    }
    lastPosition = c.position
    lastSlope = c.slope
  }
  private var regularCount = 1

  /// Whether the last eight intervals agree with their own mean.
  private var isSteady: Bool {
    let mean = recent.sum() / 8
    return recent(within: (0.8 * mean)...(1.2 * mean))
  }

  /// Decides on all candidates of a recording of `count` samples; writes the accepted peaks and returns how many.
  mutating func decide(
    _ candidates: UnsafeMutableBufferPointer<Candidate>, _ found: Int, count: Int,
    into peaks: UnsafeMutableBufferPointer<Int>
  ) -> Int {
    var written = 0
    func write(_ c: Candidate) {
      guard written < peaks.count else { return }
      peaks[written] = c.peak
      written += 1
    }
    var next = 0
    /// The first candidate after the last accepted beat.
    var pending = 0
    while next <= found {
      let atEnd = next == found
      let position = atEnd ? count : candidates[next].position
      if let missed = overdue(candidates, pending, next, position) {
        let c = candidates[missed]
        integrated.seeMissed(c.integrated)
        filtered.seeMissed(c.filtered)
        accept(c)
        write(c)
        pending = missed + 1
        continue
      }
      if atEnd { break }
      let c = candidates[next]
      next += 1
      let share: Float = intervals >= 8 && !isRegular ? 0.5 : 1
      if exceeds(c, share) && !isTWave(c) {
        integrated.seeSignal(c.integrated)
        filtered.seeSignal(c.filtered)
        accept(c)
        write(c)
        pending = next
      } else {
        integrated.seeNoise(c.integrated)
        filtered.seeNoise(c.filtered)
      }
    }
    return written
  }

  /// When more than 166 % of the regular interval has passed: the tallest candidate since the last beat that exceeds
  /// the second thresholds, half the first.
  private func overdue(
    _ candidates: UnsafeMutableBufferPointer<Candidate>, _ first: Int, _ end: Int, _ position: Int
  ) -> Int? {
    guard lastPosition >= 0, intervals > 0, Double(position - lastPosition) > 1.66 * regularMean else { return nil }
    var best: Int?
    for i in first..<end {
      let c = candidates[i]
      guard c.position - lastPosition >= refractory, exceeds(c, 0.5), !isTWave(c) else { continue }
      if let b = best, candidates[b].integrated >= c.integrated { continue }
      best = i
    }
    return best
  }
}
