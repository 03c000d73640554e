import ECG
import ECGExport
import ECGMetrics
import ECGNetwork
import ECGRecords
import ECGSignal
import ECGTestSupport
import ECGTraining
import ECGWorkflow
import ECGWorkflowTestSupport
import Foundation
import Testing

@testable import ECGArchitectures
@testable import ECGReport

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// A small model, evaluated, and what is written of it.
@Suite struct ReportTests {
  private static let nasty = ["<Person & \"x\">", "a,b;c", "line\r\nbreak", "it's ]]> --", "Ünï 心", "\u{1}control"]

  /// Everything about one evaluation.
  struct Case: @unchecked Sendable {
    let folder: TemporaryFolder
    let prepared: PreparedBeats
    let loaded: LoadedModel
    let predictions: Predictions
    let evaluation: Evaluation

    init(people: Int, strangers: Int, epochs: Int = 3, digest: String = "abc", outliers: Bool = true) throws {
      var prepared = simulatedBeats(people: people, seed: 11, duration: 12)
      for index in prepared.people.indices { prepared.people[index] = nasty[index % nasty.count] + "\(index)" }
      var training = TrainingOptions(epochs: epochs, batchSize: 16)
      training.learningRate = 5e-3
      training.checkpointInterval = 0
      training.seed = 3
      var options = ModelTrainingOptions(architecture: .tiny, training: training)
      options.evaluation = .lastRecording
      options.strangerCount = strangers
      options.outliers?.neighbourCount = 5
      options.outliers?.falseAlarmRate = 0.4
      if !outliers { options.outliers = nil }
      folder = try TemporaryFolder()
      let url = folder.url.appending(path: "model.h5")
      _ = try trainModel(prepared, digest: "abc", options: options, output: url)
      self.prepared = prepared
      loaded = try LoadedModel(contentsOf: url)
      predictions = try evaluateModel(loaded, on: prepared, digest: digest)
      evaluation = Evaluation(predictions, of: loaded, on: prepared)
    }

    func html(drawsBeats: Bool = true) -> String {
      HTMLReport(
        evaluation, predictions, of: loaded, on: prepared, command: "ecgid evaluate 'a & b.h5' <x>",
        date: "2026-03-01", program: "ecgid", drawsBeats: drawsBeats
      ).text
    }
  }

  private static let usual = Result { try Case(people: 7, strangers: 1) }
  private func usual() throws -> Case { try Self.usual.get() }

  // MARK: Figures

  @Test func figuresAgreeWithACountByHand() throws {
    let this = try usual()
    let evaluation = this.evaluation
    let beats = this.predictions.beats.map(\.judgement)
    let correct = beats.count { $0.isCorrect }
    #expect(evaluation.beats.count == beats.count && evaluation.beats.correct == correct)
    #expect(evaluation.people == 6 && evaluation.testedPeople == 6)
    #expect(evaluation.perPerson.reduce(0) { $0 + $1.support } == beats.count)
    #expect(evaluation.perPerson.reduce(0) { $0 + $1.truePositives } == evaluation.beats.correct)
    #expect(evaluation.confusions.reduce(0) { $0 + $1.count } == beats.count - evaluation.beats.correct)
    #expect(evaluation.calibration.bins.reduce(0) { $0 + $1.count } == beats.count)
    #expect(evaluation.history.count == 3)
    let interval = try #require(evaluation.beats.interval)
    let share = try #require(evaluation.beats.share)
    #expect(interval.lower <= share && share <= interval.upper)
    let own = try #require(evaluation.ownOutliers)
    #expect(evaluation.outliers?.strangers == 1 && own.neighbours == 5 && own.beats.auroc != nil)
  }

