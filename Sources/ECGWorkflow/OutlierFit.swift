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

  public init() {}
}

/// An outlier reference from prepared beats, or from what the network makes of them, as the options ask. Beats that the
/// reference does not keep do not go through the network.
///
/// - Parameters:
///   - references, validation: beats to measure strangers against, and those that choose the threshold
///   - validationEmbeddings: what the network makes of the latter, where that is known already
/// - Throws: `WorkflowError.option` when there are too few beats for k or for the false-alarm rate.
func fitOutliers(
  _ prepared: PreparedBeats, references: [Int], validation: [Int], seenAs inputs: BeatInputs, by runner: NetworkRunner,
  validationEmbeddings: [Float]? = nil, options: OutlierOptions
) throws -> OutlierReferenceContents {
  let drawn = drawnEvenly(references, most: options.mostReferences)
  switch options.features {
  case .beat:
    return try fitOutliers(
      references: prepared.values(of: drawn), validation: prepared.values(of: validation),
      dimensions: prepared.beatLength, layer: -1, options: options)
  case .hidden:
    func embeddings(_ beats: [Int]) throws -> [Float] {
      try runner.run(inputs.inputs(of: beats, in: prepared.beats, beatLength: prepared.beatLength)).embeddings
    }
    return try fitOutliers(
      references: embeddings(drawn), validation: validationEmbeddings ?? embeddings(validation),
      dimensions: runner.network.embeddingCount, layer: runner.network.embeddingLayer, options: options)
  }
}

/// An outlier reference from training features, with a threshold from validation features.
///
/// - Parameters:
///   - references, validation: features, `dimensions` values each
///   - layer: where the features come from; −1 is the beat itself
/// - Throws: `WorkflowError.option` when there are too few beats for k or for the false-alarm rate.
private func fitOutliers(
  references: [Float], validation: [Float], dimensions: Int, layer: Int, options: OutlierOptions
) throws -> OutlierReferenceContents {
  let count = references.count / dimensions
  guard options.neighbourCount >= 1, options.neighbourCount < count else {
    throw WorkflowError.option(
      "an outlier reference of \(count) beats cannot have \(options.neighbourCount) neighbours: ask for fewer")
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
public func drawnEvenly(_ beats: [Int], most: Int) -> [Int] {
  let count = min(beats.count, most)
  return (0..<count).map { beats[$0 * beats.count / count] }
}
