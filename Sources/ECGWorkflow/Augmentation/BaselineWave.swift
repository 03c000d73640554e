import ECGCore
import Foundation

/// A slow sine under the beat: what breath and movement leave of the baseline.
public struct BaselineWave: Sendable, Equatable {
  /// The largest amplitude, in standard deviations of the beat.
  public var largest = 0.6
  /// Hertz.
  public var frequency = 0.15...1.5

  public init() {}

  func apply(
    to beat: inout [Float], _ timing: BeatTiming, deviation: Float, using generator: inout SeededGenerator
  ) {
    let height = largest * generator.uniform() * Double(deviation)
    let step = 2 * .pi * generator.uniform(in: frequency) / timing.samplingRate
    let phase = 2 * .pi * generator.uniform()
    guard height > 0 else { return }
    for sample in beat.indices { beat[sample] += Float(height * sin(step * Double(sample) + phase)) }
  }
}
