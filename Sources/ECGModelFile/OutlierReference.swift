import ECGCore

/// What the local outlier factor needs to judge a beat, in place: known beats and how densely they lie.
public struct OutlierReference {
  /// `count` × `dimensions` values, one reference after the other.
  public let features: Values
  public let count: Int
  public let dimensions: Int
  /// Each reference's distance to its k-th nearest neighbour.
  public let kDistances: UnsafeBufferPointer<Float>
  public let reachabilityDensities: UnsafeBufferPointer<Float>
  /// k.
  public let neighbourCount: Int
  /// How distances are measured: `LocalOutlierFactor.Metric` of ECGIdentity, by number.
  public let metric: Int32
  /// The layer whose output the features are, or −1 when they are the network's input (the beat itself).
  public let layer: Int32
  /// Scores above it are outliers.
  public let threshold: Float
  /// The share of known persons' beats that the threshold turns away, as stated when it was chosen.
  public let falseAlarmRate: Float
  /// How many known persons' beats, none of them a reference, the threshold was chosen on.
  public let validationBeatCount: Int

  public enum Values {
    case float32(UnsafeBufferPointer<Float>)
    /// IEEE 754 half precision, by its bits.
    case float16(UnsafeBufferPointer<UInt16>)
    /// Each reference is its scale, positive and finite, times its bytes.
    case int8(UnsafeBufferPointer<Int8>, scales: UnsafeBufferPointer<Float>)
  }

  init(_ file: HDF5File, _ group: HDF5File.Object) throws(Status) {
    let table = try file.dataset("features", of: group)
    guard table.rank == 2, table.count > 0 else { throw .malformed }
    count = table.sizes.0
    dimensions = table.sizes.1
    switch table.elementSize {
    case 1:
      let scales = try file.dataset("feature_scales", of: group)
      guard scales.hasShape(count) else { throw .malformed }
      let values = try scales.float32()
      for scale in values {
        guard scale > 0, scale < .infinity else { throw .malformed }
      }
      features = .int8(try table.int8(), scales: values)
    case 2: features = .float16(try table.float16())
    default: features = .float32(try table.float32())
    }
    let distances = try file.dataset("k_distances", of: group)
    let densities = try file.dataset("reachability_densities", of: group)
    guard distances.hasShape(count), densities.hasShape(count) else { throw .malformed }
    kDistances = try distances.float32()
    reachabilityDensities = try densities.float32()

    func integer(_ name: StaticString, _ range: ClosedRange<Int64>) throws(Status) -> Int {
      let value = try file.attribute(name, of: group).integer()
      guard value >= range.lowerBound, value <= range.upperBound else { throw .malformed }
      return Int(value)
    }
    func number(_ name: StaticString) throws(Status) -> Float {
      let value = try file.attribute(name, of: group).number()
      guard value.isFinite else { throw .malformed }
      return Float(value)
    }
    neighbourCount = try integer("neighbour_count", 1...Int64(count))
    metric = Int32(truncatingIfNeeded: try integer("metric", 0...Int64(Int32.max)))
    layer = Int32(truncatingIfNeeded: try integer("layer", -1...Int64(ModelFile.mostLayers)))
    threshold = try number("threshold")
    falseAlarmRate = try number("false_alarm_rate")
    validationBeatCount = try integer("validation_beats", 0...Int64(Int32.max))
  }
}