  @Test func jsonSaysNullWhereSomethingIsUndefined() throws {
    let this = try Case(people: 3, strangers: 0, epochs: 1, outliers: false)
    let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(this.evaluation)) as! [String: Any]
    #expect(json["outliers"] is NSNull)
    // Every key is described.
    let documentation = try String(
      contentsOf: Vectors.folder.appending(path: "../../Documentation/Evaluation.md"), encoding: .utf8)
    func check(_ value: Any) {
      if let object = value as? [String: Any] {
        for (key, value) in object {
          #expect(documentation.contains("`\(key)`"), "\(key) is not in Documentation/Evaluation.md")
          check(value)
        }
      } else if let array = value as? [Any] {
        array.prefix(3).forEach(check)
      }
    }
    check(json)
    check(try JSONSerialization.jsonObject(with: JSONEncoder().encode(usual().evaluation)))
    var unnamed = this.evaluation.perPerson[0]
    unnamed.precision = nil
    #expect(String(decoding: try JSONEncoder().encode(unnamed), as: UTF8.self).contains("\"precision\":null"))
  }

  @Test func theTerminalShowsTheFigures() throws {
    let this = try usual()
    let text = textReport(this.evaluation)
    #expect(text.contains("\(this.evaluation.beats.correct) of \(this.evaluation.beats.count)"))
    #expect(text.contains("the model's") && text.contains("Strangers (1 person)"))
    #expect(text.contains("To keep in mind"), "seven people are few")
  }

  // MARK: CSV

  /// An independent reader: RFC 4180, character by character.
  private func rows(_ text: String) -> [[String]] {
    var rows: [[String]] = [[""]]
    var isQuoted = false
    var scalars = Array(text.unicodeScalars)[...]
    while let scalar = scalars.popFirst() {
      if isQuoted {
        if scalar != "\"" {
          rows[rows.count - 1][rows[rows.count - 1].count - 1].unicodeScalars.append(scalar)
        } else if scalars.first == "\"" {
          scalars.removeFirst()
          rows[rows.count - 1][rows[rows.count - 1].count - 1] += "\""
        } else {
          isQuoted = false
        }
      } else if scalar == "\"" {
        isQuoted = true
      } else if scalar == "," {
        rows[rows.count - 1].append("")
      } else if scalar == "\r" {
        scalars.removeFirst()
        rows.append([""])
      } else {
        rows[rows.count - 1][rows[rows.count - 1].count - 1].unicodeScalars.append(scalar)
      }
    }
    return rows.dropLast()
  }

  @Test func tablesReadBackAsTheyWere() throws {
    let this = try usual()
    let tables = Dictionary(
      uniqueKeysWithValues: csvReport(
        this.evaluation, this.predictions, labels: this.loaded.labels, prepared: this.prepared))
    #expect(tables.count == 4)
    for (name, text) in tables {
      let rows = rows(text)
      #expect(rows.allSatisfy { $0.count == rows[0].count }, "\(name)")
    }
    let beats = rows(try #require(tables["beats.csv"]))
    #expect(beats.count == 1 + this.predictions.beats.count + this.predictions.strangerBeats.count)
    for (row, beat) in zip(beats.dropFirst(), this.predictions.beats) {
      #expect(row[0] == this.loaded.labels[beat.judgement.truth] && row[5] == this.loaded.labels[beat.judgement.named])
      #expect(Int(row[2]) == beat.beat && Float(row[7]) == beat.judgement.confidence)
      #expect((row[6] == "1") == beat.judgement.isCorrect)
    }
    let scores = try #require(this.predictions.outliers.first)
    #expect(beats.dropFirst().map { Float($0[9]) } == scores.beats + scores.strangerBeats)
    let people = rows(try #require(tables["people.csv"]))
    #expect(people.dropFirst().map { $0[0] } == this.loaded.labels)
    #expect(people.dropFirst().map { Double($0[9]) } == this.evaluation.perPerson.map(\.recall))
    let confusion = rows(try #require(tables["confusion.csv"]))
    #expect(confusion.dropFirst().reduce(0) { $0 + Int($1[2])! } == this.evaluation.beats.count)
    let recordings = rows(try #require(tables["recordings.csv"]))
    #expect(recordings.count == 1 + this.predictions.recordings.count + this.predictions.strangerRecordings.count)
  }

  // MARK: HTML

  private final class Reader: NSObject, XMLParserDelegate {
    var elements: [String: Int] = [:]
    var attributes: [(element: String, name: String, value: String)] = []
    var text = ""
    var error: (any Error)?

    init(_ html: String) {
      super.init()
      let parser = XMLParser(data: Data(html.replacing("<!DOCTYPE html>", with: "").utf8))
      parser.delegate = self
      if !parser.parse() { error = parser.parserError ?? CocoaError(.fileReadCorruptFile) }
    }

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      elements[name, default: 0] += 1
      self.attributes += attributes.map { (name, $0.key, $0.value) }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
  }

  @Test func reportsAreWellFormedAndSelfContained() throws {
    let two = try Case(people: 2, strangers: 0, epochs: 1)
    let other = try Case(people: 4, strangers: 1, epochs: 1, digest: "another")
    let none = try Case(people: 3, strangers: 0, epochs: 1, outliers: false)
    for this in [try usual(), two, other, none] {
      for drawsBeats in [true, false] {
        let html = this.html(drawsBeats: drawsBeats)
        let reader = Reader(html)
        #expect(reader.error == nil, "\(reader.error.map { "\($0)" } ?? "")")
        // Nothing that runs, loads or leads anywhere.
        for name in ["script", "link", "img", "iframe", "object", "a", "image", "use"] {
          #expect(reader.elements[name] == nil, "\(name)")
        }
        #expect(
          !reader.attributes.contains { ["src", "href", "xlink:href"].contains($0.name) || $0.name.hasPrefix("on") })
        for part in ["http:", "https:", "//", "url(", "@import"] { #expect(!html.contains(part), "\(part)") }
        // Numbers that are none have no place in a drawing.
        for (_, name, value) in reader.attributes where name != "aria-label" && name != "class" {
          #expect(!value.contains("nan") && !value.contains("inf"), "\(name)=\(value)")
        }
        #expect(reader.text.contains("ecgid evaluate 'a & b.h5' <x>"))
        for label in this.loaded.labels where !label.contains("\u{1}") && !label.contains("\r") {
          #expect(reader.text.contains(label), "\(label)")
        }
      }
    }
  }

  @Test func withoutBeatsNoneIsDrawn() throws {
    let this = try usual()
    #expect(this.html().contains("time from the R peak"))
    let html = this.html(drawsBeats: false)
    #expect(!html.contains("time from the R peak") && !html.contains("line red thin"))
  }

  @Test func theReportSaysWhatNobodyKnows() throws {
    let other = try Case(people: 4, strangers: 1, epochs: 1, digest: "another")
    #expect(other.evaluation.evaluation == "all-beats" && other.evaluation.trainingBeats == nil)
    #expect(other.html().contains("trained on another file of beats"))
    let none = try Case(people: 3, strangers: 0, epochs: 1, outliers: false)
    #expect(none.html().contains("carries no outlier reference"))
  }

  @Test func markupEscapesEverything() throws {
    let reader = Reader(element("p", ["title": "<a href='&\">"], "<b>&amp; \"'\u{0}\u{8}").source)
    #expect(reader.error == nil)
    #expect(reader.elements == ["p": 1] && reader.text == "<b>&amp; \"'\u{FFFD}\u{FFFD}")
    #expect(reader.attributes.map(\.value) == ["<a href='&\">"])
  }

  // MARK: Axes

  @Test(arguments: [(0.0, 1.0), (-200, 200), (0, 0.037), (3, 3), (1, 2), (-0.31, 0.44), (0, 12_345)])
  func ticksAreRoundAndInside(range: (Double, Double)) {
    let axis = Axis(range.0, range.1, label: "")
    #expect((2...11).contains(axis.ticks.count), "\(axis.ticks)")
    for tick in axis.ticks { #expect((-1e-9...1 + 1e-9).contains(axis.place(tick))) }
    #expect(Set(axis.ticks.map(axis.format)).count == axis.ticks.count, "ticks look different")
  }

  @Test func logarithmicAxesPlaceDecadesEvenly() {
    let axis = Axis.logarithmic(0.1, 1000, label: "")
    #expect(abs(axis.place(1) - 0.25) < 1e-12 && abs(axis.place(100) - 0.75) < 1e-12)
    #expect(axis.ticks.map(axis.format).contains("1,000"))
  }
}
