import ECGCore
import ECGExport
import ECGIdentity

/// What strangers are measured against.
public enum OutlierFeatures: String, CaseIterable, Sendable {
  /// The beat's samples.
  case beat
  /// The network's last hidden layer.
  case hidden
}

/// How the outlier reference is made.
public struct OutlierOptions: Sendable {
  public var features = OutlierFeatures.hidden
  /// k of the local outlier factor.
  public var neighbourCount = 20
  /// The most reference beats: they are drawn evenly from the training beats.
  public var mostReferences = 2000
  /// The share of known people's beats that may be turned away.
  public var falseAlarmRate = 0.05

  public init() {}
}

/// An outlier reference from training features, with a threshold from validation features.
///
/// - Parameters:
///   - references, validation: features, `dimensions` values each
///   - layer: where the features come from; −1 is the beat itself
/// - Throws: `WorkflowError.option` when there are too few beats for k or for the false-alarm rate.
func fitOutliers(
  references all: [Float], validation: [Float], dimensions: Int, layer: Int, options: OutlierOptions
) throws -> OutlierReferenceContents {
  let available = all.count / dimensions
  let count = min(available, options.mostReferences)
  guard options.neighbourCount >= 1, options.neighbourCount < count else {
    throw WorkflowError.option(
      "an outlier reference of \(count) beats cannot have \(options.neighbourCount) neighbours: ask for fewer")
  }
  let references = (0..<count).flatMap { index in
    let beat = index * available / count
    return all[beat * dimensions..<(beat + 1) * dimensions]
  }

  var kDistances = [Float](repeating: 0, count: count)
  var densities = [Float](repeating: 0, count: count)
  var scores: [Float] = []
  do throws(Status) {
    try references.withUnsafeBufferPointer { (references) throws(Status) in
      try kDistances.withUnsafeMutableBufferPointer { (kDistances) throws(Status) in
        try densities.withUnsafeMutableBufferPointer { (densities) throws(Status) in
          var arena = Arena.measuring()
          func fit() throws(Status) {
            try LocalOutlierFactor.fit(
              features: references, dimensions: dimensions, neighbourCount: options.neighbourCount,
              kDistances: kDistances, densities: densities, working: &arena)
          }
          try fit()
          let memory = AlignedMemory(byteCount: arena.peak)
          arena = memory.arena()
          try fit()
          withExtendedLifetime(memory) {}

          let factor = try LocalOutlierFactor(
            features: references, dimensions: dimensions, kDistances: UnsafeBufferPointer(kDistances),
            densities: UnsafeBufferPointer(densities), neighbourCount: options.neighbourCount)
          scores = try outlierScores(validation, factor)
        }
      }
    }
  } catch {
    throw WorkflowError.option("the outlier reference cannot be made: \(error.message)")
  }

  let threshold: Float
  do {
    threshold = try scores.withUnsafeMutableBufferPointer { (scores) throws(Status) in
      try OutlierThreshold.threshold(forFalseAlarmRate: options.falseAlarmRate, sorting: scores)
    }
  } catch {
    let needed = Int(exactly: (1 / options.falseAlarmRate).rounded(.up)).map { "\($0 - 1)" } ?? "more than there can be"
    throw WorkflowError.option(
      "\(scores.count) validation beats cannot promise a false-alarm rate of \(options.falseAlarmRate):"
        + " that takes \(needed); ask for a higher rate or prepare more beats")
  }
  return OutlierReferenceContents(
    features: references, dimensions: dimensions, kDistances: kDistances, reachabilityDensities: densities,
    neighbourCount: options.neighbourCount, layer: layer, threshold: threshold,
    falseAlarmRate: Float(options.falseAlarmRate), validationBeatCount: scores.count)
}

/// One score per feature vector.
func outlierScores(_ features: [Float], _ factor: LocalOutlierFactor) throws(Status) -> [Float] {
  let dimensions = factor.dimensionCount
  let memory = AlignedMemory(
    byteCount: try LocalOutlierFactor.workingMemory(neighbourCount: factor.neighbourCount))
  var arena = memory.arena()
  var scores: [Float] = []
  for start in stride(from: 0, to: features.count, by: dimensions) {
    scores.append(
      try features.withUnsafeBufferPointer { (features) throws(Status) in
        try factor.score(UnsafeBufferPointer(rebasing: features[start..<start + dimensions]), working: &arena)
      })
  }
  withExtendedLifetime(memory) {}
  return scores
}
