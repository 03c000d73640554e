import ECGTestSupport
import Testing

@testable import ECGSignal

/// Measures of signal quality against NumPy and SciPy: `Tests/Vectors/quality.py`.
struct QualityGoldenTests {
  private static let rate = 360.0
  private static let half = 72

  private func withSignal(_ body: (UnsafeBufferPointer<Float>, _ peaks: [Int], _ whole: [Int]) throws -> Void) throws {
    let samples = try Vectors.float32("quality-input")
    let peaks = try Vectors.int32("quality-peaks").map { Int($0) }
    let whole = peaks.filter { $0 >= Self.half && $0 + Self.half <= samples.count }
    try samples.withUnsafeBufferPointer { try body($0, peaks, whole) }
  }

  @Test func correlationsAreThoseWithTheMeanOfTheOthers() throws {
    let expected = try Vectors.float64("quality-correlations")
    try withSignal { signal, _, whole in
      var memory = [Float](repeating: .nan, count: 2 * Self.half)
      memory.withUnsafeMutableBufferPointer { memory in
        var template = BeatTemplate(signal, before: Self.half, after: Self.half, sum: memory)
        for peak in whole { template.add(peak) }
        template.finish()
        let first = whole.map { template.correlation($0, isMember: true) }
        #expect(first.contains { $0 < 0.5 } && first.count { $0 >= 0.5 } > 8)
        template.clear()
        for (peak, fit) in zip(whole, first) where fit >= 0.5 { template.add(peak) }
        template.finish()
        for ((peak, fit), value) in zip(zip(whole, first), expected) {
          // The lead lies at 3 mV, a beat has 144 samples: sums of floats lose about 1e-5.
          #expect(abs(Double(template.correlation(peak, isMember: fit >= 0.5)) - value) < 2e-5)
        }
      }
      #expect(whole.count == expected.count)
    }
  }

  @Test func noiseIsWhatAMovingMeanLeavesBesideTheComplex() throws {
    let expected = try Vectors.float64("quality-noise")
    try withSignal { signal, _, whole in
      let raw = RawSignal(signal, rate: Self.rate, modelRate: Self.rate)
      let noise = FastNoise(rate: Self.rate)
      for (peak, value) in zip(whole, expected) {
        let found = noise.measure(raw, raw.range(peak - Self.half, peak + Self.half), peak: peak)
        #expect(abs(Double(found) / value - 1) < 1e-4)
      }
      #expect(whole.count == expected.count)
    }
  }

  @Test func rhythmIsWhatMediansSay() throws {
    let expected = try Vectors.float64("quality-rhythm")
    try withSignal { signal, peaks, _ in
      var peaks = peaks
      var scratch = [Float](repeating: 0, count: peaks.count)
      let rhythm = peaks.withUnsafeMutableBufferPointer { peaks in
        scratch.withUnsafeMutableBufferPointer {
          Rhythm(peaks, count: peaks.count, duration: signal.count, rate: Self.rate, scratch: $0)
        }
      }
      #expect(Double(rhythm.medianInterval) == expected[0])
      #expect(abs(Double(rhythm.irregularity) - expected[1]) < 1e-6)
      #expect(abs(Double(rhythm.coverage) - expected[2]) < 1e-6)
      #expect(abs(Double(rhythm.plausibility) - expected[2] / (1 + expected[1])) < 1e-6)
    }
  }
}
