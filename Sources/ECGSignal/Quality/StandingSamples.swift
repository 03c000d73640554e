/// How long a recording stands still within a beat: a lead that is off, or an amplifier at its limit.
///
/// Converters have steps, so that a few equal samples in a row are usual between the waves; a tenth of a second of them
/// is not.
enum StandingSamples {
  /// Samples count as at the recording's limit within this share of its whole range.
  private static var reach: Float { 1e-3 }

  /// The longest run of equal values, in samples.
  static func longestRun(_ raw: RawSignal, _ range: Range<Int>) -> Int {
    var (longest, run) = (0, 0)
    var last = Float.nan
    for i in range {
      let value = raw.samples[i]
      run = value == last ? run + 1 : 1
      if MissingSamples.isMissing(value) { run = 0 }
      last = value
      longest = max(longest, run)
    }
    return longest
  }

  /// The longest run at the largest or smallest value of the recording, in samples; 0 when no two of them follow each other:
  /// one sample stands nowhere, however far the next is away.
  static func longestRunAtLimit(_ raw: RawSignal, _ range: Range<Int>) -> Int {
    let tolerance = Self.reach * (raw.high - raw.low)
    let (floor, ceiling) = (raw.low + tolerance, raw.high - tolerance)
    var (longest, below, above) = (0, 0, 0)
    for i in range {
      let value = raw.samples[i]
      below = value <= floor ? below + 1 : 0
      above = value >= ceiling ? above + 1 : 0
      if MissingSamples.isMissing(value) { (below, above) = (0, 0) }
      longest = max(longest, max(below, above))
    }
    return longest > 1 ? longest : 0
  }
}
