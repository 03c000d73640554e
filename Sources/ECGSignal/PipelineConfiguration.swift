import CECGKernels
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
    /// The spectrogram (`Spectrogram`): 26 frequencies × 26 instants × 1 channel for 200 samples at 500 Hz.
    case spectrogram = 2
  }

  /// What finds R peaks. The numbers are stored in weights files and never change.
  public enum Detector: Int32, Sendable, BitwiseCopyable {
    /// Pan and Tompkins' rules on the cleaned signal (`PanTompkins`).
    case panTompkins = 0
    /// The likeliest series of beats in the signal as it was recorded (`RPeakDetector`).
    case beatPath = 1
  }

  /// The rate every signal is resampled to, in Hz.
  public var samplingRate: Double = 500
  public var frontEnd = FrontEnd.sass

  /// Before SASS, drift slower than this many Hz is removed (`BaselineRemoval`); 0 leaves it in, as the paper does.
  public var baselineCutoff: Double = 1
  /// SASS: cut-off frequency in Hz (0.022 cycles/sample at 500 Hz).
  public var sassCutoff: Double = 11
  /// SASS: order d of the high-pass filter (its numerator is (1 − z⁻¹)^2d).
  public var sassOrder: Int32 = 2
  /// SASS: order K of the difference that is sparse.
  public var sassSparseOrder: Int32 = 1
  /// SASS: weight λ of the L1 penalty, for a signal of unit variance.
  public var sassPenalty: Double = 1.2
  /// SASS: the most iterations; about ten are enough for an electrocardiogram.
  public var sassIterations: Int32 = 50

  /// Band-pass: lower and upper −3 dB frequencies in Hz, and the order of its low-pass prototype.
  public var bandPassLow: Double = 1
  public var bandPassHigh: Double = 40
  public var bandPassOrder: Int32 = 2

  /// The longest run of missing samples, in seconds, that is bridged as if nothing were missing.
  public var longestBridge: Double = 0.05
  /// How far a detected peak may be moved to the true R maximum, in seconds, either way.
  public var peakSearch: Double = 0.075
  /// How far a beat may then be moved to lie on the recording's mean beat, in seconds, either way (0 for not at all).
  public var alignmentSearch: Double = 0.02
  /// What a beat holds before and after its R peak, in seconds: [R − before, R + after).
  public var beatBefore: Double = 0.2
  public var beatAfter: Double = 0.2
  /// A beat whose values span less than this, in mV, is flat and left out.
  public var smallestAmplitude: Double = 0.05
  /// A beat whose span differs from the recording's median by more than this factor is left out.
  public var amplitudeRatio: Double = 3
  /// Savitzky–Golay smoothing along the beat: window in seconds (11 samples at 500 Hz; 0 for none) and polynomial
  /// order.
  public var smoothingWindow: Double = 0.022
  public var smoothingOrder: Int32 = 1

  public var representation = Representation.beat

  /// Signal quality: a beat is left out when the recording stands still within it for longer than this, in seconds …
  public var longestFlat: Double = 0.1
  /// … or stands at its largest or smallest value for longer than this, in seconds …
  public var longestClip: Double = 0.012
  /// … when fast noise beside its QRS complex (root mean square) is more than this share of its height …
  public var largestNoise: Double = 1
  /// … when the baseline moves by more than this many of its heights …
  public var largestWander: Double = 1
  /// … or when its correlation with the recording's other beats is less than this. 0 asks for none of these.
  public var leastCorrelation: Double = 0.8
  /// A recording of less quality (`PipelineReport.quality`) is refused as a poor signal; 0 refuses none.
  public var leastQuality: Double = 0.5

  public var detector = Detector.beatPath

  public init() {}
}

// MARK: - Validation

extension PipelineConfiguration {
  /// Throws `configuration` unless every field lies in a range that the chain can work with.
  public func validate() throws(Status) {
    guard Self.samplingRates.contains(samplingRate) else { throw .configuration }
    let nyquist = samplingRate / 2
    guard baselineCutoff == 0 || (baselineCutoff >= 1e-4 * samplingRate && baselineCutoff < nyquist) else {
      throw .configuration
    }
    guard sassCutoff > 0, sassCutoff < nyquist, (1...3).contains(sassOrder),
      sassSparseOrder >= 1, sassSparseOrder <= 2 * sassOrder,
      sassPenalty > 0, sassPenalty <= 1e6, (1...10_000).contains(sassIterations)
    else { throw .configuration }
    guard bandPassLow > 0, bandPassLow < bandPassHigh, bandPassHigh < nyquist, (1...6).contains(bandPassOrder) else {
      throw .configuration
    }
    guard longestBridge >= 0, longestBridge <= 1, peakSearch >= 0, peakSearch <= 0.2,
      alignmentSearch >= 0, alignmentSearch <= 0.1
    else { throw .configuration }
    guard beatBefore > 0, beatBefore <= 1, beatAfter > 0, beatAfter <= 1, (8...4096).contains(beatLength) else {
      throw .configuration
    }
    guard smallestAmplitude >= 0, smallestAmplitude < 1e6, amplitudeRatio > 1, amplitudeRatio <= 1e6 else {
      throw .configuration
    }
    guard longestFlat >= 0, longestFlat <= 10, longestClip >= 0, longestClip <= 10, largestNoise >= 0,
      largestNoise <= 1e6, largestWander >= 0, largestWander <= 1e6, leastCorrelation >= 0, leastCorrelation <= 1,
      leastQuality >= 0, leastQuality <= 1
    else { throw .configuration }
    guard smoothingWindow >= 0, smoothingWindow <= beatBefore + beatAfter, smoothingSamples <= beatLength,
      smoothingOrder >= 0, smoothingOrder <= 5, Int(smoothingOrder) < smoothingSamples
    else { throw .configuration }
  }

  /// Rates that are accepted, in Hz, for a signal and for the model.
  public static var samplingRates: ClosedRange<Double> { 50...10_000 }

  /// `seconds` as a number of samples at the model's rate.
  func samples(_ seconds: Double) -> Int { wholeNumber(seconds * samplingRate) }

  /// Samples per beat at the model's rate (200 by default).
  public var beatLength: Int { samples(beatBefore) + samples(beatAfter) }

  /// The smoothing window as an odd number of samples; 1 smooths nothing.
  var smoothingSamples: Int { 2 * wholeNumber((smoothingWindow * samplingRate / 2).rounded(.down)) + 1 }
}
