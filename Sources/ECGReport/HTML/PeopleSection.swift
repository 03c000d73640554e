import ECGExport
import ECGWorkflow
import Foundation

extension HTMLReport {
  private static let longTable = 30

  /// Everybody's figures.
  var people: Markup {
    let tested = evaluation.tested
    guard !tested.isEmpty else { return "" }
    let averages = table(
      ["", "precision", "recall", "F1"],
      [("mean over people (macro)", evaluation.macro), ("mean over beats (weighted)", evaluation.weighted)].map {
        [$0, percent($1.precision), percent($1.recall), percent($1.f1)]
      })
    let undefined = evaluation.perPerson.count { $0.precision == nil }
    var content = row([figure(recallHistogram(tested)), averages])
    if undefined > 0 {
      content += paragraph(
        "Nobody was ever taken for \(counted(undefined, "person", "people")): their precision is undefined (–) and is not part of"
          + " the mean.", "small")
    }
    if evaluation.perPerson.count <= Self.longTable {
      content += personTable(evaluation.perPerson)
    } else {
      content +=
        element("h3", [:], "Lowest recall") + personTable(evaluation.lowestRecall(12))
        + details("All \(number(evaluation.perPerson.count)) people", personTable(evaluation.perPerson))
    }
    return section("Person by person", content)
  }

  private func recallHistogram(_ tested: [PersonFigures]) -> Markup {
    var counts = [Int](repeating: 0, count: 10)
    for person in tested { counts[min(9, Int((person.recall ?? 0) * 10))] += 1 }
    let highest = Double(counts.max() ?? 1)
    var chart = Chart(
      width: 560, height: 230, x: .share("beats of a person named rightly (recall), in %"),
      y: Axis(0, highest, label: "people", tickCount: min(5, Int(highest))), summary: "People by recall")
    for (bin, count) in counts.enumerated() {
      chart.bar(
        Double(bin) / 10, Double(bin + 1) / 10, to: Double(count), "blue-area",
        hint: counted(count, "person", "people"), gap: 2)
      if count > 0 { chart.note((Double(bin) + 0.5) / 10, Double(count), dy: -4, number(count), "note middle") }
    }
    return chart.markup
  }

  private func personTable(_ people: [PersonFigures]) -> Markup {
    table(
      [
        "Person", "beats", "recordings right", "TP", "FP", "FN", "TN", "recall", "precision", "F1", "specificity",
        "NPV",
        "fall\u{2011}out", "FDR", "mostly taken for",
      ],
      people.map { person in
        [
          person.person, number(person.support), "\(person.recordingsCorrect) of \(person.recordings)",
          number(person.truePositives), number(person.falsePositives), number(person.falseNegatives),
          number(person.trueNegatives), share(person.recall), share(person.precision), share(person.f1),
          share(person.specificity), share(person.negativePredictiveValue), share(person.fallOut),
          share(person.falseDiscoveryRate), person.mostlyTakenFor ?? "",
        ]
      }, textColumns: [0, 14]
    ) { row, column in
      let person = people[row]
      return column == 7 && (person.recall ?? 1) < 0.5 ? "low" : ""
    }
  }

  private func share(_ value: Double?) -> String { value.map { String(format: "%.1f", 100 * $0) } ?? "–" }
}
