import ECGExport
import ECGMetrics
import ECGWorkflow

extension HTMLReport {
  /// Up to so many people, everybody is drawn.
  private static let mostDrawn = 60

  /// Who was taken for whom.
  var confusion: Markup {
    let present = (0..<matrix.classCount).filter { matrix.truthTotals[$0] > 0 || matrix.predictionTotals[$0] > 0 }
    guard !present.isEmpty else { return "" }
    let key = legend(["block blue": "named rightly", "block red": "taken for somebody else"])
    if present.count <= Self.mostDrawn {
      return section(
        "Who is taken for whom",
        paragraph(
          "Each row is one person's test beats, each column whom they were taken for. Shade is the share of the row; figures are"
            + " beats.") + key + figure(labelled(present, withOthers: false)))
    }
    let tangled = tangledPeople
    return section(
      "Who is taken for whom",
      paragraph(
        "Each row is a group of \(groupSize(present.count)) people in the model's order, each column a group they"
          + " were taken for. Shade is the share of the row's wrong or right beats; an even red haze says that mistakes"
          + " follow no order.") + key + figure(blocks(present))
        + (tangled.isEmpty
          ? ""
          : element("h3", [:], "The \(tangled.count) people of the most frequent mistakes")
            + figure(
              labelled(tangled, withOthers: true), "Figures are beats; “others” are all people not shown.")))
  }

  /// The people in the most frequent confusions, in the model's order.
  private var tangledPeople: [Int] {
    var people: Set<Int> = []
    for confusion in matrix.confusions where people.count < 20 {
      people.insert(confusion.truth)
      people.insert(confusion.predicted)
    }
    return people.sorted()
  }

  /// A matrix with names and numbers.
  private func labelled(_ people: [Int], withOthers: Bool) -> Markup {
    let names = people.map { shortened(loaded.labels[$0], 18) } + (withOthers ? ["others"] : [])
    let longest = Double(names.map(\.count).max() ?? 1)
    let cell = min(34, max(14, 800 / Double(names.count)))
    let margin = 16 + longest * 6.4
    let top = 12 + longest * 4.9
    let (width, height) = (margin + cell * Double(names.count) + 60, top + cell * Double(people.count) + 24)
    var marks = Markup(source: "")
    for (row, truth) in people.enumerated() {
      let y = top + cell * Double(row)
      let total = matrix.truthTotals[truth]
      marks += drawnText(margin - 6, y + cell / 2 + 4, names[row], "tick end")
      var counts = people.map { matrix[truth, $0] }
      if withOthers { counts.append(total - counts.reduce(0, +)) }
      marks += element(
        "rect",
        [
          "x": coordinate(margin), "y": coordinate(y + 0.5), "width": coordinate(cell * Double(names.count)),
          "height": coordinate(cell - 1), "class": "panel-fill",
        ])
      for (column, count) in counts.enumerated() where count > 0 {
        let share = Double(count) / Double(max(1, total))
        let isRight = row == column
        let x = margin + cell * Double(column)
        marks += element(
          "rect",
          [
            "x": coordinate(x + 0.5), "y": coordinate(y + 0.5), "width": coordinate(cell - 1),
            "height": coordinate(cell - 1), "class": isRight ? "blue-fill" : "red-fill",
            "fill-opacity": opacity(share),
          ],
          element(
            "title", [:],
            "\(loaded.labels[truth]) taken for \(column < people.count ? loaded.labels[people[column]] : "others"): \(count) of \(total)"
          ))
        marks += drawnText(
          x + cell / 2, y + cell / 2 + 4, "\(count)",
          (share > 0.45 ? "cell-text on" : "cell-text") + (cell < 17 ? " fine" : ""))
      }
      marks += drawnText(margin + cell * Double(names.count) + 6, y + cell / 2 + 4, "\(total)", "tick")
    }
    for (column, name) in names.enumerated() {
      let x = margin + cell * (Double(column) + 0.5)
      marks += element(
        "text",
        [
          "x": coordinate(x), "y": coordinate(top - 5), "class": "tick",
          "transform": "rotate(-50 \(coordinate(x)) \(coordinate(top - 5)))",
        ], Markup(name))
    }
    marks += drawnText(
      margin + cell * Double(names.count) / 2, height - 6, "whom the beat was taken for", "label middle")
    marks += drawnText(margin + cell * Double(names.count) + 6, top - 5, "beats", "note")
    return drawing(width: width, height: height, summary: "Confusion matrix of \(people.count) people", marks)
  }

