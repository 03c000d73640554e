import CECGKernels

/// What is too fast for a heartbeat beside its QRS complex: muscles and mains.
///
/// A moving mean over 20 ms, a period of 50 Hz, takes waves and baseline away; what is left beside the QRS complex is
/// noise. This is the noise power of the high-frequency indices in the literature (Clifford et al., "Signal quality
/// indices and data fusion for determining clinical acceptability of electrocardiograms", Physiol. Meas. 2012, doi
/// 10.1088/0967-3334/33/9/1419), in units of the beat instead of total power.
struct FastNoise {
  private let half: Int
  private let complex: Int

  /// - Parameter rate: of the recording, in Hz
  init(rate: Double) {
    half = max(1, wholeNumber(0.010 * rate))
    complex = wholeNumber(0.07 * rate)
  }

  /// The root mean square in mV over `range` without 70 ms either side of `peak`; 0 where nothing can be measured.
  func measure(_ raw: RawSignal, _ range: Range<Int>, peak: Int) -> Float {
    let first = max(range.lowerBound, half)
    let end = min(range.upperBound, raw.samples.count - half)
    guard first < end else { return 0 }
    // Relative to one value of the window: sums of a signal that lies far from 0 would lose what moves in it.
    let reference = raw.samples[first]
    let offset = MissingSamples.isMissing(reference) ? 0 : reference
    var (sum, missing): (Float, Int) = (0, 0)
    func enter(_ i: Int) {
      if MissingSamples.isMissing(raw.samples[i]) { missing += 1 } else { sum += raw.samples[i] - offset }
    }
    func leave(_ i: Int) {
      if MissingSamples.isMissing(raw.samples[i]) { missing -= 1 } else { sum -= raw.samples[i] - offset }
    }
    for i in (first - half)..<(first + half) { enter(i) }
    var (squares, count): (Float, Int) = (0, 0)
    let scale = 1 / Float(2 * half + 1)
    for i in first..<end {
      enter(i + half)
      if missing == 0, abs(i - peak) > complex {
        let rest = raw.samples[i] - offset - sum * scale
        squares += rest * rest
        count += 1
      }
      leave(i - half)
    }
    return count > 0 ? ecg_sqrtf(max(0, squares) / Float(count)) : 0
  }
}
