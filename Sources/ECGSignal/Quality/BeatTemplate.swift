import CECGKernels

/// The shape that a recording's beats have in common, and how well each one keeps to it: Pearson's correlation with the
/// mean of the *other* beats (Orphanidou et al., "Signal-quality indices for the electrocardiogram and
/// photoplethysmogram", IEEE J. Biomed. Health Inform. 2015, doi 10.1109/JBHI.2014.2338351, whose template holds the
/// beat itself as well: few beats of noise then seem alike).
///
/// Each beat counts alike whatever its amplitude. The mean is taken twice, the second time without beats that fit badly.
struct BeatTemplate {
  private let signal: UnsafeBufferPointer<Float>
  private let before, length: Int
  /// The sum of all beats that count, each of zero mean and unit length.
  private let sum: UnsafeMutableBufferPointer<Float>
  private var square: Float = 0
  private var count = 0

  /// - Parameter sum: memory for before + after values
  init(
    _ signal: UnsafeBufferPointer<Float>, before: Int, after: Int, sum: UnsafeMutableBufferPointer<Float>
  ) {
    self.signal = signal
    self.before = before
    length = before + after
    self.sum = sum
    clear()
  }

  mutating func clear() {
    for i in sum.indices { sum[i] = 0 }
    count = 0
    square = 0
  }

  /// The beat's level, and the factor that gives it unit length; 0 for a beat in which nothing moves.
  private func scale(_ peak: Int) -> (level: Float, factor: Float) {
    let first = peak - before
    var level: Float = 0
    for i in 0..<length { level += signal[first + i] }
    level /= Float(length)
    var squares: Float = 0
    for i in 0..<length {
      let value = signal[first + i] - level
      squares += value * value
    }
    guard squares > 0, squares.isFinite else { return (level, 0) }
    return (level, 1 / ecg_sqrtf(squares))
  }

  /// Takes the beat at `peak`, which must lie within the signal, into the mean.
  mutating func add(_ peak: Int) {
    let (level, factor) = scale(peak)
    guard factor > 0 else { return }
    for i in 0..<length { sum[i] += (signal[peak - before + i] - level) * factor }
    count += 1
  }

  /// To be called once all beats are added.
  mutating func finish() {
    square = 0
    for i in 0..<length { square += sum[i] * sum[i] }
  }

  /// The correlation of the beat at `peak` with the mean of the others; 1 when there are none.
  ///
  /// - Parameter isMember: whether the beat is one of those that were added
  func correlation(_ peak: Int, isMember: Bool) -> Float {
    let (level, factor) = scale(peak)
    guard factor > 0 else { return 0 }
    guard count > (isMember ? 1 : 0) else { return 1 }
    var product: Float = 0
    for i in 0..<length { product += sum[i] * (signal[peak - before + i] - level) * factor }
    // Without the beat itself: Σ − u, whose product with u and square follow from those of Σ.
    let own: Float = isMember ? 1 : 0
    let rest = square - own * (2 * product - 1)
    guard rest > 1e-6 else { return 0 }
    return max(-1, min(1, (product - own) / ecg_sqrtf(rest)))
  }
}