  private func groupSize(_ people: Int) -> Int { (people + 59) / 60 }

  /// A matrix of groups of people, without names.
  private func blocks(_ people: [Int]) -> Markup {
    let group = groupSize(people.count)
    let count = (people.count + group - 1) / group
    var groupOf = [Int](repeating: 0, count: matrix.classCount)
    for (place, person) in people.enumerated() { groupOf[person] = place / group }
    // Right and wrong beats apart: within a group, mistakes would hide behind what is right.
    var right = [Int](repeating: 0, count: count)
    var wrong = [Int](repeating: 0, count: count * count)
    var totals = [Int](repeating: 0, count: count)
    for cell in matrix.cells {
      let row = groupOf[cell.truth]
      totals[row] += cell.count
      if cell.truth == cell.predicted {
        right[row] += cell.count
      } else {
        wrong[row * count + groupOf[cell.predicted]] += cell.count
      }
    }
    let shares = wrong.enumerated().map { Double($0.element) / Double(max(1, totals[$0.offset / count])) }
    let highest = max(shares.max() ?? 0, 1e-9)
    let (side, left, top) = (min(10.0, 640 / Double(count)), 64.0, 10.0)
    let edge = side * Double(count)
    var marks = element(
      "rect",
      [
        "x": coordinate(left), "y": coordinate(top), "width": coordinate(edge), "height": coordinate(edge),
        "class": "panel-fill",
      ])
    // One path for each of ten shades keeps the file small.
    let shades = 10
    var paths = [String](repeating: "", count: shades + 1)
    for row in 0..<count {
      for column in 0..<count where wrong[row * count + column] > 0 {
        let shade = max(1, Int((shares[row * count + column] / highest * Double(shades)).rounded(.up)))
        paths[shade] += square(left + side * Double(column), top + side * Double(row), side)
      }
    }
    for shade in 1...shades where !paths[shade].isEmpty {
      marks += element(
        "path",
        [
          "d": paths[shade], "class": "red-fill", "fill-opacity": opacity(Double(shade) / Double(shades)),
        ])
    }
    for row in 0..<count where right[row] > 0 {
      let share = Double(right[row]) / Double(max(1, totals[row]))
      let place = left + side * Double(row)
      // A margin of the cell still shows the mistakes within the group.
      marks += element(
        "path",
        [
          "d": square(place + side * 0.12, top + side * Double(row) + side * 0.12, side * 0.76), "class": "blue-fill",
          "fill-opacity": opacity(share),
        ],
        element(
          "title", [:],
          "\(loaded.labels[people[row * group]]) and the next: \(right[row]) of \(totals[row]) beats named rightly"))
    }
    for tick in stride(from: 0, through: people.count, by: max(1, roundStep(people.count))) {
      let at = Double(tick) / Double(group) * side
      marks += drawnText(left - 6, top + at + 4, number(tick), "tick end")
      marks += drawnText(left + at, top + edge + 16, number(tick), "tick middle")
    }
    marks += drawnText(
      left + edge / 2, top + edge + 36, "whom the beat was taken for (number in the model's order)", "label middle")
    let middle = coordinate(top + edge / 2)
    marks += element(
      "text", ["x": "14", "y": middle, "class": "label middle", "transform": "rotate(-90 14 \(middle))"],
      "whose beat it was")
    return drawing(
      width: left + edge + 20, height: top + edge + 42,
      summary:
        "Confusion matrix of \(people.count) people in groups of \(group); the darkest red is \(percent(highest)) of a row",
      marks)
  }

  private func square(_ x: Double, _ y: Double, _ side: Double) -> String {
    let inner = coordinate(side - 0.4)
    return "M\(coordinate(x)) \(coordinate(y))h\(inner)v\(inner)h-\(inner)z"
  }

  private func roundStep(_ count: Int) -> Int {
    for step in [10, 20, 50, 100, 200, 250, 500, 1000, 2000, 5000] where count / step <= 7 { return step }
    return count
  }

  /// Faint shades are still seen.
  private func opacity(_ share: Double) -> String { "\(((0.12 + 0.88 * share) * 100).rounded() / 100)" }
}

/// The beginning of a long name.
func shortened(_ name: String, _ length: Int) -> String { name.count <= length ? name : name.prefix(length - 1) + "…" }
