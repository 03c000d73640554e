import ECGWorkflow
import Foundation

/// An evaluation as a table for the terminal.
public func textReport(_ evaluation: Evaluation) -> String {
  var lines = [
    "\(evaluation.people) people, protocol \(evaluation.evaluation), seed \(evaluation.seed);"
      + " \(evaluation.trainingBeats) beats trained it",
    "",
    row("one beat decides", evaluation.beats),
    row("  among the first five", evaluation.beatsTopFive),
    row("a recording's beats decide", evaluation.recordings),
    "cross-entropy".padded(to: 34) + String(format: "%.3f", evaluation.crossEntropy),
  ]
  if evaluation.evaluation == "pooled-beats" {
    lines.append("These beats come from recordings whose other beats trained the network, which flatters.")
  }
  if let outliers = evaluation.outliers {
    lines += [
      "",
      "Known people turned away (stated: \(percent(outliers.statedFalseAlarmRate)) of beats)",
      row("  beats", outliers.beatFalseAlarms),
      row("  recordings", outliers.recordingFalseAlarms),
    ]
    if outliers.strangers > 0 {
      lines += [
        "Strangers turned away (\(outliers.strangers) \(outliers.strangers == 1 ? "person" : "people"))",
        row("  beats", outliers.beatDetections) + area(outliers.beatAUROC),
        row("  recordings", outliers.recordingDetections) + area(outliers.recordingAUROC),
      ]
    }
  }
  if !evaluation.confusions.isEmpty {
    lines += ["", "Recordings taken for somebody else"]
    lines += evaluation.confusions.prefix(20).map { "  \($0.recording) -> \($0.takenFor)" }
    if evaluation.confusions.count > 20 { lines.append("  … and \(evaluation.confusions.count - 20) more") }
  }
  return lines.joined(separator: "\n")
}

private func row(_ name: String, _ rate: Evaluation.Rate) -> String {
  name.padded(to: 34) + percent(rate.share).padded(to: 10) + "\(rate.correct) of \(rate.count)"
}

private func area(_ value: Double?) -> String { value.map { String(format: "  AUROC %.3f", $0) } ?? "" }

extension String {
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
