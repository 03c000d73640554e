import ECG
import ECGExport
import ECGSignal
import ECGTraining
import Foundation

/// The beats that judge a model, and how they were chosen.
public struct EvaluationBeats: Sendable {
  public enum Origin: Equatable, Sendable {
    /// The test part of the division that the model was trained with: training never saw it.
    case split(EvaluationProtocol, seed: UInt64)
    /// All beats of the people that the model knows but those that made it: it was trained on another file of beats, and
    /// names each beat by person, recording and R peak.
    case otherBeats
    /// All beats of the people that the model knows. The model does not say which beats made it.
    case unknownTraining
  }

  public var origin: Origin
  /// Indices of beats of people the model knows.
  public var test: [Int]
  /// Beats of people the model does not know.
  public var strangers: [Int]
  /// Beats that trained and validated the model; empty where nobody knows.
  public var training: [Int] = []
  public var validation: [Int] = []
  /// Beats of known people that are left out because the model has been made with them.
  public var seenCount = 0
  /// Settings in which the beats were prepared otherwise than the model asks for.
  public var differences: [String] = []
  /// The class of each person of the file; nil for those the model does not know.
  public var classOfPerson: [Int?]

  /// - Parameter digest: the SHA-256 of the file of prepared beats.
  /// - Throws: `WorkflowError.mismatch` when model and beats do not fit.
  public init(_ loaded: LoadedModel, _ prepared: PreparedBeats, digest: String) throws {
    guard !loaded.labels.isEmpty else {
      throw WorkflowError.mismatch(
        "\(loaded.url.path) names nobody by itself: judge it by people who enrol (--protocol last-recording, for one)")
    }
    let classes = Dictionary(loaded.labels.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    classOfPerson = prepared.people.map { classes[$0] }
    let provenance = loaded.provenance
    let owners = prepared.owners
    if provenance["beats_sha256"] == digest {
      guard let rules = SplitRules(provenance: provenance),
        let seen = try ModelContents.SeenBeats(ofModelAt: loaded.url)
      else {
        throw WorkflowError.mismatch("\(loaded.url.path) does not say which beats made it: train it anew")
      }
      let split = Split(owners, by: rules, seen: SeenBeats(seen), known: Set(loaded.labels))
      guard Set(split.people.map { prepared.people[Int($0)] }).isSubset(of: loaded.labels) else {
        throw WorkflowError.mismatch("\(loaded.url.path) knows other people than its split has")
      }
      origin = .split(rules.evaluation, seed: rules.seed)
      test = split.test
      strangers = split.strangers
      training = split.training
      validation = split.validation
      return
    }
    let seen = try ModelContents.SeenBeats(ofModelAt: loaded.url).map { SeenBeats($0) }
    origin = seen == nil ? .unknownTraining : .otherBeats
    test = []
    strangers = []
    for (beat, person) in prepared.personOfBeat.enumerated() {
      if classOfPerson[Int(person)] == nil {
        strangers.append(beat)
      } else if seen?.contains(owners.identities[beat]) == true {
        seenCount += 1
      } else {
        test.append(beat)
      }
    }
    differences = try settingsThatDiffer(loaded, prepared)
    guard test.isEmpty else { return }
    guard seenCount == 0 else {
      throw WorkflowError.mismatch("\(loaded.url.path) was trained on all beats of people whom it knows in this file")
    }
    throw WorkflowError.mismatch(
      "\(loaded.url.path) knows none of the \(prepared.people.count) people of these beats (\(prepared.source)):"
        + " it knows \(some(loaded.labels)); these are \(some(prepared.people))")
  }
}

func settingsThatDiffer(_ loaded: LoadedModel, _ prepared: PreparedBeats) throws -> [String] {
  let wanted = loaded.model.pipeline.configuration
  let found = try PipelineConfiguration(prepared.preprocessing)
  guard wanted.beatLength == prepared.beatLength, wanted.samplingRate == prepared.samplingRate else {
    throw WorkflowError.mismatch(
      "\(loaded.url.path) takes beats of \(wanted.beatLength) samples at \(wanted.samplingRate) Hz; these have"
        + " \(prepared.beatLength) at \(prepared.samplingRate) Hz: prepare them anew")
  }
  return wanted.differences(from: found).map { "\($0.name): \($0.found) instead of \($0.wanted)" }
}

/// The first few names.
private func some(_ names: [String]) -> String {
  names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
}
