import CECGKernels

/// Why a beat is left out, or a recording refused. The numbers are those of `ECG_FAULT_…` in `ecg.h` and never change.
public enum SignalFault: Int32, Sendable, BitwiseCopyable {
  case none = 0
  /// The beat's window reaches beyond the recording.
  case border = 1
  /// It touches missing samples.
  case gap = 2
  /// Nothing moves: the beat spans too little, or the recording stands still within it (`StandingSamples`).
  case flat = 3
  /// The recording stands at its largest or smallest value (`StandingSamples`).
  case clipped = 4
  /// Fast noise beside the QRS complex (`FastNoise`).
  case noisy = 5
  /// The baseline moves (`BaselineWander`).
  case wandering = 6
  /// The beat's amplitude is far from the recording's (`BeatHeight`).
  case oddAmplitude = 7
  /// A beat of another shape than the recording's (`BeatTemplate`) that came early: from another place in the heart.
  case ectopic = 8
  /// A beat of another shape than the recording's, without that excuse: disturbed, or no beat.
  case unlike = 9
  /// Recordings only: the beats do not follow each other as heartbeats do (`Rhythm`).
  case rhythm = 10

  public static var count: Int { 11 }

  /// Static, zero-terminated English text, as a list of beats left out has it: "3 noisy".
  public var text: UnsafePointer<CChar> { ecg_kernel_fault_text(rawValue) }
}
