import ECGCore

/// Moves detected QRS complexes to one and the same point of each beat, so that beats lie on top of each other.
///
/// A detector finds where a complex has its energy, which wanders by tens of milliseconds from beat to beat. The R peak
/// itself is the largest deflection of the cleaned signal nearby. Its direction is decided once for the recording: in
/// an inverted lead the complexes point downwards, and all beats are then aligned at their minimum. Upwards wins unless
/// the downward deflection is clearly the larger one in most beats, so that a deep S wave does not take an R wave's place.
public struct PeakAlignment {
  /// Samples that a peak may be moved by, either way.
  public let search: Int

  public init(search: Int) { self.search = max(0, search) }

  /// How much deeper than high a complex must be to count as inverted.
  private static var inversion: Double { 1.5 }

  /// Whether the complexes at `peaks` point downwards.
  func isInverted(_ signal: UnsafeBufferPointer<Float>, _ peaks: UnsafeBufferPointer<Int>) -> Bool {
    var votes = 0
    for peak in peaks {
      let near = max(0, peak - search)...min(signal.count - 1, peak + search)
      let around = max(0, peak - 2 * search)...min(signal.count - 1, peak + 2 * search)
      var (low, high) = (Double.infinity, -Double.infinity)
      for i in near {
        low = min(low, Double(signal[i]))
        high = max(high, Double(signal[i]))
      }
      var sum = 0.0
      for i in around { sum += Double(signal[i]) }
      let level = sum / Double(around.count)
      if level - low > Self.inversion * (high - level) { votes += 1 }
    }
    return 2 * votes > peaks.count
  }

  /// Moves each of the first `count` peaks to the extremum within reach, and drops those that fall together (closer
  /// than the search range). Returns how many are left.
  func refine(
    _ signal: UnsafeBufferPointer<Float>, _ peaks: UnsafeMutableBufferPointer<Int>, count: Int
  ) -> Int {
    guard count > 0, !signal.isEmpty else { return 0 }
    let inverted = isInverted(signal, UnsafeBufferPointer(part(peaks, 0, count)))
    var kept = 0
    for k in 0..<count {
      var best = min(max(peaks[k], 0), signal.count - 1)
      for i in max(0, peaks[k] - search)...min(signal.count - 1, peaks[k] + search) {
        if inverted ? signal[i] < signal[best] : signal[i] > signal[best] { best = i }
      }
      if kept > 0 && best - peaks[kept - 1] <= search { continue }
      peaks[kept] = best
      kept += 1
    }
    return kept
  }
}
