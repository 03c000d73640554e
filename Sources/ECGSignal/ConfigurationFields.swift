import ECGCore

/// The one table of `PipelineConfiguration`'s fields: each can be read and written as a number, by index, under a
/// name that never changes. Weights files store them so.
extension PipelineConfiguration {
  public static var fieldCount: Int { 20 }

  /// The stable name of a field, with its unit; empty for an index outside 0..<fieldCount.
  public static func fieldName(_ index: Int) -> StaticString {
    switch index {
    case 0: "sampling_rate_hz"
    case 1: "front_end"
    case 2: "sass_cutoff_hz"
    case 3: "sass_order"
    case 4: "sass_sparse_order"
    case 5: "sass_penalty"
    case 6: "sass_iterations"
    case 7: "band_pass_low_hz"
    case 8: "band_pass_high_hz"
    case 9: "band_pass_order"
    case 10: "longest_bridge_s"
    case 11: "peak_search_s"
    case 12: "alignment_search_s"
    case 13: "beat_before_s"
    case 14: "beat_after_s"
    case 15: "smallest_amplitude_mv"
    case 16: "amplitude_ratio"
    case 17: "smoothing_window_s"
    case 18: "smoothing_order"
    case 19: "representation"
    default: ""
    }
  }

  /// A field's value as a number; enumerations give the number that files store.
  public subscript(field index: Int) -> Double {
    switch index {
    case 0: samplingRate
    case 1: Double(frontEnd.rawValue)
    case 2: sassCutoff
    case 3: Double(sassOrder)
    case 4: Double(sassSparseOrder)
    case 5: sassPenalty
    case 6: Double(sassIterations)
    case 7: bandPassLow
    case 8: bandPassHigh
    case 9: Double(bandPassOrder)
    case 10: longestBridge
    case 11: peakSearch
    case 12: alignmentSearch
    case 13: beatBefore
    case 14: beatAfter
    case 15: smallestAmplitude
    case 16: amplitudeRatio
    case 17: smoothingWindow
    case 18: Double(smoothingOrder)
    case 19: Double(representation.rawValue)
    default: 0
    }
  }

  /// Sets a field from a stored number.
  ///
  /// Throws `configuration` for an unknown index, a fraction where a whole number is meant, or an enumeration's number
  /// that this version does not know. Ranges are checked by `validate()`.
  public mutating func setField(_ index: Int, to value: Double) throws(Status) {
    switch index {
    case 0: samplingRate = value
    case 1:
      guard let known = FrontEnd(rawValue: try whole(value)) else { throw .configuration }
      frontEnd = known
    case 2: sassCutoff = value
    case 3: sassOrder = try whole(value)
    case 4: sassSparseOrder = try whole(value)
    case 5: sassPenalty = value
    case 6: sassIterations = try whole(value)
    case 7: bandPassLow = value
    case 8: bandPassHigh = value
    case 9: bandPassOrder = try whole(value)
    case 10: longestBridge = value
    case 11: peakSearch = value
    case 12: alignmentSearch = value
    case 13: beatBefore = value
    case 14: beatAfter = value
    case 15: smallestAmplitude = value
    case 16: amplitudeRatio = value
    case 17: smoothingWindow = value
    case 18: smoothingOrder = try whole(value)
    case 19:
      guard let known = Representation(rawValue: try whole(value)) else { throw .configuration }
      representation = known
    default: throw .configuration
    }
  }

  private func whole(_ value: Double) throws(Status) -> Int32 {
    guard let number = Int32(exactly: value) else { throw .configuration }
    return number
  }
}
