import ECGCore

/// Finds the R peak of a QRS complex in the signal itself: the extremum of its dominant deflection.
///
/// The signal is smoothed over 20 ms, a period of mains hum, and seen from its mean around the complex. An upward deflection is
/// taken unless the downward one is clearly the larger, so that a deep S wave does not take an R wave's place.
struct RPeakLocation {
  /// How much deeper than high a complex must be for its minimum to be the peak.
  private static var inversion: Float { 1.5 }

  private let history: UnsafeMutableBufferPointer<Float>
  private let search: Int
  private let reach: Int
  private let smooth: Int
  private let spike: Int
  private var slot = 0
  private var count: Int64 = 0

  /// - Parameter delay: how many samples after the middle of a complex its peak is asked for, at most
  init(samplingRate: Double, delay: Int, arena: inout Arena) throws(Status) {
    search = max(1, wholeNumber(0.075 * samplingRate))
    reach = max(1, wholeNumber(0.12 * samplingRate))
    smooth = wholeNumber((0.010 * samplingRate).rounded(.down))
    spike = SpikeRemoval.width(samplingRate)
    history = try arena.take(Float.self, delay + reach + smooth + spike + 2)
    for i in 0..<history.count { history[i] = 0 }
  }

  @inline(__always)
  mutating func push(_ value: Float) {
    history[slot] = value
    slot = slot + 1 == history.count ? 0 : slot + 1
    count &+= 1
  }

  /// The place of a sample in the history; the oldest and the newest stand for what lies beyond them.
  private func place(_ position: Int64) -> Int {
    let back = Int(min(max(1, count &- position), Int64(history.count)))
    return slot >= back ? slot - back : slot + history.count - back
  }

  /// The R peak of the complex whose middle is at sample `centre`.
  func peak(near centre: Int64) -> Int64 {
    let width = 2 * smooth + 1
    var level: Float = 0
    for i in -reach...reach { level += history[place(centre + Int64(i))] }
    level *= Float(width) / Float(2 * reach + 1)
    var sum: Float = 0
    for i in -smooth...smooth { sum += history[place(centre + Int64(i - search))] }
    var (high, low) = (-Float.infinity, Float.infinity)
    var (highest, lowest) = (0, 0)
    for i in -search...search {
      if sum > high { (high, highest) = (sum, i) }
      if sum < low { (low, lowest) = (sum, i) }
      sum += history[place(centre + Int64(i + smooth + 1))] - history[place(centre + Int64(i - smooth))]
    }
    let offset = level - low > Self.inversion * (high - level) ? lowest : highest
    return max(0, centre + Int64(offset))
  }

  /// Whether the complex whose middle is at sample `centre` and whose envelope has `height` is nothing but a spike.
  func isSpike(near centre: Int64, height: Float) -> Bool {
    guard spike > 0 else { return false }
    var (most, sum): (Float, Float) = (0, 0)
    for i in -reach...reach {
      let at = centre + Int64(i)
      let wave = SpikeRemoval.prominence(
        history[place(at)], before: history[place(at - Int64(spike))], after: history[place(at + Int64(spike))])
      sum += wave
      if 2 * abs(i) <= reach { most = max(most, wave) }
    }
    return most > BeatRules.spikeCandidate * height && most * Float(2 * reach + 1) > BeatRules.spikeAround * sum
  }
}
