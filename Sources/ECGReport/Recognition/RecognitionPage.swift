import ECGTraining
import Foundation

/// Recognition under a protocol as one HTML document: figures, curves, definitions. It refers to nothing outside itself, and no
/// beats are drawn in it.
public struct RecognitionPage {
  let recognition: Recognition
  let command: String
  let date: String
  let program: String

  /// - Parameters:
  ///   - command: the command line, to repeat it.
  ///   - date: year-month-day.
  ///   - program: name and version of what makes the report.
  public init(_ recognition: Recognition, command: String, date: String, program: String) {
    self.recognition = recognition
    self.command = command
    self.date = date
    self.program = program
  }

  public var text: String {
    let footer = element(
      "footer", [:],
      element("p", [:], Markup("Repeat it: \(command)")) + element("p", [:], Markup("Made by \(program) on \(date).")))
    return page(
      "Recognition by \(recognition.model)",
      [overview, toKeepInMind(recognition.caveats), table, curves, strangers, definitions].joined + footer)
  }

  /// Lengths that there are probes of, each with its colour.
  private var lengths: [(length: Recognition.Length, style: String)] {
    let styles = ["green", "blue", "blue dashed", "red", "red dashed"]
    return recognition.lengths.filter { $0.probes > 0 }.enumerated().map { ($1, styles[$0 % styles.count]) }
  }

  private func name(_ length: Recognition.Length) -> String {
    switch length.probe {
    case "recording": "a whole recording"
    case "1": "one beat"
    default: "\(length.probe) beats"
    }
  }

  private var overview: Markup {
    let who =
      "\(counted(recognition.enrolled, "person is", "people are")) enrolled with"
      + " \(counted(recognition.enrolmentRecordings, "recording", "recordings")) (\(number(recognition.enrolmentBeats)) beats);"
      + " \(counted(recognition.probing, "of them probes", "of them probe"))"
      + (recognition.strangers > 0
        ? ", and so \(recognition.strangers == 1 ? "does one stranger" : "do \(recognition.strangers) strangers")" : "")
      + (recognition.subjectDisjoint ? ". The model has never seen any of these people." : ".")
    let leftOut = recognition.leftOut.sorted { $0.key < $1.key }.map { "\($1) \($0)" }.joined(separator: ", ")
    return element("h1", [:], "How well \(recognition.model) recognises people it enrols")
      + paragraph(
        "\(recognition.network) · beats of \(recognition.source) · protocol \(recognition.recognition) · \(date)", "sub"
      )
      + paragraph("By this protocol \(recognition.summary). \(who)", "lead")
      + (leftOut.isEmpty ? "" : paragraph("Left out: \(leftOut).", "small"))
  }

  private func heading(_ name: String) -> [String] {
    Recognition.falseAcceptanceRates.map { "\(name) \(percent($0))" }
  }

  private var table: Markup {
    section(
      "In figures",
      ECGReport.table(
        ["A probe is", "probes", "comparisons genuine / impostor", "rank 1", "rank 5", "EER"] + heading("TAR at FAR")
          + [
            "AUROC"
          ],
        recognition.lengths.map { length in
          [
            name(length), number(length.probes),
            "\(number(length.genuineComparisons)) / \(number(length.impostorComparisons))", length.ranks[0].asPercent,
            length.ranks.count > 4 ? length.ranks[4].asPercent : "–", length.equalErrorRate.asPercent,
          ] + length.trueAcceptance.map(\.rate.asPercent) + [length.auroc.asNumber]
        })
        + paragraph(
          "In brackets: 95 % intervals by a bootstrap over people (\(number(recognition.draws)) draws).", "small"))
  }

  private var legendOfLengths: Markup {
    element(
      "p", ["class": "legend"],
      lengths.map { length, style in
        element("span", [:], element("i", ["class": "swatch \(style)"], "") + Markup(name(length)))
      }.joined)
  }

  private var curves: Markup {
    guard !lengths.isEmpty else { return "" }
    return section(
      "Curves",
      legendOfLengths
        + row([
          figure(cumulativeMatch, "Cumulative match: the true person is among the best k."),
          figure(
            receiver(\.curve, "genuine probes accepted, in %"),
            "ROC: at every threshold, false acceptances logarithmically; dotted: the rates of the table."),
          figure(tradeOff(\.curve), "DET: both kinds of errors; the equal error rate lies on the dotted line."),
        ]))
  }

  private var cumulativeMatch: Markup {
    let ranks = lengths.map(\.length.ranks.count).max() ?? 1
    let lowest = lengths.compactMap { $0.length.ranks[0].lower ?? $0.length.ranks[0].value }.min() ?? 0
    let floor = max(0, (lowest * 20).rounded(.down) / 20 - 0.05)
    var chart = Chart(
      width: 475, height: 360, x: Axis(1, Double(max(2, ranks)), label: "rank k", tickCount: min(9, max(1, ranks - 1))),
      y: Axis(floor, 1, label: "among the best k, in %") { "\(Int(($0 * 100).rounded()))" }, title: "Cumulative match",
      summary: "Cumulative match curves")
    for (length, style) in lengths {
      chart.line(
        length.ranks.enumerated().compactMap { index, rank in rank.value.map { (Double(index + 1), $0) } }, style)
      for (index, rank) in length.ranks.enumerated() {
        guard let value = rank.value else { continue }
        chart.dot(
          Double(index + 1), value, radius: 2.5, "\(style.prefix { $0 != " " })-fill",
          hint: "\(name(length)), rank \(index + 1): \(rank.asPercent)")
      }
    }
    return chart.markup
  }

