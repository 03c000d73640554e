import ECG
import ECGCore
import ECGExport
import ECGNetwork
import ECGTraining
import Foundation

/// Enrols people and probes them by a protocol, with the embeddings of a model.
///
/// - Throws: `RecognitionError` when the model has seen probes or too few people take part; `WorkflowError.mismatch` when beats
///   and model do not fit, or the model does not say which beats made it.
public func evaluateRecognition(
  _ loaded: LoadedModel, on prepared: PreparedBeats, by rules: RecognitionRules, templates: TemplateRule = .person,
  lengths: [ProbeLength] = ProbeLength.usual
) throws -> RecognitionScores {
  let differences = try settingsThatDiffer(loaded, prepared)
  let trial = try RecognitionTrial(
    prepared.owners, signals: prepared.signals, by: rules, model: try ModelHistory(loaded))
  let beats = Set((trial.enrolled + trial.strangers).flatMap { $0.enrolment + $0.probes }).sorted()
  let embeddings = UnitVectors(
    try embeddings(of: beats, in: prepared, loaded), dimensions: loaded.model.network.embeddingCount)
  var scores = RecognitionScores(
    trial, embeddings: embeddings, of: beats, recordingOfBeat: prepared.recordingOfBeat, templates: templates,
    lengths: lengths)
  scores.differences = differences
  return scores
}

extension ModelHistory {
  /// What the weights file says.
  init(_ loaded: LoadedModel) throws {
    guard let seen = try ModelContents.SeenBeats(ofModelAt: loaded.url), loaded.provenance["seen_beats"] == nil else {
      throw WorkflowError.mismatch(
        "\(loaded.url.path) does not say which beats made it, so nobody can tell whether people and beats are new to it:"
          + " train it with this program")
    }
    self.init(people: Set(loaded.labels), seen: SeenBeats(seen))
  }
}

extension PreparedBeats {
  /// What tells each beat's samples from all others': the first eight bytes of their SHA-256.
  var signals: [UInt64] {
    beats.withUnsafeBytes { bytes in
      let size = beatLength * MemoryLayout<Float>.stride
      return (0..<count).map { beat in
        var hash = SHA256()
        hash.update(UnsafeRawBufferPointer(rebasing: bytes[beat * size..<(beat + 1) * size]))
        let digest = hash.finish()
        return (0..<8).reduce(0) { $0 | UInt64(digest[$1]) << (8 * UInt64($1)) }
      }
    }
  }
}
