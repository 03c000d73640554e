import ECGCore

/// The one table of `PipelineConfiguration`'s fields: each can be read and written as a number, by index, under a
/// name that never changes. Weights files store them so.
extension PipelineConfiguration {
  public static var fieldCount: Int { 28 }

  /// The stable name of a field, with its unit; empty for an index outside 0..<fieldCount.
  public static func fieldName(_ index: Int) -> StaticString {
    switch index {
    case 0: "sampling_rate_hz"
    case 1: "front_end"
    case 2: "baseline_cutoff_hz"
    case 3: "sass_cutoff_hz"
    case 4: "sass_order"
    case 5: "sass_sparse_order"
    case 6: "sass_penalty"
    case 7: "sass_iterations"
    case 8: "band_pass_low_hz"
    case 9: "band_pass_high_hz"
    case 10: "band_pass_order"
    case 11: "longest_bridge_s"
    case 12: "peak_search_s"
    case 13: "alignment_search_s"
    case 14: "beat_before_s"
    case 15: "beat_after_s"
    case 16: "smallest_amplitude_mv"
    case 17: "amplitude_ratio"
    case 18: "smoothing_window_s"
    case 19: "smoothing_order"
    case 20: "representation"
    case 21: "longest_flat_s"
    case 22: "longest_clip_s"
    case 23: "largest_noise"
    case 24: "largest_wander"
    case 25: "least_correlation"
    case 26: "least_quality"
    case 27: "detector"
    default: ""
    }
  }

  /// What a field is when a file says nothing of it: nil for the fields of the first version, which every file has, and
  /// for later ones what the chain did before they came. (The defaults of a new configuration may be others.)
  public static func fieldWhenAbsent(_ index: Int) -> Double? {
    switch index {
    case 21...26: 0
    case 27: Double(Detector.panTompkins.rawValue)
    default: nil
    }
  }

  /// A field's value as a number; enumerations give the number that files store.
  public subscript(field index: Int) -> Double {
    switch index {
    case 0: samplingRate
    case 1: Double(frontEnd.rawValue)
    case 2: baselineCutoff
    case 3: sassCutoff
    case 4: Double(sassOrder)
    case 5: Double(sassSparseOrder)
    case 6: sassPenalty
    case 7: Double(sassIterations)
    case 8: bandPassLow
    case 9: bandPassHigh
    case 10: Double(bandPassOrder)
    case 11: longestBridge
    case 12: peakSearch
    case 13: alignmentSearch
    case 14: beatBefore
    case 15: beatAfter
    case 16: smallestAmplitude
    case 17: amplitudeRatio
    case 18: smoothingWindow
    case 19: Double(smoothingOrder)
    case 20: Double(representation.rawValue)
    case 21: longestFlat
    case 22: longestClip
    case 23: largestNoise
    case 24: largestWander
    case 25: leastCorrelation
    case 26: leastQuality
    case 27: Double(detector.rawValue)
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
    case 2: baselineCutoff = value
    case 3: sassCutoff = value
    case 4: sassOrder = try whole(value)
    case 5: sassSparseOrder = try whole(value)
    case 6: sassPenalty = value
    case 7: sassIterations = try whole(value)
    case 8: bandPassLow = value
    case 9: bandPassHigh = value
    case 10: bandPassOrder = try whole(value)
    case 11: longestBridge = value
    case 12: peakSearch = value
    case 13: alignmentSearch = value
    case 14: beatBefore = value
    case 15: beatAfter = value
    case 16: smallestAmplitude = value
    case 17: amplitudeRatio = value
    case 18: smoothingWindow = value
    case 19: smoothingOrder = try whole(value)
    case 20:
      guard let known = Representation(rawValue: try whole(value)) else { throw .configuration }
      representation = known
    case 21: longestFlat = value
    case 22: longestClip = value
    case 23: largestNoise = value
    case 24: largestWander = value
    case 25: leastCorrelation = value
    case 26: leastQuality = value
    case 27:
      guard let known = Detector(rawValue: try whole(value)) else { throw .configuration }
      detector = known
    default: throw .configuration
    }
  }

  private func whole(_ value: Double) throws(Status) -> Int32 {
    guard let number = Int32(exactly: value) else { throw .configuration }
    return number
  }
}
