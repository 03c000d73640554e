import ECG
import ECGCore
import ECGExport
import ECGIdentity
import ECGModelFile
import ECGNetwork
import Foundation

/// One way of telling strangers from known people.
struct OutlierMethod: Sendable {
  var features: OutlierFeatures
  var isModels = false
  var threshold: Float?
  var statedFalseAlarmRate: Double?
  var scorer: OutlierScorer
  var neighbourCount: Int { scorer.factor.neighbourCount }
}

/// What the model carries and, to compare, the local outlier factor on beats and on the last hidden layer with 1 and 20
/// neighbours. References are the model's own where it has them, otherwise drawn from the beats that trained it; thresholds
/// are chosen on the beats that validated it. What neither gives is left out. Without strangers there is nothing to
/// compare.
func outlierMethods(_ loaded: LoadedModel, _ prepared: PreparedBeats, _ beats: EvaluationBeats) throws
  -> [OutlierMethod]
{
  var own: OutlierMethod?
  if let reference = loaded.model.outlierReference, let scorer = OutlierScorer(of: loaded) {
    own = OutlierMethod(
      features: reference.layer < 0 ? .beat : .hidden, isModels: true, threshold: reference.threshold,
      statedFalseAlarmRate: Double(reference.falseAlarmRate), scorer: scorer)
  }
  guard !beats.strangers.isEmpty else { return own.map { [$0] } ?? [] }

  let rate = own?.statedFalseAlarmRate ?? OutlierOptions().falseAlarmRate
  var methods: [OutlierMethod] = []
  for features in OutlierFeatures.allCases {
    func values(of beats: [Int]) throws -> [Float] {
      features == .beat ? prepared.values(of: beats) : try embeddings(of: beats, in: prepared, loaded)
    }
    let dimensions = features == .beat ? prepared.beatLength : loaded.model.network.embeddingCount
    let references =
      if let reference = loaded.model.outlierReference, own?.features == features {
        Array(reference.features)
      } else {
        try values(of: drawnEvenly(beats.training, most: OutlierOptions().mostReferences))
      }
    let validation = try values(of: beats.validation)
    for neighbourCount in [1, 20] {
      if let own, own.features == features, own.neighbourCount == neighbourCount {
        methods.append(own)
        continue
      }
      guard neighbourCount < references.count / dimensions else { continue }
      do throws(Status) {
        let scorer = try OutlierScorer(
          features: references, dimensions: dimensions, neighbourCount: neighbourCount)
        var scores = try scorer.scores(of: validation)
        let threshold = scores.withUnsafeMutableBufferPointer {
          try? OutlierThreshold.threshold(forFalseAlarmRate: rate, sorting: $0)
        }
        methods.append(
          OutlierMethod(
            features: features, threshold: threshold, statedFalseAlarmRate: threshold.map { _ in rate },
            scorer: scorer))
      } catch {
        throw WorkflowError.model(file: loaded.url.path, reason: error.message)
      }
    }
  }
  if let own, !methods.contains(where: \.isModels) { methods.insert(own, at: 0) }
  return methods
}
