/// Makes a signal without holes out of samples as they come, and a slower one for what needs no more than 100 Hz.
///
/// Over missing samples the last value is held, and what comes after them continues from it: no step, whatever the
/// baseline did meanwhile. The signal begins at 0 in the same way.
struct SignalIntake {
  /// Samples that one reduced sample stands for.
  let step: Int
  private let share: Float
  private var last: Float = 0
  private var offset: Float = 0
  private var isInterrupted = true
  private var position = 0
  /// Sums over the current step: with weights that rise for the next reduced sample, and that fall for this one.
  private var rising: Float = 0
  private var falling: Float = 0

  /// The reduced rate lies between 100 and 200 Hz, or is the signal's own below that.
  static func step(_ samplingRate: Double) -> Int { max(1, wholeNumber((samplingRate / 100).rounded(.down))) }

  init(step: Int) {
    self.step = step
    share = 1 / Float(step)
  }

  @inline(__always)
  mutating func bridged(_ sample: Float) -> Float {
    if MissingSamples.isMissing(sample) {
      isInterrupted = true
      return last
    }
    if isInterrupted {
      offset = sample - last
      isInterrupted = false
    }
    last = sample - offset
    return last
  }

  /// Means of the signal weighted by triangles of two steps, which keep out what would fold into the band of interest.
  /// The k-th stands for the instant of sample k · step.
  @inline(__always)
  mutating func reduced(_ value: Float) -> Float? {
    let weight = Float(position) * share
    rising += weight * value
    falling += (1 - weight) * value
    position &+= 1
    guard position == step else { return nil }
    let mean = falling * share
    falling = rising
    rising = 0
    position = 0
    return mean
  }
}
