import ECGCore

/// Samples that were not measured: NaN, infinite, or beyond any electrode's reach.
public enum MissingSamples {
  /// Whether `sample` (mV) counts as missing. The limit keeps single-precision arithmetic far from overflow.
  public static func isMissing(_ sample: Float) -> Bool { !(abs(sample) < 1e9) }

  /// Draws a straight line over each run of missing samples and holds the nearest value at the ends. Throws
  /// `missingSamples` when half of them or more are missing, or all.
  public static func bridge(_ samples: inout MutableSpan<Float>) throws(Status) {
    try samples.withUnsafeMutableBufferPointer { buffer throws(Status) in
      try bridge(UnsafeBufferPointer(buffer), into: buffer)
    }
  }

  /// Copies `samples`, drawing a straight line over each run of missing ones and holding the nearest value at the
  /// ends. Throws `missingSamples` when half of them or more are missing, or all.
  static func bridge(_ samples: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<Float>)
    throws(Status)
  {
    var missing = 0
    var last = -1
    for i in samples.indices {
      let value = samples[i]
      if isMissing(value) {
        missing += 1
        continue
      }
      output[i] = value
      if last < i - 1 {
        let from = last < 0 ? value : output[last]
        let span = Float(i - last)
        for gap in (last + 1)..<i {
          let part = Float(gap - last) / span
          output[gap] = from + (value - from) * part
        }
      }
      last = i
    }
    guard last >= 0, missing < samples.count - missing else { throw .missingSamples }
    for i in (last + 1)..<samples.count { output[i] = output[last] }
  }

  /// Whether a run of more than `longest` missing samples touches `range`.
  static func gapTouches(
    _ range: Range<Int>, of samples: UnsafeBufferPointer<Float>, longerThan longest: Int
  ) -> Bool {
    let low = max(0, range.lowerBound &- longest)
    let high = min(samples.count, range.upperBound &+ longest)
    guard low < high else { return false }
    var run = 0
    for i in low..<high {
      run = isMissing(samples[i]) ? run + 1 : 0
      if run > longest && i >= range.lowerBound && i &- run &+ 1 < range.upperBound { return true }
    }
    return false
  }
}
