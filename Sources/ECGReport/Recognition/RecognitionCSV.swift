import ECGExport
import ECGMetrics
import ECGWorkflow

/// Recognition as CSV tables (RFC 4180), by file name. `Documentation/Protocols.md` describes the columns.
public func csvReport(_ recognition: Recognition, _ scores: RecognitionScores, on prepared: PreparedBeats) -> [(
  name: String, text: String
)] {
  func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
  var figures = CSVText(["protocol", "probe", "figure", "false_acceptance_rate", "value", "lower", "upper"])
  var ranks = CSVText(["probe", "rank", "value", "lower", "upper"])
  var curves = CSVText(["probe", "curve", "threshold", "false_acceptance_rate", "acceptance_rate"])
  for length in recognition.lengths {
    func add(_ figure: String, _ estimate: Estimate, at rate: Double? = nil) {
      figures.add(
        [recognition.recognition, length.probe, figure, text(rate)]
          + [estimate.value, estimate.lower, estimate.upper].map(text))
    }
    add("rank_1", length.ranks[0])
    add("equal_error_rate", length.equalErrorRate)
    for rate in length.trueAcceptance { add("true_acceptance_rate", rate.rate, at: rate.falseAcceptanceRate) }
    add("auroc", length.auroc)
    if let open = length.openSet {
      add("open_set_equal_error_rate", open.equalErrorRate)
      for rate in open.detectionAndIdentification {
        add("detection_and_identification_rate", rate.rate, at: rate.falseAcceptanceRate)
      }
      add("open_set_auroc", open.auroc)
    }
    for (index, rank) in length.ranks.enumerated() {
      ranks.add([length.probe, "\(index + 1)"] + [rank.value, rank.lower, rank.upper].map(text))
    }
    for (name, points) in [("verification", length.curve), ("open_set", length.openSet?.curve ?? [])] {
      for point in points {
        curves.add([
          length.probe, name, text(point.threshold), "\(point.falseAcceptanceRate)", "\(point.acceptanceRate)",
        ])
      }
    }
  }

  var probes = CSVText(["probe", "person", "recording", "enrolled", "best", "best_score", "own_score", "rank"])
  var all = CSVText(["probe", "person", "recording", "template", "score"])
  for length in scores.probes {
    let matrix = length.scores
    for (index, person) in matrix.probes.enumerated() {
      let names = [
        "\(length.length)", prepared.people[person], prepared.recordings[Int(length.recordings[index])].name,
      ]
      let row = Array(matrix.row(index))
      guard let best = row.indices.max(by: { row[$0] < row[$1] }) else { continue }
      let own = matrix.own(index)
      probes.add(
        names + [
          own == nil ? "0" : "1", prepared.people[matrix.templates[best]], "\(row[best])",
          own.map { "\(row[$0])" } ?? "", own.map { own in "\(row.count { $0 >= row[own] })" } ?? "",
        ])
      for (column, score) in row.enumerated() {
        all.add(names + [prepared.people[matrix.templates[column]], "\(score)"])
      }
    }
  }
  return [
    ("recognition.csv", figures.text), ("ranks.csv", ranks.text), ("curves.csv", curves.text),
    ("probes.csv", probes.text), ("scores.csv", all.text),
  ]
}
