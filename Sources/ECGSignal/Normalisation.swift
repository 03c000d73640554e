import CECGKernels
import ECGCore

/// Scaling of signals and beats.
public enum Normalisation {
  /// Mean and standard deviation (over N, not N − 1) of a signal.
  public struct Moments: Equatable, Sendable {
    public var mean: Double
    public var deviation: Double
  }

  /// The moments of `samples`, in double precision and two passes; both are 0 for an empty signal.
  static func moments(_ samples: UnsafeMutableBufferPointer<Float>) -> Moments {
    guard !samples.isEmpty else { return Moments(mean: 0, deviation: 0) }
    let count = Double(samples.count)
    var sum = 0.0
    for value in samples { sum += Double(value) }
    let mean = sum / count
    var squares = 0.0
    for value in samples {
      let difference = Double(value) - mean
      squares += difference * difference
    }
    return Moments(mean: mean, deviation: ecg_sqrt(squares / count))
  }

  /// Gives the signal zero mean and unit variance; returns what it had. Throws `flatSignal` when its deviation is 0.
  public static func standardise(_ samples: inout MutableSpan<Float>) throws(Status) -> Moments {
    let moments = samples.withUnsafeMutableBufferPointer { buffer in
      let moments = Normalisation.moments(buffer)
      standardise(buffer, moments)
      return moments
    }
    guard moments.deviation > 0 else { throw .flatSignal }
    return moments
  }

  static func standardise(_ samples: UnsafeMutableBufferPointer<Float>, _ moments: Moments) {
    guard moments.deviation > 0 else { return }
    let scale = 1 / moments.deviation
    for i in samples.indices { samples[i] = Float((Double(samples[i]) - moments.mean) * scale) }
  }

  /// Undoes `standardise`.
  static func restore(_ samples: UnsafeMutableBufferPointer<Float>, _ moments: Moments) {
    for i in samples.indices { samples[i] = Float(Double(samples[i]) * moments.deviation + moments.mean) }
  }

  /// Divides by the Euclidean norm; a vector of zeros stays as it is.
  public static func unitLength(_ values: inout MutableSpan<Float>) {
    values.withUnsafeMutableBufferPointer { unitLength($0) }
  }

  static func unitLength(_ values: UnsafeMutableBufferPointer<Float>) {
    var squares = 0.0
    for value in values { squares += Double(value) * Double(value) }
    guard squares > 0, squares.isFinite else { return }
    let scale = 1 / ecg_sqrt(squares)
    for i in values.indices { values[i] = Float(Double(values[i]) * scale) }
  }
}
