import ArgumentParser
import ECGTraining
import ECGWorkflow

/// Which protocol enrols and probes people, and how.
struct RecognitionOptions: ParsableArguments {
  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp(
      "Enrol people and probe them by this protocol: \(RecognitionProtocol.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "name"))
  var evaluation: RecognitionProtocol?

  @Flag(help: "Only people whom the model has never seen take part; the others are left out and counted.")
  var subjectDisjoint = false

  @Option(help: "So many people, drawn among those whom the model has never seen, are not enrolled and probe.")
  var strangers = 0

  @Flag(help: "Enrol people who cannot probe under the protocol, too: more to be taken for.")
  var enrolEverybody = false

  @Option(
    help:
      "What a person is enrolled with: one template for the person, or one for each recording, the best of which counts."
  )
  var template = TemplateRule.person

  @Option(
    name: .customLong("probe"),
    help: ArgumentHelp(
      "Beats of a probe, or recording for all of a recording's; may be repeated (1, 5, 8 and recording if left out).",
      valueName: "beats"))
  var probes: [ProbeLength] = []

  @Option(help: "Of the strangers, of random beats and of the intervals.")
  var seed: UInt64 = 1

  func validate() throws {
    guard strangers >= 0 else { throw ValidationError("--strangers takes 0 or more, not \(strangers)") }
    guard evaluation == nil else { return }
    guard !subjectDisjoint, strangers == 0, !enrolEverybody, template == .person, probes.isEmpty, seed == 1 else {
      throw ValidationError(
        "--subject-disjoint, --strangers, --enrol-everybody, --template, --probe and --seed go with --protocol")
    }
  }

  /// nil without a protocol.
  var rules: RecognitionRules? {
    evaluation.map {
      var rules = RecognitionRules($0, seed: seed)
      rules.isSubjectDisjoint = subjectDisjoint
      rules.strangerCount = strangers
      rules.enrolsEverybody = enrolEverybody
      return rules
    }
  }

  var lengths: [ProbeLength] { probes.isEmpty ? ProbeLength.usual : probes }
}

extension RecognitionProtocol: ExpressibleByArgument {}
extension TemplateRule: ExpressibleByArgument {}
extension ProbeLength: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
