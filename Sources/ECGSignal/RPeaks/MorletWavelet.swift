import CECGKernels
import ECGCore

/// A complex Morlet wavelet: a wave of one frequency under a Gaussian, three standard deviations long on either side.
///
/// Its real part is even and its imaginary part odd, so one half of each is kept. A wave of amplitude 1 at its centre
/// frequency gives a magnitude of 1, a constant gives 0.
struct MorletWavelet {
  /// Samples on either side of the middle.
  let reach: Int
  private let even: UnsafeMutableBufferPointer<Float>
  private let odd: UnsafeMutableBufferPointer<Float>

  /// - Parameters:
  ///   - centre, bandwidth: the centre frequency and the standard deviation of the spectrum, in Hz
  init(centre: Double, bandwidth: Double, samplingRate: Double, arena: inout Arena) throws(Status) {
    let deviation = samplingRate / (2 * .pi * bandwidth)
    reach = max(2, wholeNumber(3 * deviation))
    even = try arena.take(Float.self, reach + 1)
    odd = try arena.take(Float.self, reach + 1)
    guard !arena.isMeasuring else { return }
    func gaussian(_ k: Int) -> Double {
      let z = Double(k) / deviation
      return ecg_exp(-0.5 * z * z)
    }
    let step = 2 * .pi * centre / samplingRate
    var (wave, weight) = (0.0, 0.0)
    for k in -reach...reach {
      wave += gaussian(k) * ecg_cos(step * Double(k))
      weight += gaussian(k)
    }
    for k in 0...reach {
      let scale = 2 * gaussian(k) / weight
      even[k] = Float(scale * (ecg_cos(step * Double(k)) - wave / weight))
      odd[k] = Float(scale * ecg_sin(step * Double(k)))
    }
  }

  /// The squared magnitude of the transform at `middle`, which must have `reach` samples on either side.
  @inline(__always)
  func power(_ middle: UnsafePointer<Float>) -> Float {
    guard let even = even.baseAddress, let odd = odd.baseAddress else { return 0 }
    var real = even[0] * middle[0]
    var imaginary: Float = 0
    for k in 1...reach {
      let (after, before) = (middle[k], middle[-k])
      real += even[k] * (after + before)
      imaginary += odd[k] * (after - before)
    }
    return real * real + imaginary * imaginary
  }
}
