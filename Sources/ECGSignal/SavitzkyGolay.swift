import ECGCore

/// Smoothing by a polynomial that is fitted to the samples around each one (Savitzky and Golay 1964,
/// doi 10.1021/ac60214a047), as `scipy.signal.savgol_filter(mode="interp")`: near the ends the polynomial of the first
/// or last full window is evaluated.
public struct SavitzkyGolay {
  /// Samples per window: odd.
  public let window: Int
  /// Degree of the polynomial: 0 to 5, below the window.
  public let order: Int

  public init(window: Int, order: Int) throws(Status) {
    guard window >= 1, window % 2 == 1, window <= 4097, order >= 0, order <= 5, order < window else {
      throw .configuration
    }
    self.window = window
    self.order = order
  }

  public init(_ configuration: PipelineConfiguration) throws(Status) {
    try self.init(window: configuration.smoothingSamples, order: Int(configuration.smoothingOrder))
  }

  /// The smoothing matrix: row i holds the weights of a window's samples for the polynomial's value at sample i.
  var tableCount: Int { window * window }

  func fill(_ table: UnsafeMutableBufferPointer<Double>) {
    guard table.count >= tableCount else { return }
    // Weights are sum over k of g_k(i) g_k(j) / ‖g_k‖² with the Gram polynomials g_k, which are orthogonal on the
    // window; they follow from a three-term recurrence, x g_k − (‖g_k‖²/‖g_k−1‖²) g_k−1.
    let half = window / 2
    for i in 0..<tableCount { table[i] = 0 }
    func gram(_ x: Double, _ k: Int, _ norms: SIMD8<Double>) -> Double {
      var (before, now) = (0.0, 1.0)
      for j in 0..<k {
        let next = x * now - (j > 0 ? norms[j] / norms[j - 1] : 0) * before
        (before, now) = (now, next)
      }
      return now
    }
    // On [−1, 1] rather than in samples, so that powers stay small.
    let scale = half > 0 ? 1 / Double(half) : 1
    var norms = SIMD8<Double>(repeating: 1)
    for k in 0...order {
      var norm = 0.0
      for i in 0..<window {
        let value = gram(Double(i - half) * scale, k, norms)
        norm += value * value
      }
      norms[k] = norm
      for i in 0..<window {
        let left = gram(Double(i - half) * scale, k, norms) / norm
        for j in 0..<window { table[i * window + j] += left * gram(Double(j - half) * scale, k, norms) }
      }
    }
  }

  /// Smooths `input` into `output` of the same length, which may not be the same memory. A signal shorter than the
  /// window is copied.
  func smooth(
    _ input: UnsafeBufferPointer<Float>, table: UnsafeMutableBufferPointer<Double>,
    into output: UnsafeMutableBufferPointer<Float>
  ) {
    let count = min(input.count, output.count)
    let half = window / 2
    for i in 0..<count {
      guard count >= window, window > 1 else {
        output[i] = input[i]
        continue
      }
      let first = min(max(i - half, 0), count - window)
      let row = (i - first) * window
      var sum = 0.0
      for j in 0..<window { sum += table[row + j] * Double(input[first + j]) }
      output[i] = Float(sum)
    }
  }

  /// Smooths `input` into `output`; throws `bufferTooSmall` when the output is shorter or the arena too small.
  public func smooth(_ input: Span<Float>, into output: inout MutableSpan<Float>, arena: inout Arena) throws(Status) {
    guard output.count >= input.count else { throw .bufferTooSmall }
    let mark = arena.mark
    defer { arena.rewind(to: mark) }
    let table = try arena.take(Double.self, tableCount)
    fill(table)
    input.withUnsafeBufferPointer { source in
      output.withUnsafeMutableBufferPointer { smooth(source, table: table, into: $0) }
    }
  }
}
