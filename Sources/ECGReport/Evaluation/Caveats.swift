import ECGTraining
import ECGWorkflow

/// What a reader of these figures must know to take them for what they are.
func evaluationCaveats(_ evaluation: Evaluation, _ source: EvaluationBeats, provenance: [String: String]) -> [String] {
  var caveats: [String] = []
  switch source.origin {
  case .split(.pooledBeats, _):
    caveats.append(
      "Test beats come from recordings whose other beats trained the network. That flatters: it says how well hearts are"
        + " told apart within a recording, not on another day.")
  case .split(.developRecording, _):
    caveats.append(
      "These recordings are for making choices (networks, settings). What was chosen on them looks better here than on"
        + " recordings to come; the protocol last-recording judges.")
  case .split: break
  case .otherBeats:
    caveats.append(
      "The model was trained on another file of beats (\(named(provenance["source"]))). All beats of people it knows are tested but"
        + " \(source.seenCount) that made it, known by person, recording and R peak. Others of the same recordings flatter; so"
        + " do beats that were cut or named differently.")
  case .unknownTraining:
    caveats.append(
      "The model does not say which beats made it (it was imported, perhaps). All beats of people it knows are tested,"
        + " those that trained it among them if they are in this file: then the figures say nothing about new beats.")
  }
  if provenance["seen_beats"] != nil {
    caveats.append(
      "The model goes on from one that did not say which beats made it: they may be among those that are tested.")
  }
  if !source.differences.isEmpty {
    caveats.append(
      "The beats were prepared otherwise than the model asks for (\(source.differences.joined(separator: "; "))): its"
        + " figures on its own preparation may be better.")
  }
  if evaluation.testedPeople < evaluation.people {
    caveats.append(
      "\(evaluation.people - evaluation.testedPeople) of the \(evaluation.people) people whom the model knows have no test beats."
    )
  }
  if evaluation.testedPeople < 20 {
    caveats.append(
      "\(evaluation.testedPeople) people were tested. With fewer than twenty, intervals are rough: they may hold the truth less often than"
        + " 95 % of the time.")
  }
  if let outliers = evaluation.outliers {
    if outliers.strangers == 0 {
      caveats.append(
        "No stranger was tested: nothing is known of how many would be turned away (`ecgid train --strangers`).")
    } else if outliers.strangers < 10 {
      caveats.append(
        "\(outliers.strangers) \(outliers.strangers == 1 ? "stranger is" : "strangers are") too few to say much about"
          + " strangers in general.")
    }
  } else {
    caveats.append("The model carries no outlier reference: it names somebody it knows for every stranger.")
  }
  return caveats
}

private func named(_ source: String?) -> String {
  source.map { $0.isEmpty ? "of unknown source" : $0 } ?? "of unknown source"
}
