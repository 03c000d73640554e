import ECGCore

/// Everything the signal chain can be told, in seconds and hertz; a weights file carries it, so that a device prepares
/// beats exactly as training did.
public struct PipelineConfiguration: Equatable, Sendable, BitwiseCopyable {
  /// What cleans the signal before beats are cut. The numbers are stored in weights files and never change.
  public enum FrontEnd: Int32, Sendable, BitwiseCopyable {
    /// Sparsity-assisted signal smoothing (`SASS`).
    case sass = 0
    /// Butterworth band-pass, forward and backward (`BandPass`).
    case bandPass = 1
  }

  /// What a network sees of a beat. The numbers are stored in weights files and never change.
  public enum Representation: Int32, Sendable, BitwiseCopyable {
    /// The samples: `beatLength` steps × 1 channel.
    case beat = 0
    /// The Morlet scalogram: 64 scales × 64 instants × 1 channel.
    case scalogram = 1
  }

  /// The rate every signal is resampled to, in Hz.
  public var samplingRate: Double = 500
  public var frontEnd = FrontEnd.sass

  /// SASS: cut-off frequency in Hz (0.022 cycles/sample at 500 Hz).
  public var sassCutoff: Double = 11
  /// SASS: order d of the high-pass filter (its numerator is (1 − z⁻¹)^2d).
  public var sassOrder: Int32 = 2
  /// SASS: order K of the difference that is sparse.
  public var sassSparseOrder: Int32 = 1
  /// SASS: weight λ of the L1 penalty, for a signal of unit variance.
  public var sassPenalty: Double = 1.2
  /// SASS: the most iterations.
  public var sassIterations: Int32 = 2000

  /// Band-pass: lower and upper −3 dB frequencies in Hz, and the order of its low-pass prototype.
  public var bandPassLow: Double = 0.5
  public var bandPassHigh: Double = 40
  public var bandPassOrder: Int32 = 2

  /// How far a detected peak may be moved to the true R maximum, in seconds, either way.
  public var peakSearch: Double = 0.075
  /// What a beat holds before and after its R peak, in seconds: [R − before, R + after).
  public var beatBefore: Double = 0.2
  public var beatAfter: Double = 0.2
  /// Savitzky–Golay smoothing along the beat: window in seconds (11 samples at 500 Hz) and polynomial order.
  public var smoothingWindow: Double = 0.022
  public var smoothingOrder: Int32 = 1

  public var representation = Representation.beat

  public init() {}
}
