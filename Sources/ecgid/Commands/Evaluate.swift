import ArgumentParser
import ECG
import ECGExport
import ECGReport
import ECGTraining
import ECGWorkflow
import Foundation

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures a model on beats that its training never saw.",
    discussion: """
      With the file of prepared beats that the model was trained on, the test part of its division judges it; the weights \
      file names both. With any other file all beats of people whom the model knows judge it, but those that it names as \
      its own, and everybody else is a stranger.

      With --protocol, people are enrolled and probed by the embeddings of a network that need not know them: \
      identification, verification, and strangers turned away. Recordings are ordered by their dates; what enrols never \
      probes, and a model that has seen probes is refused. The protocols:

      \(RecognitionProtocol.allCases.map { "  \($0.rawValue): \($0.summary)." }.joined(separator: "\n"))

      Every figure is defined in Documentation/Evaluation.md and Documentation/Protocols.md. A report holds drawn beats of real people, which tell \
      who they are as fingerprints do: --no-beats leaves them out.

      Example: ecgid evaluate model.h5 beats.h5
      Example: ecgid evaluate model.h5 beats.h5 --report report.html --csv tables/
      Example: ecgid evaluate model.h5 beats.h5 --protocol last-recording
      Example: ecgid evaluate others.h5 beats.h5 --protocol other-day-last-out --subject-disjoint --enrol-everybody
      Example: ecgid evaluate model.h5 beats.h5 --protocol last-recording --strangers 10 --report report.html
      """)

  @Argument(help: "The weights file.")
  var model: String

  @Argument(help: "A file of prepared beats, best the one that it was trained on.")
  var beats: String

  @Option(
    help: ArgumentHelp(
      "An HTML report to write: one file with everything in it, to read in a browser or to print.", valueName: "file"))
  var report: String?

  @Flag(help: "Draw no beats of anybody in the report.")
  var noBeats = false

  @Option(
    help: ArgumentHelp(
      "A folder for tables: beats.csv, recordings.csv, people.csv and confusion.csv, or with --protocol recognition.csv, ranks.csv, curves.csv, probes.csv and scores.csv. It is made if it is not there.",
      valueName: "folder"))
  var csv: String?

  @Flag(help: "Print the result as JSON.")
  var json = false

  @OptionGroup(title: "Recognition under a protocol") var recognition: RecognitionOptions

  func validate() throws {
    guard !noBeats || report != nil else { throw ValidationError("--no-beats is for --report") }
    guard !noBeats || recognition.evaluation == nil else {
      throw ValidationError("--no-beats is not for --protocol: no beats are drawn there")
    }
  }

  func run() throws {
    let loaded = try LoadedModel(contentsOf: URL(filePath: model))
    let prepared = try PreparedBeats.read(URL(filePath: beats))
    if let report { try requireWritable(URL(filePath: report)) }
    if let rules = recognition.rules { return try recognise(loaded, prepared.beats, rules) }
    let predictions = try evaluate(loaded, prepared)
    let evaluation = Evaluation(predictions, of: loaded, on: prepared.beats)
    if let csv {
      try write(
        csvReport(evaluation, predictions, labels: loaded.labels, prepared: prepared.beats),
        into: URL(filePath: csv, directoryHint: .isDirectory))
    }
    if let report {
      let html = HTMLReport(
        evaluation, predictions, of: loaded, on: prepared.beats, command: commandLine, date: today,
        program: "ecgid \(libraryVersion)", drawsBeats: !noBeats)
      try writeWhole(Data(html.text.utf8), to: URL(filePath: report))
    }
    if json { try printJSON(evaluation) } else { print(textReport(evaluation)) }
  }

  private func recognise(_ loaded: LoadedModel, _ prepared: PreparedBeats, _ rules: RecognitionRules) throws {
    let scores = try evaluateRecognition(
      loaded, on: prepared, by: rules, templates: recognition.template, lengths: recognition.lengths)
    let figures = Recognition(scores, of: loaded, on: prepared)
    if let csv {
      try write(csvReport(figures, scores, on: prepared), into: URL(filePath: csv, directoryHint: .isDirectory))
    }
    if let report {
      let html = RecognitionPage(figures, command: commandLine, date: today, program: "ecgid \(libraryVersion)")
      try writeWhole(Data(html.text.utf8), to: URL(filePath: report))
    }
    if json { try printJSON(figures) } else { print(textReport(figures)) }
  }

  private func evaluate(_ loaded: LoadedModel, _ prepared: (beats: PreparedBeats, digest: String)) throws -> Predictions
  {
    let bar = ProgressBar()
    defer { bar.clear() }
    return try evaluateModel(loaded, on: prepared.beats, digest: prepared.digest) {
      bar.show("Evaluating", $0, of: $1, "beats")
    }
  }

  /// As it could be typed again.
  private var commandLine: String {
    let words = CommandLine.arguments.dropFirst().map { word in
      word.allSatisfy { $0.isLetter || $0.isNumber || "-_./=:+,@%".contains($0) } && !word.isEmpty
        ? word : "'\(word.replacing("'", with: "'\\''"))'"
    }
    return (["ecgid"] + words).joined(separator: " ")
  }

  /// Year-month-day, here.
  private var today: String {
    Date.now.formatted(.iso8601.year().month().day().dateSeparator(.dash))
  }

  private func write(_ tables: [(name: String, text: String)], into folder: URL) throws {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw WorkflowError.output(file: folder.path, reason: error.localizedDescription)
    }
    for (name, text) in tables { try writeWhole(Data(text.utf8), to: folder.appending(path: name)) }
  }
}
