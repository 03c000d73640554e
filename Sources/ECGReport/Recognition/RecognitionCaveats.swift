import ECGTraining
import ECGWorkflow

/// What a reader of these figures must know to take them for what they are.
func recognitionCaveats(_ recognition: Recognition, _ scores: RecognitionScores) -> [String] {
  var caveats: [String] = []
  let rules = scores.trial.rules
  if rules.recognition == .randomBeats {
    caveats.append(
      "For comparison with published figures only: beats of one recording stand on both sides, which flatters. Other"
        + " protocols say what to expect of another recording or another day.")
  }
  if !rules.isSubjectDisjoint {
    caveats.append(
      "People who are enrolled may have trained the network (with what enrols them, never with what probes). New people"
        + " are recognised less well: --subject-disjoint with a model trained on others.")
  }
  for length in recognition.lengths {
    let name = length.probe == "recording" ? "whole recordings" : "probes of \(length.probe) beats"
    if length.probes == 0 { caveats.append("There are no \(name).") }
    for rate in length.trueAcceptance where rate.rate.value == nil && length.probes > 0 {
      caveats.append(
        "\(number(length.impostorComparisons)) impostor comparisons of \(name) cannot show a false acceptance rate of"
          + " \(percent(rate.falseAcceptanceRate)): that takes \(number(1 / rate.falseAcceptanceRate)).")
    }
    if let open = length.openSet {
      for rate in open.detectionAndIdentification where rate.rate.value == nil {
        caveats.append(
          "\(number(open.strangerProbes)) \(name) of strangers cannot show a false acceptance rate of"
            + " \(percent(rate.falseAcceptanceRate)): that takes \(number(1 / rate.falseAcceptanceRate)).")
      }
    }
  }
  if recognition.probing < 20 {
    caveats.append(
      "\(counted(recognition.probing, "person probes", "people probe")). With fewer than twenty, intervals are rough: they may hold the"
        + " truth less often than 95 % of the time.")
  }
  if (1..<10).contains(recognition.strangers) {
    caveats.append("\(recognition.strangers) strangers are too few to say much about strangers in general.")
  }
  if !scores.differences.isEmpty {
    caveats.append(
      "The beats were prepared otherwise than the model asks for (\(scores.differences.joined(separator: "; "))).")
  }
  return caveats
}
