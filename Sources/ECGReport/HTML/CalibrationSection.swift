import ECGExport
import ECGWorkflow

extension HTMLReport {
  /// Whether probabilities mean what they say.
  var calibration: Markup {
    let bins = evaluation.calibration.bins
    guard evaluation.beats.count > 0 else { return "" }
    var diagram = Chart(
      width: 475, height: 330, x: .share("stated probability of the person named, in %"),
      y: .share("named rightly, in %"), title: "Reliability",
      summary: "Accuracy by stated probability; the diagonal is perfect")
    diagram.line([(0, 0), (1, 1)], "ideal")
    for bin in bins {
      guard let accuracy = bin.accuracy, let confidence = bin.confidence else { continue }
      diagram.bar(
        bin.lower, bin.upper, to: accuracy, "blue-area",
        hint: "stated \(percent(confidence)), right \(percent(accuracy)), \(bin.count) beats", gap: 2)
      diagram.dot(confidence, accuracy, "red-fill")
    }
    let total = Double(max(1, evaluation.beats.count))
    let highest = bins.map { Double($0.count) / total }.max() ?? 1
    var histogram = Chart(
      width: 475, height: 330, x: .share("stated probability of the person named, in %"),
      y: Axis(0, highest, label: "beats, in %") { number($0 * 100, digits: highest < 0.05 ? 1 : 0) },
      title: "How sure it is", summary: "Beats by stated probability")
    for bin in bins {
      histogram.bar(
        bin.lower, bin.upper, to: Double(bin.count) / total, "blue-area", hint: "\(bin.count) beats", gap: 2)
    }
    return section(
      "Do the probabilities mean what they say?",
      paragraph(
        "Of beats that the network names with 80 %, 80 % should be right. Bars and dots below the dotted line: it is surer"
          + " than it may be; above: less sure. Expected calibration error \(percent(evaluation.calibration.expectedError)),"
          + " Brier score \(number(evaluation.calibration.brierScore ?? .nan, digits: 3)) (0 is perfect, 2 the worst).")
        + row([figure(diagram.markup, "Dots stand at a bin's mean stated probability."), figure(histogram.markup)]))
  }
}
