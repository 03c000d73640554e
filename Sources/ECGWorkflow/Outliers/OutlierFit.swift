import ECGCore
import ECGExport
import ECGIdentity
import ECGNetwork

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

  /// The form that references are rounded to and stored in.
  var storage = Layer.Storage.float32

  public init() {}
}

/// An outlier reference from prepared beats, or from what the network makes of them, as the options ask. Beats that the
/// reference does not keep do not go through the network.
///
/// - Parameters:
///   - references, validation: beats to measure strangers against, and those that help to choose the threshold
///   - embedding: the network's last hidden layer and how many values it has
///   - embeddings: what the network makes of some beats there
/// - Throws: `WorkflowError.option` when there are too few beats for k or for the false-alarm rate.
func fitOutliers(
  _ prepared: PreparedBeats, references: [Int], validation: [Int], embedding: (layer: Int, count: Int),
  options: OutlierOptions, embeddings: ([Int]) throws -> [Float]
) throws -> OutlierReferenceContents {
  func known(_ beats: [Int]) throws -> KnownBeats {
    let features = options.features == .beat ? prepared.values(of: beats) : try embeddings(beats)
    return KnownBeats(beats, of: prepared, features: features)
  }
  var kept = try known(drawnEvenly(references, most: options.mostReferences))
  let dimensions = options.features == .beat ? prepared.beatLength : embedding.count
  kept.features = try rounded(kept.features, dimensions: dimensions, as: options.storage)
  return try fitOutliers(
    references: kept, validation: known(validation), dimensions: dimensions,
    layer: options.features == .beat ? -1 : embedding.layer, options: options)
}

private func fitOutliers(
  references: KnownBeats, validation: KnownBeats, dimensions: Int, layer: Int, options: OutlierOptions
) throws -> OutlierReferenceContents {
  guard options.neighbourCount >= 1, options.neighbourCount < references.count else {
    throw WorkflowError.option(
      "an outlier reference of \(references.count) beats cannot have \(options.neighbourCount) neighbours: ask for fewer"
    )
  }
  let scorer: OutlierScorer
  let choice: ThresholdChoice?
  do throws(Status) {
    scorer = try OutlierScorer(
      features: references.features, dimensions: dimensions, neighbourCount: options.neighbourCount)
    choice = try ThresholdChoice(
      forFalseAlarmRate: options.falseAlarmRate, references: references, validation: validation, by: scorer)
  } catch {
    throw WorkflowError.option("the outlier reference cannot be made: \(error.message)")
  }
  guard let choice else {
    let needed = LaterRecordingScores.recordingsNeeded(forFalseAlarmRate: options.falseAlarmRate).map(String.init)
    throw WorkflowError.option(
      "\(validation.count) validation beats cannot promise a false-alarm rate of \(options.falseAlarmRate):"
        + " that takes \(needed ?? "more than there can be"); ask for a higher rate or prepare more beats")
  }
  var contents = OutlierReferenceContents(
    features: references.features, dimensions: dimensions, kDistances: scorer.kDistances,
    reachabilityDensities: scorer.densities, neighbourCount: options.neighbourCount, layer: layer,
    threshold: choice.threshold, falseAlarmRate: Float(options.falseAlarmRate),
    validationBeatCount: choice.scoreCount, later: choice.later)
  contents.storage = options.storage
  return contents
}

/// What is left of references in that form. Throws `WorkflowError.option` for values beyond it.
func rounded(_ features: [Float], dimensions: Int, as storage: Layer.Storage) throws -> [Float] {
  guard let values = CompactFeatures.rounded(features, dimensions: dimensions, as: storage) else {
    throw WorkflowError.option("outlier references beyond ±65,504, the range of float16, cannot be stored so")
  }
  return values
}

/// At most so many of these beats, spread evenly over them.
public func drawnEvenly(_ beats: [Int], most: Int) -> [Int] {
  let count = min(beats.count, most)
  return (0..<count).map { beats[$0 * beats.count / count] }
}
