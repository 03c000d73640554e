import ECGCore

/// A maximum of the envelope, which is a beat or not.
struct QRSCandidate: BitwiseCopyable {
  /// Where the envelope has its maximum, in reduced samples.
  var time: Int64 = 0
  /// Its height, in mV.
  var height: Float = 0
  /// The R peak, in samples.
  var peak: Int64 = 0
  /// How much noise there is around it, from 0 to 1.
  var noise: Float = 0
  /// How much it has of slow and of fast waves for its height (`QRSTemplate`).
  var slow: Float = 0
  var fast: Float = 0
}

/// Picks those maxima of the envelope that are the highest within `separation` samples either way.
struct QRSCandidates {
  /// 0.12 s: less than the refractory period, so that a beat never hides behind what precedes it.
  let separation: Int
  private let history: UnsafeMutableBufferPointer<Float>
  private var slot = 0
  private var previous: Float = 0
  private var isRising = false
  /// The maximum that awaits what follows it; none while its height is 0.
  private var best = QRSCandidate()

  init(samplingRate: Double, arena: inout Arena) throws(Status) {
    separation = max(2, wholeNumber(0.12 * samplingRate))
    history = try arena.take(Float.self, separation + 1)
    for i in 0..<history.count { history[i] = 0 }
  }

  /// Takes the envelope at `time`; returns a maximum that is now known to be the highest around.
  mutating func push(_ height: Float, at time: Int64) -> QRSCandidate? {
    var found: QRSCandidate?
    if best.height > 0 {
      if height > best.height {
        best.height = 0
      } else if time - best.time >= Int64(separation) {
        found = best
        best.height = 0
      }
    }
    if isRising && height <= previous && best.height == 0 && found == nil && isHighest(previous) {
      best = QRSCandidate(time: time - 1, height: previous)
    }
    isRising = height > previous
    previous = height
    history[slot] = height
    slot = slot + 1 == history.count ? 0 : slot + 1
    return found
  }

  /// Whether `height`, the newest of the history, exceeds all others in it.
  private func isHighest(_ height: Float) -> Bool {
    var equal = 0
    for i in 0..<history.count {
      if history[i] > height { return false }
      if history[i] == height { equal += 1 }
    }
    return equal == 1
  }
}
