/// What was measured of one beat.
public struct BeatQuality: Equatable, Sendable, BitwiseCopyable {
  /// The largest minus the smallest value of the cleaned beat, in mV.
  public var height: Float = 0
  /// The longest time for which the recording stands still within the beat, in seconds.
  public var flatTime: Float = 0
  /// The longest time that it spends at the recording's largest or smallest value, in seconds.
  public var clippedTime: Float = 0
  /// Fast noise beside the QRS complex, root mean square, in heights of the beat.
  public var noise: Float = 0
  /// How far the baseline moves, in heights of the beat.
  public var wander: Float = 0
  /// The correlation with the recording's other beats, −1 to 1.
  public var correlation: Float = 0
  /// Why the beat is left out, if it is.
  public var fault = SignalFault.none

  public init() {}

  /// One number from 0, useless, to 1: how far the beat's shape is that of its recording, and free of noise.
  public var value: Float {
    guard fault != .border, fault != .gap, fault != .flat, height > 0 else { return 0 }
    let loud = noise / Self.loudNoise
    return max(0, correlation) / (1 + loud * loud)
  }

  /// Noise of this many heights halves the quality.
  private static var loudNoise: Float { 0.1 }
}
