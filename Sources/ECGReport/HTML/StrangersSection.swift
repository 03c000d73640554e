import ECGExport
import ECGMetrics
import ECGWorkflow
import Foundation

extension HTMLReport {
  /// How strangers fare: curves, scores and a table.
  var strangers: Markup {
    guard let outliers = evaluation.outliers,
      let own = predictions.outliers.first(where: \.isModels) ?? predictions.outliers.first
    else { return "" }
    var content = Markup(source: "")
    let number = outliers.strangers
    content += paragraph(
      number > 0
        ? "\(counted(number, "person", "people")) whom the model has never met: \(ECGReport.number(predictions.strangerBeats.count)) beats in"
          + " \(counted(predictions.strangerRecordings.count, "recording", "recordings")). The local outlier factor says how much thinner"
          + " known beats lie around a beat than around its neighbours; above the threshold, it is turned away."
        : "Nobody unknown was tested, so only false alarms are known. `ecgid train --strangers N` sets people apart.")
    if number > 0 { content += curves + table(outliers) } else { content += table(outliers) }
    content += row([
      scores("One beat", own.beats, own.strangerBeats, own.threshold, own),
      scores("A recording's beats together", own.recordings, own.strangerRecordings, own.threshold, own),
    ])
    content += legend(["block blue": "known people", "block red": "strangers"])
    return section("Strangers", content)
  }

  private func style(_ method: Predictions.OutlierScores) -> String {
    (method.features == .hidden ? "blue" : "red") + (method.neighbourCount == 1 ? " dashed" : "")
  }

  private var curves: Markup {
    func chart(
      _ title: String, _ known: (Predictions.OutlierScores) -> [Float],
      _ strangers: (Predictions.OutlierScores) -> [Float]
    ) -> Markup {
      var chart = Chart(
        width: 475, height: 400, x: .share("known people turned away, in %"), y: .share("strangers turned away, in %"),
        title: title, summary: "ROC curves: \(title)")
      chart.line([(0, 0), (1, 1)], "ideal")
      for method in predictions.outliers {
        guard let curve = ROCCurve(negatives: known(method), positives: strangers(method)) else { continue }
        chart.line(thinned(curve.corners), style(method))
      }
      for method in predictions.outliers {
        guard let threshold = method.threshold, method.isModels else { continue }
        func share(_ scores: [Float]) -> Double {
          Double(scores.count { $0 > threshold }) / Double(max(1, scores.count))
        }
        let (x, y) = (share(known(method)), share(strangers(method)))
        chart.dot(x, y, radius: 5, "ring \(method.features == .hidden ? "blue" : "red")", hint: "the model's threshold")
        let isRight = x > 0.6
        chart.note(
          x, y, dx: isRight ? -9 : 9, dy: y > 0.5 ? 16 : -8, "the model's threshold",
          isRight ? "note halo end" : "note halo")
      }
      return figure(chart.markup)
    }
    return legend([
      "blue": "last hidden layer, k = 20", "blue dashed": "last hidden layer, k = 1", "red": "beat, k = 20",
      "red dashed": "beat, k = 1",
    ])
      + row([
        chart("One beat decides", \.beats, \.strangerBeats),
        chart("A recording's beats decide", \.recordings, \.strangerRecordings),
      ])
  }

  /// Without points that lie closer than a pixel to the one before.
  private func thinned(_ points: [ROCCurve.Point]) -> [(x: Double, y: Double)] {
    var kept: [(x: Double, y: Double)] = []
    for (index, point) in points.enumerated() {
      let place = (x: point.falseAlarmRate, y: point.detectionRate)
      if let last = kept.last, index < points.count - 1, abs(place.x - last.x) < 0.002, abs(place.y - last.y) < 0.002 {
        continue
      }
      kept.append(place)
    }
    return kept
  }

  private func table(_ outliers: Evaluation.Strangers) -> Markup {
    func rate(_ rate: Rate?) -> String {
      guard let rate, let interval = rate.interval else { return "–" }
      return "\(percent(rate.share)) (\(percent(interval.lower)) to \(percent(interval.upper)))"
    }
    func area(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "–" }
    return ECGReport.table(
      [
        "Local outlier factor on", "decides", "known turned away", "strangers turned away", "AUROC", "threshold",
      ],
      outliers.methods.flatMap { method in
        [("a beat", method.beats), ("a recording", method.recordings)].map { name, side in
          [
            method.name + (method.isModels ? " (the model's)" : ""), name, rate(side.falseAlarms),
            rate(side.detections),
            area(side.auroc), method.threshold.map { String(format: "%.3f", $0) } ?? "–",
          ]
        }
      }, textColumns: [0, 1])
      + paragraph(
        "Thresholds were chosen on beats that trained or validated"
          + (outliers.methods.compactMap(\.statedFalseAlarmRate).first.map {
            " to turn away \(percent($0)) of known beats"
          } ?? "")
          + "; the same threshold serves one beat and the geometric mean of a recording's beats.", "small")
  }

  private func scores(
    _ title: String, _ known: [Float], _ strangers: [Float], _ threshold: Float?, _ method: Predictions.OutlierScores
  ) -> Markup {
    let all = (known + strangers).filter { $0.isFinite && $0 > 0 }.map(Double.init).sorted()
    guard let lowest = all.first, let highest = all.last else { return "" }
    // A few beats far out would leave no room for the others.
    let limit = all.count > 200 ? all[all.count * 995 / 1000] : highest
    let upper = max(limit, Double(threshold ?? 0) * 1.2, lowest * 1.3)
    let binCount = all.count < 200 ? 20 : 44
    func place(_ score: Double) -> Int {
      min(binCount - 1, max(0, Int(log(score / lowest) / log(upper / lowest) * Double(binCount))))
    }
    func shares(_ scores: [Float]) -> [Double] {
      var counts = [Double](repeating: 0, count: binCount)
      let usable = scores.filter { $0.isFinite && $0 > 0 }
      for score in usable { counts[place(Double(score))] += 1 / Double(usable.count) }
      return counts
    }
    let (blue, red) = (shares(known), shares(strangers))
    let top = max(blue.max() ?? 0, red.max() ?? 0)
    var chart = Chart(
      width: 475, height: 280,
      x: .logarithmic(lowest, upper, label: "outlier score (local outlier factor, logarithmic)"),
      y: Axis(0, top, label: "share, in %") { number($0 * 100, digits: top < 0.04 ? 1 : 0) }, title: title,
      summary: "Outlier scores of known people and of strangers")
    func edge(_ bin: Int) -> Double { lowest * pow(upper / lowest, Double(bin) / Double(binCount)) }
    for bin in 0..<binCount {
      chart.bar(edge(bin), edge(bin + 1), to: blue[bin], "blue-area", gap: 0.5)
      chart.bar(edge(bin), edge(bin + 1), to: red[bin], "red-area", gap: 0.5)
    }
    if let threshold { chart.vertical(Double(threshold), "mark", note: "threshold") }
    let beyond = all.count { $0 > upper }
    return figure(
      chart.markup,
      "Local outlier factor on the \(method.features == .beat ? "beat" : "last hidden layer"), k = \(method.neighbourCount)."
        + (beyond > 0 ? " The last bar holds \(counted(beyond, "score", "scores")) beyond the right edge, too." : ""))
  }
}
