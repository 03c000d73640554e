import ArgumentParser
import ECGRecords
import ECGReport
import ECGTraining
import ECGWorkflow
import Foundation

struct Records: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists recordings: whose they are, from when, their leads, rates and durations.",
    discussion: """
      Takes a folder, a manifest or a single recording and reads headers only. What cannot be read is listed with the \
      reason, and the command then ends with status 1. With --verify all samples are read, too, and compared with the \
      checksums where there are any. --csv prints a manifest that the other commands read.

      Example: ecgid records ecg-id/
      """)

  @Argument(help: "A folder of recordings, one recording, or a CSV manifest.")
  var place: String

  @OptionGroup var understanding: LayoutOptions

  @Flag(help: "Read all samples, and compare them with the checksums.")
  var verify = false

  @Flag(help: "Print a CSV manifest.")
  var csv = false

  @Flag(help: "Print everything as JSON.")
  var json = false

  func validate() throws {
    if csv, json { throw ValidationError("--csv and --json exclude each other") }
  }

  private struct Listing: Encodable {
    var name: String
    var people: Int
    var seconds: Double
    var unreadable: Int
    var remarks: [String]
    var recordings: [SurveyedRecording]
  }

  func run() throws {
    let dataset = try understanding.open(place)
    let recordings = look(at: dataset)
    let unreadable = recordings.filter { $0.problem != nil }
    if json {
      try printJSON(
        Listing(
          name: dataset.name, people: dataset.people.count, seconds: recordings.reduce(0) { $0 + $1.seconds },
          unreadable: unreadable.count, remarks: dataset.remarks, recordings: recordings))
    } else if csv {
      printManifest(recordings)
      dataset.remarks.forEach(remark)
      unreadable.forEach { remark($0.problem ?? "") }
    } else {
      RecordsTable(recordings).print()
      print(summary(recordings, dataset))
      dataset.remarks.forEach { print($0) }
      printProblems(unreadable)
    }
    guard unreadable.isEmpty else { throw ExitCode.failure }
  }

  private func look(at dataset: Dataset) -> [SurveyedRecording] {
    let bar = ProgressBar()
    defer { bar.clear() }
    let total = dataset.recordings.count
    return survey(dataset, verifying: verify) {
      bar.show(verify ? "Verifying" : "Looking", $0, of: total, "recordings")
    }
  }

  /// "196 recordings of 55 people, 14 of them on more than one day; 1 h 05 min in all, 20 s each".
  private func summary(_ recordings: [SurveyedRecording], _ dataset: Dataset) -> String {
    let people = Dictionary(grouping: recordings, by: \.person).values
    let severalDays = people.count { Set($0.compactMap(\.date)).count > 1 }
    let seconds = recordings.filter { $0.problem == nil }.map(\.seconds)
    var text = "\(counted(recordings.count, "recording")) of \(counted(people.count, "person", "people"))"
    if severalDays > 0 { text += ", \(severalDays) of them recorded on more than one day" }
    if let shortest = seconds.min(), let longest = seconds.max() {
      text += "; \(ProgressBar.duration(seconds.reduce(0, +))) in all"
      let (least, most) = (duration(shortest), duration(longest))
      if recordings.count > 1 { text += least == most ? ", \(least) each" : ", from \(least) to \(most)" }
    }
    return text + (verify ? "; all samples read" : "")
  }

  /// What several have in common is said once.
  private func printProblems(_ unreadable: [SurveyedRecording]) {
    guard !unreadable.isEmpty else { return }
    print("\(counted(unreadable.count, "recording")) cannot be read:")
    let problems = unreadable.compactMap(\.problem)
    let reasons = Dictionary(grouping: problems) { $0.split(separator: ": ", maxSplits: 1).last ?? "" }
    var rest = problems.filter { problem in reasons.values.contains { $0[0] == problem } }
    for problem in rest.prefix(20) {
      let count = reasons.values.first { $0[0] == problem }?.count ?? 1
      print("  \(problem)" + (count > 1 ? " (and \(count - 1) more like it)" : ""))
    }
    rest.removeFirst(min(20, rest.count))
    if !rest.isEmpty { print("  … and \(rest.count) more (--json lists all)") }
  }

  private func printManifest(_ recordings: [SurveyedRecording]) {
    var table = CSVText(["person", "recording", "path", "date", "rate", "seconds", "leads"])
    for recording in recordings where recording.problem == nil {
      let rates = Set(recording.leads.map(\.samplingRate))
      table.add([
        recording.person, recording.recording, recording.path ?? "", recording.date ?? "",
        rates.count == 1 ? number(rates.first ?? 0) : "", String(format: "%.3f", recording.seconds),
        recording.leads.map(\.name).joined(separator: " "),
      ])
    }
    print(table.text, terminator: "")
  }
}

/// 500.0 as "500".
private func number(_ value: Double) -> String { Int(exactly: value).map { "\($0)" } ?? "\(value)" }

private func duration(_ seconds: Double) -> String {
  seconds < 100 ? String(format: "%.1f s", seconds) : ProgressBar.duration(seconds)
}

/// The recordings, a line each, in columns.
private struct RecordsTable {
  private let rows: [[String]]

  init(_ recordings: [SurveyedRecording]) {
    var rows = [["person", "recording", "date", "rate", "duration", "leads"]]
    let isOneEach = recordings.allSatisfy { $0.person == $0.recording }
    for recording in recordings {
      let person = isOneEach ? "" : recording.person
      guard recording.problem == nil || !recording.leads.isEmpty else {
        rows.append([person, recording.recording, recording.date ?? "", "", "", "cannot be read"])
        continue
      }
      let rates = Array(Set(recording.leads.map(\.samplingRate))).sorted()
      rows.append([
        person, recording.recording, recording.date ?? "",
        rates.map { String(format: "%.6g", $0) }.joined(separator: ", ") + " Hz", duration(recording.seconds),
        Self.leads(recording) + (recording.problem == nil ? "" : "  cannot be read"),
      ])
    }
    // A column that is empty throughout says nothing.
    let used = rows[0].indices.filter { column in rows.dropFirst().contains { !$0[column].isEmpty } }
    self.rows = rows.map { row in used.map { row[$0] } }
  }

  /// "2: I, II"; "12: I, II, III, aVR, …"; those without a name are counted only.
  private static func leads(_ recording: SurveyedRecording) -> String {
    let names = recording.leads.map(\.name).filter { !$0.isEmpty }
    let shown = names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", …" : "")
    let missing = recording.leads.reduce(0) { $0 + ($1.missing ?? 0) }
    return "\(recording.leads.count)" + (shown.isEmpty ? "" : ": \(shown)")
      + (missing > 0 ? "  (\(counted(missing, "sample")) missing)" : "")
  }

  func print() {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    for row in rows {
      let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
      let line = cells.joined(separator: "  ")
      Swift.print(line.prefix(upTo: line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex))
    }
    Swift.print()
  }
}
