import CECGKernels
import ECGCore

/// How much of a QRS complex there is at each instant: the magnitude of a complex Morlet wavelet transform at 12 Hz.
///
/// QRS complexes stand out most from P and T waves, drift and muscle noise around 8 to 20 Hz (Elgendi, Jonkman and
/// De Boer 2010, "Frequency bands effects on QRS detection"). The magnitude has one smooth maximum per complex, whatever
/// its polarity and shape, and needs no further integration.
///
/// Works on a decimated signal of 100 to 200 samples a second, sample by sample, in fixed memory. The real part of the
/// wavelet is even and the imaginary part odd, so that each pair of samples is added and subtracted once.
struct QRSEnvelope {
  /// The wavelet's centre frequency and the standard deviation of its spectrum, in Hz.
  private static var centre: Double { 12 }
  private static var bandwidth: Double { 4.5 }

  /// Half the wavelet's length in samples: what the envelope lags behind.
  let delay: Int
  private let even: UnsafeMutableBufferPointer<Float>
  private let odd: UnsafeMutableBufferPointer<Float>
  /// The last 2 · delay + 1 samples, kept twice so that they always lie in one piece.
  private let history: UnsafeMutableBufferPointer<Float>
  private var next = 0

  init(samplingRate: Double, arena: inout Arena) throws(Status) {
    let deviation = samplingRate / (2 * .pi * Self.bandwidth)
    delay = max(2, wholeNumber(3 * deviation))
    even = try arena.take(Float.self, delay + 1)
    odd = try arena.take(Float.self, delay + 1)
    history = try arena.take(Float.self, 2 * (2 * delay + 1))
    guard !arena.isMeasuring else { return }
    for i in 0..<history.count { history[i] = 0 }
    // The Gaussian that makes the even part's sum zero, so that a constant gives nothing.
    var (sum, weight) = (0.0, 0.0)
    var energy = 0.0
    for pass in 0..<2 {
      for k in 0...delay {
        let t = Double(k)
        let window = ecg_exp(-0.5 * (t / deviation) * (t / deviation))
        let phase = 2 * .pi * Self.centre * t / samplingRate
        if pass == 0 {
          sum += (k == 0 ? 1 : 2) * window * ecg_cos(phase)
          weight += (k == 0 ? 1 : 2) * window
          energy += (k == 0 ? 1 : 2) * window
        } else {
          even[k] = Float(window * (ecg_cos(phase) - sum / weight) * 2 / energy)
          odd[k] = Float(window * ecg_sin(phase) * 2 / energy)
        }
      }
    }
  }

  /// Takes the next sample; returns the envelope `delay` samples earlier.
  @inline(__always)
  mutating func push(_ sample: Float) -> Float {
    let length = 2 * delay + 1
    guard let history = history.baseAddress, let even = even.baseAddress, let odd = odd.baseAddress else { return 0 }
    history[next] = sample
    history[next + length] = sample
    next += 1
    if next == length { next = 0 }
    // The oldest of the last `length` samples is at `next`.
    let middle = history + next + delay
    var real = even[0] * middle[0]
    var imaginary: Float = 0
    for k in 1...delay {
      let (after, before) = (middle[k], middle[-k])
      real += even[k] * (after + before)
      imaginary += odd[k] * (after - before)
    }
    return ecg_sqrtf(real * real + imaginary * imaginary)
  }
}
