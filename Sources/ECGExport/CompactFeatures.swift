import ECGModelFile
import ECGNetwork

/// Outlier references in fewer bits: float16, or 8 bits with a scale for each reference.
public enum CompactFeatures {
  /// The values that are left of some references when they are stored so; nil when they are beyond the range of float16.
  public static func rounded(_ features: [Float], dimensions: Int, as storage: Layer.Storage) -> [Float]? {
    switch storage {
    case .float32: return features
    case .float16:
      let values = features.map { Float(Float16($0)) }
      return values.allSatisfy(\.isFinite) ? values : nil
    case .int8:
      let (values, scales) = bytes(of: features, dimensions: dimensions)
      return values.indices.map { scales[$0 / dimensions] * Float(values[$0]) }
    }
  }

  /// Rounds each value to the nearest of 255 multiples of its reference's scale, which the largest is 127 times.
  static func bytes(of features: [Float], dimensions: Int) -> (values: [Int8], scales: [Float]) {
    var values: [Int8] = []
    var scales: [Float] = []
    values.reserveCapacity(features.count)
    for start in stride(from: 0, to: features.count, by: dimensions) {
      let reference = features[start..<start + dimensions]
      let largest = reference.reduce(0) { max($0, abs($1)) }
      // A scale so small that it is no number by which to divide holds zeros, too.
      let scale = largest / 127 < .leastNormalMagnitude ? 1 : largest / 127
      scales.append(scale)
      for value in reference { values.append(Int8(max(-127, min(127, (value / scale).rounded(.toNearestOrEven))))) }
    }
    return (values, scales)
  }
}

extension OutlierReference.Values {
  /// As float32, in whatever form they are stored.
  public var floats: [Float] {
    switch self {
    case .float32(let values): Array(values)
    case .float16(let values): values.map { Float(Float16(bitPattern: $0)) }
    case .int8(let values, let scales):
      values.indices.map { scales[$0 / (values.count / scales.count)] * Float(values[$0]) }
    }
  }
}