  /// The lowest false acceptance rate that a drawing shows: none is smaller than one comparison.
  private func lowestRate(_ curve: KeyPath<Recognition.Length, [Recognition.Point]>) -> Double {
    let rates = lengths.flatMap { $0.length[keyPath: curve] }.map(\.falseAcceptanceRate).filter { $0 > 0 }
    return max(1e-5, min(0.01, rates.min() ?? 0.001))
  }

  private func logarithmic(_ lower: Double, _ label: String) -> Axis {
    var axis = Axis.logarithmic(lower, 1, label: label)
    axis.format = { number($0 * 100, digits: $0 * 100 < 0.999 ? max(0, Int(-log10($0 * 100).rounded(.down))) : 0) }
    return axis
  }

  private func receiver(_ curve: KeyPath<Recognition.Length, [Recognition.Point]>, _ label: String) -> Markup {
    let lowest = lowestRate(curve)
    var chart = Chart(
      width: 475, height: 360, x: logarithmic(lowest, "false acceptance rate, in % (logarithmic)"), y: .share(label),
      title: "Receiver operating characteristic", summary: "ROC curves")
    for (length, style) in lengths {
      chart.line(
        stepped(length[keyPath: curve]).map { (max($0.falseAcceptanceRate, lowest), $0.acceptanceRate) }, style)
    }
    for rate in Recognition.falseAcceptanceRates where rate >= lowest { chart.vertical(rate, "ideal") }
    return chart.markup
  }

  private func tradeOff(_ curve: KeyPath<Recognition.Length, [Recognition.Point]>) -> Markup {
    let lowest = lowestRate(curve)
    let rejections = lengths.flatMap { $0.length[keyPath: curve] }.map { 1 - $0.acceptanceRate }
    // Half of what one genuine comparison is: none at all lies there.
    let lowestRejection = min(0.01, (rejections.filter { $0 > 1e-9 }.min() ?? 0.01) / 2)
    let corner = max(lowest, lowestRejection)
    var chart = Chart(
      width: 475, height: 360, x: logarithmic(lowest, "false acceptance rate, in %"),
      y: logarithmic(lowestRejection, "false rejection rate, in %"), title: "Detection error trade-off",
      summary: "DET curves")
    chart.line([(corner, corner), (1, 1)], "ideal")
    for (length, style) in lengths {
      chart.line(
        stepped(length[keyPath: curve]).map {
          (max($0.falseAcceptanceRate, lowest), max(1 - $0.acceptanceRate, lowestRejection))
        },
        style)
    }
    return chart.markup
  }

  /// A threshold lies at a score: between two of them nothing is accepted that the higher one does not accept.
  private func stepped(_ points: [Recognition.Point]) -> [Recognition.Point] {
    var result: [Recognition.Point] = []
    for point in points {
      if let last = result.last {
        var corner = last
        corner.falseAcceptanceRate = point.falseAcceptanceRate
        result.append(corner)
      }
      result.append(point)
    }
    return result
  }

  private var strangers: Markup {
    let open = recognition.lengths.compactMap { length in length.openSet.map { (length, $0) } }
    guard !open.isEmpty else { return "" }
    let curve = \Recognition.Length.openCurve
    return section(
      "Strangers",
      paragraph(
        "\(counted(recognition.strangers, "person", "people")) who are not enrolled probe, too. Known or not is decided by"
          + " the best score; a known person must also be named rightly (detection and identification rate, DIR).")
        + ECGReport.table(
          ["A probe is", "known probes", "strangers' probes", "EER"] + heading("DIR at FAR") + ["AUROC"],
          open.map { length, open in
            [name(length), number(open.knownProbes), number(open.strangerProbes), open.equalErrorRate.asPercent]
              + open.detectionAndIdentification.map(\.rate.asPercent) + [open.auroc.asNumber]
          })
        + legendOfLengths
        + row([figure(receiver(curve, "known people's probes accepted, in %")), figure(tradeOff(curve))]))
  }

  private var definitions: Markup {
    let entries = [
      ("rank k", "share of probes whose own template is among the k that score highest; ties count against"),
      ("genuine, impostor", "a probe against its own person's template, and against somebody else's"),
      (
        "FAR, false acceptance rate",
        "share of impostor comparisons that reach the threshold; among strangers, share of their probes whose best score does"
      ),
      (
        "EER, equal error rate",
        "where as large a share of impostors is accepted as of genuine ones rejected, linear between neighbouring thresholds"
      ),
      (
        "TAR at FAR",
        "share of genuine comparisons accepted at the lowest threshold with at most that false acceptance rate"
      ),
      ("DIR at FAR", "share of known people's probes that are accepted and named rightly at such a threshold"),
      ("AUROC", "the probability that a genuine score exceeds an impostor's, ties counting half"),
      (
        "score",
        "cosine of the probe's and the template's embedding: means of beats' unit embeddings, scaled to unit length"
      ),
      ("–", "undefined, or more than these comparisons can show"),
    ]
    return section(
      "What the words mean",
      element(
        "dl", [:], entries.map { element("dt", [:], Markup($0)) + element("dd", [:], Markup($1)) }.joined))
  }
}

extension Recognition.Length {
  fileprivate var openCurve: [Recognition.Point] { openSet?.curve ?? [] }
}
