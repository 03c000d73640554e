import ECGCore
import Foundation

/// A gain that changes slowly along the beat, as the heart's axis does with breath and posture: some waves become higher
/// than others.
public struct GainDrift: Sendable, Equatable {
  /// The largest relative change.
  public var largest = 0.15
  /// Of the sine that it follows, in Hz.
  public var frequency = 0.3...1.5

  public init() {}

  func apply(to beat: inout [Float], _ timing: BeatTiming, using generator: inout SeededGenerator) {
    let height = largest * generator.uniform()
    let step = 2 * .pi * generator.uniform(in: frequency) / timing.samplingRate
    let phase = 2 * .pi * generator.uniform()
    guard height > 0 else { return }
    for sample in beat.indices { beat[sample] *= Float(1 + height * sin(step * Double(sample) + phase)) }
  }
}
