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
/// are chosen as in training, by the beats that trained and validated it. What neither gives is left out. Without strangers
/// there is nothing to compare.
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
    func known(_ beats: [Int]) throws -> KnownBeats {
      KnownBeats(
        beats, of: prepared,
        features: features == .beat ? prepared.values(of: beats) : try embeddings(of: beats, in: prepared, loaded))
    }
    let dimensions = features == .beat ? prepared.beatLength : loaded.model.network.embeddingCount
    let reference = own?.features == features ? loaded.model.outlierReference : nil
    let drawn = drawnEvenly(beats.training, most: reference?.count ?? OutlierOptions().mostReferences)
    // Nothing says whose a model's references are, but the beats that trained it do.
    let references =
      if let reference {
        KnownBeats(reference.count == drawn.count ? drawn : [], of: prepared, features: reference.features.floats)
      } else {
        try known(drawn)
      }
    let validation = try known(beats.validation)
    for neighbourCount in [1, 20] {
      if let own, own.features == features, own.neighbourCount == neighbourCount {
        methods.append(own)
        continue
      }
      guard neighbourCount < references.features.count / dimensions else { continue }
      do throws(Status) {
        let scorer = try OutlierScorer(
          features: references.features, dimensions: dimensions, neighbourCount: neighbourCount)
        let choice =
          beats.validation.isEmpty
          ? nil
          : try ThresholdChoice(
            forFalseAlarmRate: rate, references: references, validation: validation, by: scorer)
        methods.append(
          OutlierMethod(
            features: features, threshold: choice?.threshold, statedFalseAlarmRate: choice.map { _ in rate },
            scorer: scorer))
      } catch {
        throw WorkflowError.model(file: loaded.url.path, reason: error.message)
      }
    }
  }
  if let own, !methods.contains(where: \.isModels) { methods.insert(own, at: 0) }
  return methods
}
