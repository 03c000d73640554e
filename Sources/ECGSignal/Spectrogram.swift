import CECGKernels
import ECGCore

/// The spectrogram of a beat, equal to what matplotlib computes with
/// `mlab.specgram(beat, NFFT=50, noverlap=44, mode="magnitude")` at 500 Hz: magnitudes of the Fourier transforms of
/// overlapping windows, each weighted by Hann's window and divided by its sum.
///
/// A window is 0.1 s long and the next one begins 0.012 s later: 26 frequencies × 26 instants for a beat of 200 samples
/// at 500 Hz. The lowest frequency is the first row.
public struct Spectrogram {
  private static var windowSeconds: Double { 0.1 }
  private static var hopSeconds: Double { 0.012 }

  public let frequencies: Int
  public let instants: Int
  private let length: Int
  private let window: Int
  private let hop: Int
  /// Weighted cosines, then sines, by frequency, by sample of a window.
  private let table: UnsafeMutableBufferPointer<Float>

  /// Prepares spectrograms of beats of `length` samples at `samplingRate` Hz, with a table in the arena.
  ///
  /// Throws `configuration` for beats shorter than a window, and for a rate at which windows would not move.
  public init(length: Int, samplingRate: Double, arena: inout Arena) throws(Status) {
    guard (8...4096).contains(length), PipelineConfiguration.samplingRates.contains(samplingRate) else {
      throw .configuration
    }
    window = wholeNumber(Self.windowSeconds * samplingRate)
    hop = max(1, wholeNumber(Self.hopSeconds * samplingRate))
    guard window >= 4, window <= length else { throw .configuration }
    self.length = length
    frequencies = window / 2 + 1
    instants = (length - window) / hop + 1
    table = try arena.take(Float.self, 2 * frequencies * window)
    guard !arena.isMeasuring else { return }
    fill()
  }

  private func fill() {
    let turn = 2 * Double.pi
    var sum = 0.0
    for i in 0..<window { sum += hann(i) }
    for frequency in 0..<frequencies {
      for i in 0..<window {
        let angle = turn * Double(frequency * i % window) / Double(window)
        table[frequency * window + i] = Float(ecg_cos(angle) * hann(i) / sum)
        table[(frequencies + frequency) * window + i] = Float(ecg_sin(angle) * hann(i) / sum)
      }
    }
  }

  private func hann(_ i: Int) -> Double { 0.5 - 0.5 * ecg_cos(2 * Double.pi * Double(i) / Double(window - 1)) }

  /// Spectrograms of `count` beats that lie one after the other, each `frequencies` × `instants`.
  func compute(count: Int, beats: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>) {
    guard let table = table.baseAddress else { return }
    for beat in 0..<count {
      for frequency in 0..<frequencies {
        let row = output + (beat * frequencies + frequency) * instants
        for instant in 0..<instants {
          let samples = beats + beat * length + instant * hop
          let real = ecg_dot(window, samples, table + frequency * window)
          let imaginary = ecg_dot(window, samples, table + (frequencies + frequency) * window)
          row[instant] = ecg_sqrtf(real * real + imaginary * imaginary)
        }
      }
    }
  }
}
