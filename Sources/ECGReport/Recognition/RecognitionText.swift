import Foundation

/// Recognition under a protocol as a table for the terminal.
public func textReport(_ recognition: Recognition) -> String {
  var lines = [
    "\(recognition.model): \(recognition.network); beats of \(recognition.source)",
    "protocol \(recognition.recognition): \(recognition.summary)"
      + (recognition.subjectDisjoint ? "; only people whom the model has never seen" : ""),
    "\(counted(recognition.enrolled, "person is", "people are")) enrolled with \(number(recognition.enrolmentBeats)) beats of"
      + " \(counted(recognition.enrolmentRecordings, "recording", "recordings")),"
      + " \(recognition.template == "person" ? "one template each" : "one template a recording");"
      + " \(recognition.probing) of them probe"
      + (recognition.strangers > 0 ? ", and \(counted(recognition.strangers, "stranger", "strangers"))" : ""),
  ]
  lines += recognition.leftOut.sorted { $0.key < $1.key }.map { "left out: \($1) \($0)" }
  lines += ["", "Identification and verification; 95 % intervals over people"]
  lines += columns(
    ["beats a probe", "probes", "rank 1", "rank 5", "EER"] + rates("TAR at FAR") + ["AUROC"],
    recognition.lengths.map { length in
      [
        length.probe, number(length.probes), length.ranks[0].asPercent,
        length.ranks.count >= 5 ? length.ranks[4].asPercent : "–", length.equalErrorRate.asPercent,
      ] + length.trueAcceptance.map(\.rate.asPercent) + [length.auroc.asNumber]
    })
  if recognition.strangers > 0 {
    lines += ["", "Known people and strangers: the best score decides"]
    lines += columns(
      ["beats a probe", "known", "strangers'", "EER"] + rates("DIR at FAR") + ["AUROC"],
      recognition.lengths.compactMap { length in
        length.openSet.map { open in
          [length.probe, number(open.knownProbes), number(open.strangerProbes), open.equalErrorRate.asPercent]
            + open.detectionAndIdentification.map(\.rate.asPercent) + [open.auroc.asNumber]
        }
      })
  }
  if !recognition.caveats.isEmpty { lines += ["", "To keep in mind"] + recognition.caveats.map { "  - \($0)" } }
  return lines.joined(separator: "\n")
}

private func rates(_ name: String) -> [String] {
  Recognition.falseAcceptanceRates.map {
    "\(name) \($0 * 100 == ($0 * 100).rounded() ? "\(Int($0 * 100))" : "\($0 * 100)") %"
  }
}

private func columns(_ heading: [String], _ rows: [[String]]) -> [String] {
  let all = [heading] + rows
  let widths = heading.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
  return all.map { row in
    row.enumerated().map { $0 == 0 ? $1.padded(to: widths[0]) : $1.padded(before: widths[$0] + 2) }.joined()
  }
}
