import ECGCore

/// Takes spikes out of a signal, as of a pacemaker: waves of some milliseconds, far taller than beats, and alone.
///
/// A sample is the top of a spike when it stands out from those 12 ms before and after it much further than QRS complexes
/// do, and than samples did of late, and when the signal has calmed down 12 ms later. A straight line takes the place of
/// what lies between 12 ms before the top and 24 ms after it: a spike fades away.
struct SpikeRemoval {
  /// What comes out lags so many samples behind: thrice 12 ms; none where samples lie too far apart to tell.
  let delay: Int
  private let width: Int
  private let share: Float
  /// The last samples, the oldest at `slot`.
  private let history: UnsafeMutableBufferPointer<Float>
  private var slot = 0
  private var count = 0
  /// How far samples stand out on average.
  private var usual: Float = 0

  /// What a spike reaches at most on either side of its top, in samples: 12 ms; 0 where samples lie too far apart.
  static func width(_ samplingRate: Double) -> Int { samplingRate < 200 ? 0 : wholeNumber(0.012 * samplingRate) }

  init(samplingRate: Double, arena: inout Arena) throws(Status) {
    width = Self.width(samplingRate)
    delay = 3 * width
    share = Float(1 / (BeatRules.spikeMemory * samplingRate))
    history = try arena.take(Float.self, delay + 1)
  }

  /// How far a sample stands out, up or down, from one before and one after it; 0 when it lies between them.
  @inline(__always)
  static func prominence(_ value: Float, before: Float, after: Float) -> Float {
    max(0, max(min(value - before, value - after), min(before - value, after - value)))
  }

  /// Takes the next sample; returns the one `delay` samples earlier, nil before there is one.
  ///
  /// - Parameter beatHeight: the height of beats in the envelope, 0 while it is unknown
  @inline(__always)
  mutating func removed(_ value: Float, beatHeight: Float) -> Float? {
    guard width > 0 else { return value }
    history[slot] = value
    slot = slot == delay ? 0 : slot + 1
    guard count == delay else {
      count += 1
      return nil
    }
    let first = history[slot]
    let wave = Self.prominence(history[place(width)], before: first, after: history[place(2 * width)])
    if wave > BeatRules.spikeAlone * usual && beatHeight > 0 && wave > BeatRules.spikeHeight * beatHeight {
      remove(wave)
    }
    usual += share * (wave - usual)
    return first
  }

  private func remove(_ wave: Float) {
    let first = history[place(0)]
    let slope = (history[place(delay)] - first) / Float(delay)
    for k in (2 * width)..<delay
    where abs(history[place(k)] - first - slope * Float(k)) > BeatRules.spikeRest * wave { return }
    for k in 1..<delay { history[place(k)] = first + slope * Float(k) }
  }

  /// The place of the sample that came `k` after the oldest.
  private func place(_ k: Int) -> Int { slot + k > delay ? slot + k - delay - 1 : slot + k }
}
