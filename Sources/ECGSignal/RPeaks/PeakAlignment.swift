import CECGKernels
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
  func isInverted(
    _ signal: UnsafeBufferPointer<Float>, _ peaks: UnsafeMutableBufferPointer<Int>, count: Int
  ) -> Bool {
    guard !signal.isEmpty else { return false }
    var votes = 0
    for k in 0..<count {
      let peak = min(max(peaks[k], 0), signal.count - 1)
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
    return 2 * votes > count
  }

  /// Moves each of the first `count` peaks to the extremum within reach, and drops those that fall together (closer
  /// than the search range). Returns how many are left.
  func refine(
    _ signal: UnsafeBufferPointer<Float>, _ peaks: UnsafeMutableBufferPointer<Int>, count: Int, inverted: Bool
  ) -> Int {
    guard count > 0, !signal.isEmpty else { return 0 }
    var kept = 0
    for k in 0..<count {
      var best = min(max(peaks[k], 0), signal.count - 1)
      let middle = best
      for i in max(0, middle - search)...min(signal.count - 1, middle + search) {
        if inverted ? signal[i] < signal[best] : signal[i] > signal[best] { best = i }
      }
      if kept > 0 && best - peaks[kept - 1] <= search { continue }
      peaks[kept] = best
      kept += 1
    }
    return kept
  }

  // MARK: On the mean beat

  /// Moves each peak by up to `reach` samples to where its beat correlates best with the recording's mean beat, twice,
  /// then all together so that the mean beat's own extremum lies at the peak.
  ///
  /// - Parameters:
  ///   - before, after: samples of a beat around its peak; peaks whose beats reach beyond the signal stay
  ///   - template: memory for before + after values
  func alignToMean(
    _ signal: UnsafeBufferPointer<Float>, _ peaks: UnsafeMutableBufferPointer<Int>, count: Int, inverted: Bool,
    before: Int, after: Int, reach: Int, template: UnsafeMutableBufferPointer<Float>
  ) {
    let length = before + after
    guard reach > 0, count > 2, let x = signal.baseAddress, let mean = template.baseAddress, template.count >= length
    else { return }
    let low = before + 2 * reach
    let high = signal.count - after - 2 * reach
    func isInside(_ peak: Int) -> Bool { peak >= low && peak <= high }
    for _ in 0..<2 {
      average(x, peaks, count, before: before, length: length, into: mean, isInside)
      for k in 0..<count where isInside(peaks[k]) {
        var best = -Float.infinity
        var move = 0
        let first = x + peaks[k] - before
        var sum: Float = 0
        for i in 0..<length { sum += first[i - reach] }
        for shift in -reach...reach {
          let fit = correlation(first + shift, mean, length, sum: sum)
          sum += first[shift + length] - first[shift]
          // Of equal fits the nearest wins.
          if fit > best || (fit == best && abs(shift) < abs(move)) {
            best = fit
            move = shift
          }
        }
        peaks[k] += move
      }
    }
    average(x, peaks, count, before: before, length: length, into: mean, isInside)
    var offset = 0
    for shift in -reach...reach where before + shift >= 0 && before + shift < length {
      let (value, peak) = (mean[before + shift], mean[before + offset])
      if inverted ? value < peak : value > peak { offset = shift }
    }
    for k in 0..<count where isInside(peaks[k]) { peaks[k] += offset }
  }

  /// The mean of all beats inside, each without its own mean.
  private func average(
    _ x: UnsafePointer<Float>, _ peaks: UnsafeMutableBufferPointer<Int>, _ count: Int, before: Int, length: Int,
    into mean: UnsafeMutablePointer<Float>, _ isInside: (Int) -> Bool
  ) {
    for i in 0..<length { mean[i] = 0 }
    for k in 0..<count where isInside(peaks[k]) {
      let beat = x + peaks[k] - before
      var level: Float = 0
      for i in 0..<length { level += beat[i] }
      level /= Float(length)
      for i in 0..<length { mean[i] += beat[i] - level }
    }
  }

  /// The correlation with a template of zero mean, up to a factor that all beats share.
  private func correlation(
    _ beat: UnsafePointer<Float>, _ template: UnsafePointer<Float>, _ length: Int, sum: Float
  ) -> Float {
    let product = ecg_dot(length, beat, template)
    let squares = ecg_dot(length, beat, beat)
    let variance = squares - sum * sum / Float(length)
    return variance > 0 ? product / ecg_sqrtf(variance) : 0
  }
}
