/// A recording as it was given, at its own rate, for measures that cleaning would hide.
struct RawSignal {
  let samples: UnsafeBufferPointer<Float>
  /// In Hz.
  let rate: Double
  /// Samples of the recording per sample of the cleaned signal.
  let scale: Double
  /// The smallest and the largest value that is not missing.
  let low, high: Float

  init(_ samples: UnsafeBufferPointer<Float>, rate: Double, modelRate: Double) {
    self.samples = samples
    self.rate = rate
    scale = rate / modelRate
    var (low, high) = (Float.infinity, -Float.infinity)
    for value in samples where !MissingSamples.isMissing(value) {
      low = min(low, value)
      high = max(high, value)
    }
    (self.low, self.high) = (low, high)
  }

  /// Where position `index` of the cleaned signal lies here.
  func position(_ index: Int) -> Int { min(samples.count, max(0, wholeNumber(Double(index) * scale))) }

  func range(_ low: Int, _ high: Int) -> Range<Int> {
    let first = position(low)
    return first..<max(first, position(high))
  }

  func seconds(_ count: Int) -> Float { Float(Double(count) / rate) }
}
