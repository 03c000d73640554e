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
  let references = drawnEvenly(Array(0..<available), most: count).flatMap {
    all[$0 * dimensions..<($0 + 1) * dimensions]
  }

  let scorer: OutlierScorer
  var scores: [Float]
  do throws(Status) {
    scorer = try OutlierScorer(
      features: references, dimensions: dimensions, neighbourCount: options.neighbourCount)
    scores = try scorer.scores(of: validation)
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
    features: references, dimensions: dimensions, kDistances: scorer.kDistances,
    reachabilityDensities: scorer.densities,
    neighbourCount: options.neighbourCount, layer: layer, threshold: threshold,
    falseAlarmRate: Float(options.falseAlarmRate), validationBeatCount: scores.count)
}

/// At most so many of these beats, spread evenly over them.
func drawnEvenly(_ beats: [Int], most: Int) -> [Int] {
  let count = min(beats.count, most)
  return (0..<count).map { beats[$0 * beats.count / count] }
}
