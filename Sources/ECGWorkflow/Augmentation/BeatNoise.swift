import ECGCore

/// White noise.
public struct BeatNoise: Sendable, Equatable {
  /// The largest standard deviation, in those of the beat.
  public var largest = 0.25

  public init() {}

  func apply(to beat: inout [Float], deviation: Float, using generator: inout SeededGenerator) {
    let own = largest * generator.uniform() * Double(deviation)
    guard own > 0 else { return }
    for sample in beat.indices { beat[sample] += Float(own * generator.normal()) }
  }
}
