import CECGKernels
import ECGCore

/// How much of a QRS complex there is at each instant: the magnitude of a Morlet wavelet transform at 12 Hz.
///
/// QRS complexes stand out most from P and T waves, drift and muscle noise around 8 to 20 Hz (Elgendi, Jonkman and
/// De Boer 2010, "Frequency bands effects on QRS detection"). The magnitude has one smooth maximum per complex, whatever
/// its polarity and shape, and needs no further integration.
///
/// Works on a reduced signal of 100 to 200 samples a second, sample by sample, in fixed memory.
struct QRSEnvelope {
  private let wavelet: MorletWavelet
  /// The last samples, kept twice so that they always lie in one piece.
  private let history: UnsafeMutableBufferPointer<Float>
  private var next = 0

  /// What the envelope lags behind, in samples: half the wavelet's length.
  var delay: Int { wavelet.reach }

  init(samplingRate: Double, arena: inout Arena) throws(Status) {
    wavelet = try MorletWavelet(centre: 12, bandwidth: 4.5, samplingRate: samplingRate, arena: &arena)
    history = try arena.take(Float.self, 2 * (2 * wavelet.reach + 1))
    for i in 0..<history.count { history[i] = 0 }
  }

  /// Takes the next sample; returns the envelope `delay` samples earlier.
  @inline(__always)
  mutating func push(_ sample: Float) -> Float {
    guard let history = history.baseAddress else { return 0 }
    let length = 2 * wavelet.reach + 1
    history[next] = sample
    history[next + length] = sample
    next = next + 1 == length ? 0 : next + 1
    // The oldest of the last `length` samples is at `next`.
    return ecg_sqrtf(wavelet.power(history + next + wavelet.reach))
  }
}
