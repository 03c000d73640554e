import ECGExport
import ECGRecords
import ECGTraining

/// How a model file says by which rules its beats were divided: texts of its provenance.
extension SplitRules {
  /// - strangers: the people who were set apart, by name.
  func provenance(strangers: [String]) -> [(name: String, text: String)] {
    [
      ("protocol", evaluation.rawValue),
      ("seed", "\(seed)"),
      ("beats_per_person", beatsPerPerson.map { "\($0)" } ?? "all"),
      ("strangers", strangers.joined(separator: "\n")),
      ("dropped", dropped.sorted().joined(separator: "\n")),
    ]
  }

  /// nil when the model file does not say.
  init?(provenance: [String: String]) {
    func names(_ key: String) -> Set<String> {
      Set((provenance[key] ?? "").split(separator: "\n").map(String.init))
    }
    guard let evaluation = EvaluationProtocol(rawValue: provenance["protocol"] ?? ""),
      let seed = UInt64(provenance["seed"] ?? "")
    else { return nil }
    self.init(evaluation, beatsPerPerson: Int(provenance["beats_per_person"] ?? ""), seed: seed)
    strangers = .named(names("strangers"))
    dropped = names("dropped")
  }
}

extension PreparedBeats {
  /// Whose the beats are, as a split asks for it.
  var owners: BeatOwners {
    BeatOwners(
      people: personOfBeat, recordings: recordingOfBeat, names: people, recordingNames: recordings.map(\.name),
      rPeaks: rPeaks, days: recordings.map { RecordingDate($0.date)?.dayNumber })
  }
}

extension SeenBeats {
  init(_ contents: ModelContents.SeenBeats) {
    self.init(trained: Set(contents.trained), validated: Set(contents.validated))
  }

  var contents: ModelContents.SeenBeats { .init(trained: trained.sorted(), validated: validated.sorted()) }
}
