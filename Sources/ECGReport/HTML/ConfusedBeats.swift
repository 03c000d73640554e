import ECG
import ECGExport
import ECGMetrics
import ECGSignal
import ECGWorkflow

extension HTMLReport {
  /// The beats of people who are most often confused, drawn over one another.
  var confusedBeats: Markup {
    let pairs = mostConfused()
    guard !pairs.isEmpty else { return "" }
    guard drawsBeats else {
      return section(
        "Most often confused",
        table(
          ["Person", "taken for", "beats"],
          pairs.map { [loaded.labels[$0.truth], loaded.labels[$0.predicted], "\($0.count)"] }, textColumns: [0, 1]))
    }
    let beatsOf = Dictionary(grouping: prepared.personOfBeat.indices) {
      predictions.source.classOfPerson[Int(prepared.personOfBeat[$0])] ?? -1
    }
    let wrong = Dictionary(grouping: predictions.beats) { $0.judgement.truth }
    let charts = pairs.map { pair in
      overlay(
        pair, mistaken: wrong[pair.truth]?.filter { $0.judgement.named == pair.predicted }.map(\.beat) ?? [],
        of: beatsOf[pair.truth] ?? [], other: beatsOf[pair.predicted] ?? [])
    }
    return section(
      "Most often confused",
      paragraph(
        "Thick lines are mean beats of everything that was prepared, thin red lines the very beats that were mistaken, thin"
          + " blue lines some beats of the person they were taken for.")
        + legend(["red": "whose beat it was", "blue dashed": "whom it was taken for"]) + row(charts))
  }

  /// At most six pairs, each in its more frequent direction.
  private func mostConfused() -> [ConfusionMatrix.Cell] {
    var pairs: [ConfusionMatrix.Cell] = []
    for confusion in matrix.confusions where pairs.count < 6 {
      if !pairs.contains(where: { $0.truth == confusion.predicted && $0.predicted == confusion.truth }) {
        pairs.append(confusion)
      }
    }
    return pairs
  }

  private func overlay(_ pair: ConfusionMatrix.Cell, mistaken: [Int], of own: [Int], other: [Int]) -> Markup {
    let configuration = loaded.model.pipeline.configuration
    let thinRed = mistaken.prefix(8).map { prepared.values(of: [$0]) }
    let thinBlue = drawnEvenly(other, most: 8).map { prepared.values(of: [$0]) }
    let (red, blue) = (mean(of: own), mean(of: other))
    let all = (thinRed + thinBlue + [red, blue]).joined()
    let (lowest, highest) = (Double(all.min() ?? -1), Double(all.max() ?? 1))
    let total = predictions.beats.count { $0.judgement.truth == pair.truth }
    let title =
      "\(shortened(loaded.labels[pair.truth], 17)) taken for \(shortened(loaded.labels[pair.predicted], 17)): \(pair.count) of \(total)"
    var chart = Chart(
      width: 475, height: 250,
      x: Axis(
        -1000 * configuration.beatBefore, 1000 * configuration.beatAfter, label: "time from the R peak in ms",
        tickCount: 6),
      y: Axis(lowest, highest, label: "amplitude (unit energy)", tickCount: 4), title: title, summary: title)
    func points(_ values: [Float], every step: Int) -> [(x: Double, y: Double)] {
      stride(from: 0, to: values.count, by: step).map {
        (1000 * (Double($0) / prepared.samplingRate - configuration.beatBefore), Double(values[$0]))
      }
    }
    for values in thinBlue { chart.line(points(values, every: 2), "blue thin") }
    for values in thinRed { chart.line(points(values, every: 2), "red thin") }
    chart.line(points(red, every: 1), "red")
    chart.line(points(blue, every: 1), "blue dashed")
    return figure(chart.markup)
  }

  private func mean(of beats: [Int]) -> [Float] {
    var sum = [Float](repeating: 0, count: prepared.beatLength)
    for index in beats {
      for sample in 0..<prepared.beatLength { sum[sample] += prepared.beats[index * prepared.beatLength + sample] }
    }
    return sum.map { $0 / Float(max(1, beats.count)) }
  }
}
