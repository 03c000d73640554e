/// Whether R peaks follow each other as heartbeats do.
struct Rhythm {
  /// Intervals that a heart can have, in seconds: 220 to 27 beats a minute.
  static var shortest: Double { 0.27 }
  static var longest: Double { 2.2 }

  /// The median interval, in samples; 0 below two peaks.
  let medianInterval: Float
  /// The median deviation of intervals from their median, as a share of it: 0.03 at rest, 0.2 in atrial fibrillation.
  let irregularity: Float
  /// The share of the recording that lies between beats in a plausible interval, 0 to 1.
  let coverage: Float

  /// - Parameters:
  ///   - count: how many of `peaks` there are
  ///   - duration: of the recording, in samples
  ///   - scratch: memory for `count` values
  init(
    _ peaks: UnsafeMutableBufferPointer<Int>, count: Int, duration: Int, rate: Double,
    scratch: UnsafeMutableBufferPointer<Float>
  ) {
    guard count > 0, duration > 0 else {
      medianInterval = 0
      irregularity = 0
      coverage = 0
      return
    }
    let (low, high) = (wholeNumber(Self.shortest * rate), wholeNumber(Self.longest * rate))
    // What lies before the first and behind the last beat belongs to intervals that the recording cuts.
    var covered = min(peaks[0], high) + min(duration - peaks[count - 1], high)
    for k in 1..<max(1, count) {
      let interval = peaks[k] - peaks[k - 1]
      scratch[k - 1] = Float(interval)
      if interval >= low && interval <= high { covered += interval }
    }
    let middle = median(scratch, count - 1)
    for k in 1..<max(1, count) { scratch[k - 1] = abs(Float(peaks[k] - peaks[k - 1]) - middle) }
    medianInterval = middle
    irregularity = middle > 0 ? median(scratch, count - 1) / middle : 0
    coverage = max(0, min(1, Float(covered) / Float(duration)))
  }

  /// How plausible the rhythm is as a whole, 0 to 1: what false beats among the true ones, or instead of them, lower.
  var plausibility: Float { coverage / (1 + irregularity) }

  /// Whether the beat after `interval` samples came early: four fifths of the usual interval or less.
  func isEarly(_ interval: Int) -> Bool { medianInterval > 0 && Float(interval) <= 0.8 * medianInterval }
}
