import ECGWorkflow
import Foundation

/// An evaluation as tables for the terminal.
public func textReport(_ evaluation: Evaluation) -> String {
  var lines = [
    "\(evaluation.model): \(evaluation.network), \(evaluation.people) people; beats of \(evaluation.source)",
    protocolLine(evaluation),
    "",
    row("one beat decides", evaluation.beats),
    row("  among the first five", evaluation.beatsTopFive),
    row("a recording's beats decide", evaluation.recordings),
    number("cross-entropy", evaluation.crossEntropy)
      + "  (by chance \(String(format: "%.3f", log(Double(max(1, evaluation.people))))))",
    number("calibration error", evaluation.calibration.expectedError),
    number("Brier score", evaluation.calibration.brierScore),
    "",
    "".padded(to: 28) + ["precision", "recall", "F1"].map { $0.padded(before: 11) }.joined(),
    averages("mean over people", evaluation.macro),
    averages("mean over beats", evaluation.weighted),
  ]
  if let outliers = evaluation.outliers { lines += [""] + strangers(outliers) }
  lines += [""] + people(evaluation)
  if !evaluation.confusions.isEmpty {
    lines += ["", "Beats most often taken for somebody else's"]
    lines += evaluation.confusions.prefix(10).map { "  \($0.person) -> \($0.takenFor): \($0.count)" }
    if evaluation.confusions.count > 10 { lines.append("  … and \(evaluation.confusions.count - 10) more") }
  }
  if !evaluation.wrongRecordings.isEmpty {
    lines += ["", "Recordings taken for somebody else"]
    lines += evaluation.wrongRecordings.prefix(20).map { "  \($0.recording) -> \($0.takenFor)" }
    if evaluation.wrongRecordings.count > 20 { lines.append("  … and \(evaluation.wrongRecordings.count - 20) more") }
  }
  if !evaluation.caveats.isEmpty {
    lines += ["", "To keep in mind"] + evaluation.caveats.map { "  - \($0)" }
  }
  return lines.joined(separator: "\n")
}

private func protocolLine(_ evaluation: Evaluation) -> String {
  guard let seed = evaluation.seed else { return "protocol \(evaluation.evaluation)" }
  return "protocol \(evaluation.evaluation), seed \(seed); \(evaluation.trainingBeats ?? 0) beats trained it"
}

private func row(_ name: String, _ rate: Rate) -> String {
  name.padded(to: 28) + percent(rate.share).padded(before: 9)
    + (rate.interval.map { "  [\(percent($0.lower)), \(percent($0.upper))]" } ?? "").padded(to: 22)
    + "  \(rate.correct) of \(rate.count)"
}

private func number(_ name: String, _ value: Double?) -> String {
  name.padded(to: 28) + (value.map { String(format: "%.3f", $0) } ?? "–").padded(before: 9)
}

private func averages(_ name: String, _ figures: Evaluation.Figures) -> String {
  name.padded(to: 28)
    + [figures.precision, figures.recall, figures.f1].map { percent($0).padded(before: 11) }.joined()
}

private func strangers(_ outliers: Evaluation.Strangers) -> [String] {
  var lines = [
    "Strangers (\(outliers.strangers) \(outliers.strangers == 1 ? "person" : "people")): local outlier factor on",
    "".padded(to: 28)
      + ["known turned away", "strangers turned away", "AUROC"].map { $0.padded(before: 23) }.joined(),
  ]
  for method in outliers.methods {
    lines.append("  \(method.name)\(method.isModels ? "  (the model's)" : "")")
    for (name, side) in [("beats", method.beats), ("recordings", method.recordings)] {
      lines.append(
        "    \(name)".padded(to: 28)
          + [percent(side.falseAlarms?.share), percent(side.detections?.share)]
          .map { $0.padded(before: 23) }.joined()
          + (side.auroc.map { String(format: "%.3f", $0) } ?? "–").padded(before: 23))
    }
  }
  if let stated = outliers.methods.compactMap(\.statedFalseAlarmRate).first {
    lines.append("  (thresholds were chosen to turn away \(percent(stated)) of known beats)")
  }
  return lines
}

/// Everybody, or of many those who fared worst.
private func people(_ evaluation: Evaluation) -> [String] {
  let tested = evaluation.tested
  let few = tested.count <= 20
  let shown = few ? tested : evaluation.lowestRecall(10)
  var lines = [
    (few ? "Person" : "Lowest recall").padded(to: 28)
      + ["beats", "precision", "recall", "F1"].map { $0.padded(before: 11) }.joined()
  ]
  lines += shown.map { person in
    person.person.padded(to: 28) + "\(person.support)".padded(before: 11)
      + [person.precision, person.recall, person.f1].map { percent($0).padded(before: 11) }.joined()
  }
  if !few { lines.append("  (--csv and --report list all \(tested.count))") }
  return lines
}

extension String {
  func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
  func padded(before width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
