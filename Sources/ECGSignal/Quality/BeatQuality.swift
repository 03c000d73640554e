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

  /// One number from 0, useless, to 1: the correlation, unless something else speaks against the beat. (Noise that a
  /// filter takes away does no harm; noise that it leaves lowers the correlation.)
  public var value: Float {
    switch fault {
    case .none, .oddAmplitude, .ectopic, .unlike: max(0, correlation)
    default: isMisshapen ? max(0, correlation) : 0
    }
  }

  /// Whether the fault names what spoiled the beat's shape.
  var isMisshapen = false
}
