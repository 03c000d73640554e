/// How far the baseline moves within a beat: electrodes and breathing.
///
/// The baseline is what cleaning took away: the recording minus the cleaned signal, averaged over fifths of the beat so
/// that fast noise does not count.
enum BaselineWander {
  private static var pieces: Int { 5 }

  /// The largest minus the smallest level of the baseline in `low..<high` (positions in the cleaned signal), in mV.
  static func measure(_ raw: RawSignal, _ cleaned: UnsafeBufferPointer<Float>, _ low: Int, _ high: Int) -> Float {
    var (lowest, highest) = (Float.infinity, -Float.infinity)
    var reference: Float?
    for piece in 0..<pieces {
      let first = low + piece * (high - low) / pieces
      let end = low + (piece + 1) * (high - low) / pieces
      guard first < end else { continue }
      var (sum, count): (Float, Int) = (0, 0)
      for i in raw.range(first, end) where !MissingSamples.isMissing(raw.samples[i]) {
        if reference == nil { reference = raw.samples[i] }
        sum += raw.samples[i] - (reference ?? 0)
        count += 1
      }
      guard count > 0 else { continue }
      var level: Float = 0
      for i in first..<end { level += cleaned[i] }
      let baseline = sum / Float(count) - level / Float(end - first)
      lowest = min(lowest, baseline)
      highest = max(highest, baseline)
    }
    return highest > lowest ? highest - lowest : 0
  }
}
