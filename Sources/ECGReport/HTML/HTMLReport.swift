import ECGExport
import ECGMetrics
import ECGWorkflow
import Foundation

/// What a report is made from, and what it may show.
public struct HTMLReport {
  let evaluation: Evaluation
  let predictions: Predictions
  let loaded: LoadedModel
  let prepared: PreparedBeats
  /// As it was typed.
  let command: String
  let date: String
  let program: String
  /// Whether beats are drawn: they tell whose they are.
  let drawsBeats: Bool
  let matrix: ConfusionMatrix

  /// - Parameters:
  ///   - command: the command line, to repeat it.
  ///   - date: year-month-day.
  ///   - program: name and version of what makes the report.
  public init(
    _ evaluation: Evaluation, _ predictions: Predictions, of loaded: LoadedModel, on prepared: PreparedBeats,
    command: String, date: String, program: String, drawsBeats: Bool = true
  ) {
    self.evaluation = evaluation
    self.predictions = predictions
    self.loaded = loaded
    self.prepared = prepared
    self.command = command
    self.date = date
    self.program = program
    self.drawsBeats = drawsBeats
    matrix = ConfusionMatrix(predictions, classCount: loaded.labels.count)
  }

  /// The whole report as one HTML document, which is well-formed XML as well. It refers to nothing outside itself.
  public var text: String {
    let sections = [
      overview, caveats, measured, training, confusion, confusedBeats, people, calibration, strangers, definitions,
    ]
    return page("Evaluation of \(evaluation.model)", sections.joined + footer)
  }

  private var caveats: Markup { toKeepInMind(evaluation.caveats) }

  private var footer: Markup {
    let privacy =
      drawsBeats
      ? "This file contains drawn heartbeats of people named in it. A heartbeat tells whose it is: treat the file as you would"
        + " treat fingerprints. --no-beats makes a report without them."
      : "No heartbeats are drawn in this file; it names people, though."
    return element(
      "footer", [:],
      element("p", [:], Markup(privacy)) + element("p", [:], Markup("Made by \(program) on \(date).")))
  }
}

/// A whole document, which is well-formed XML as well.
func page(_ title: Markup, _ content: Markup) -> String {
  let head =
    element("meta", ["charset": "utf-8"])
    + element("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
    + element("title", [:], title) + element("style", [:], Markup(source: styleSheet))
  let document = element(
    "html", ["lang": "en"], element("head", [:], head) + element("body", [:], element("main", [:], content)))
  return "<!DOCTYPE html>\n" + document.source + "\n"
}

/// Sentences that a reader should not miss.
func toKeepInMind(_ caveats: [String]) -> Markup {
  guard !caveats.isEmpty else { return "" }
  return element(
    "div", ["class": "caveats"],
    element("strong", [:], "To keep in mind")
      + element("ul", [:], caveats.map { element("li", [:], Markup($0)) }.joined))
}

/// A heading and what belongs under it.
func section(_ title: String, _ content: Markup) -> Markup {
  element("section", [:], element("h2", [:], Markup(title)) + content)
}

func paragraph(_ text: String, _ style: String = "") -> Markup {
  style.isEmpty ? element("p", [:], Markup(text)) : element("p", ["class": style], Markup(text))
}

/// A drawing with a line under it.
func figure(_ content: Markup, _ caption: String = "") -> Markup {
  element("figure", [:], content + (caption.isEmpty ? "" : element("figcaption", [:], Markup(caption))))
}

/// Figures side by side where there is room.
func row(_ figures: [Markup]) -> Markup { element("div", ["class": "row"], figures.joined) }

/// A table whose first columns are text, the rest numbers.
func table(
  _ heading: [String], _ rows: [[String]], textColumns: Set<Int> = [0], style: (Int, Int) -> String = { _, _ in "" }
)
  -> Markup
{
  func cell(_ name: String, _ column: Int, _ content: String, _ style: String) -> Markup {
    let classes = [textColumns.contains(column) ? "text" : "", style].filter { !$0.isEmpty }.joined(separator: " ")
    return classes.isEmpty ? element(name, [:], Markup(content)) : element(name, ["class": classes], Markup(content))
  }
  let head = element("tr", [:], heading.enumerated().map { cell("th", $0, $1, "") }.joined)
  let body = rows.enumerated().map { row, cells in
    element("tr", [:], cells.enumerated().map { cell("td", $0, $1, style(row, $0)) }.joined)
  }
  return element(
    "div", ["class": "scroll"], element("table", [:], element("thead", [:], head) + element("tbody", [:], body.joined)))
}

/// What opens when it is asked for.
func details(_ summary: String, _ content: Markup) -> Markup {
  element("details", [:], element("summary", [:], Markup(summary)) + content)
}

/// "3 people" or "1 person".
func counted(_ count: Int, _ one: String, _ many: String) -> String { "\(number(count)) \(count == 1 ? one : many)" }
