import ECGCore
import ECGTestSupport
import Foundation
import Testing

@testable import ECGSignal

struct SpikeRemovalTests {
  /// What comes out, for samples at a rate, of a signal whose beats have a height in the envelope.
  private func removed(_ samples: [Float], rate: Double, beatHeight: Float) throws -> [Float] {
    let memory = Memory(bytes: 8192)
    var arena = try memory.arena()
    var removal = try SpikeRemoval(samplingRate: rate, arena: &arena)
    return samples.compactMap { removal.removed($0, beatHeight: beatHeight) }
  }

  /// Waves as slow as T waves, so that nothing stands out within 12 ms.
  private func slow(_ count: Int, _ rate: Double) -> [Float] {
    (0..<count).map { 0.3 * Float(sin(2 * .pi * 3 * Double($0) / rate)) }
  }

  @Test(arguments: [200.0, 360, 500, 1000, 10_000]) func aStraightLineTakesTheSpikesPlace(rate: Double) throws {
    let count = Int(3 * rate)
    let clean = slow(count, rate)
    var samples = clean
    let top = count / 2
    for i in 0..<max(1, Int(0.004 * rate)) { samples[top + i] -= 2 }
    let output = try removed(samples, rate: rate, beatHeight: 0.4)
    #expect(output.count == count - 3 * SpikeRemoval.width(rate))
    #expect(zip(output, clean).allSatisfy { abs($0 - $1) < 0.01 })
    // What is not near the spike passes as it is.
    let near = top - 3 * SpikeRemoval.width(rate)...top + 3 * SpikeRemoval.width(rate)
    #expect(output.indices.allSatisfy { near.contains($0) || output[$0] == samples[$0] })
  }

  @Test func whatIsNotTallForBeatsOrNotAloneStays() throws {
    var samples = slow(1080, 360)
    samples[540] += 2
    #expect(try removed(samples, rate: 360, beatHeight: 0.4) != Array(samples.dropLast(12)))
    // Beats as tall, and beats unknown.
    #expect(try removed(samples, rate: 360, beatHeight: 0.6) == Array(samples.dropLast(12)))
    #expect(try removed(samples, rate: 360, beatHeight: 0) == Array(samples.dropLast(12)))
    // Followed by others, as noise is.
    var noisy = samples
    for i in 540..<560 { noisy[i] += i % 2 == 0 ? 1 : -1 }
    #expect(try removed(noisy, rate: 360, beatHeight: 0.4) == Array(noisy.dropLast(12)))
    // One of many.
    for i in stride(from: 10, to: 1080, by: 20) { samples[i] += 2 }
    let output = try removed(samples, rate: 360, beatHeight: 0.4)
    #expect(output.suffix(500) == samples.dropLast(12).suffix(500))
  }

  @Test func slowSamplesPassAtOnce() throws {
    var samples = slow(500, 128)
    samples[250] += 5
    #expect(try removed(samples, rate: 128, beatHeight: 0.1) == samples)
    #expect(try removed(samples, rate: 199.9, beatHeight: 0.1) == samples)
  }
}
