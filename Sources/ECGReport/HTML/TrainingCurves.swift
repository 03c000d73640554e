import ECGExport
import ECGWorkflow

extension HTMLReport {
  /// Accuracy and loss over epochs.
  var training: Markup {
    let history = evaluation.history
    guard !history.isEmpty else {
      return section("How training went", paragraph("The model file does not say.", "small"))
    }
    let last = max(2, history.map(\.epoch).max() ?? 2)
    let epochs = Axis(1, Double(last), label: "epoch", tickCount: min(6, last - 1))
    let best = Double(loaded.provenance["best_epoch"] ?? "")
    func chart(
      _ title: String, _ y: Axis, _ training: (Evaluation.Epoch) -> Double?, _ validation: (Evaluation.Epoch) -> Double?
    ) -> Markup {
      var chart = Chart(width: 475, height: 280, x: epochs, y: y, title: title, summary: "\(title) by epoch")
      func line(_ value: (Evaluation.Epoch) -> Double?, _ style: String) {
        let points = history.compactMap { epoch in
          value(epoch).flatMap { $0.isFinite ? (x: Double(epoch.epoch), y: $0) : nil }
        }
        chart.line(points, style)
        if points.count == 1 { chart.dot(points[0].x, points[0].y, style.hasPrefix("blue") ? "blue-fill" : "red-fill") }
      }
      if let best { chart.vertical(best, "mark", note: "epoch \(Int(best)) kept") }
      line(training, "red dashed")
      line(validation, "blue")
      return figure(chart.markup)
    }
    let losses = history.flatMap { [$0.loss, $0.validationLoss ?? 0] }.filter(\.isFinite)
    return section(
      "How training went",
      legend(["blue": "validation beats", "red dashed": "training beats, as they were trained on (with dropout)"])
        + row([
          chart("Accuracy", .share("accuracy in %"), \.accuracy, \.validationAccuracy),
          chart(
            "Loss", Axis(0, losses.max() ?? 1, label: "cross-entropy in nats"), \.loss, \.validationLoss),
        ]))
  }
}
