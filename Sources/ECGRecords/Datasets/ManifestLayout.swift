import Foundation
import SwiftCSV

/// A CSV file with a heading and one recording a row: `person,recording,path[,date][,rate]`, the columns in any order.
///
/// - `path` is relative to the manifest, or absolute: a file that `openRecording` opens; WFDB records with or without
///   `.hea`.
/// - `date` is `2004-12-07`, `07.12.2004`, `07/12/2004` or `07-Dec-2004`, or empty.
/// - `rate`, in hertz, is needed for text signals and floats; WFDB records carry their own.
enum ManifestLayout: LayoutReader {
  static let expected = "a heading with person,recording,path and one row per recording"

  static func recognises(_ place: DatasetPlace) -> Bool {
    place.entries == nil && place.url.pathExtension.lowercased() == "csv"
  }

  static func recordings(at place: DatasetPlace) throws(RecordError) -> [RecordingReference] {
    let file = shortName(place.url.path)
    let data = try FileBytes(place.url.path, atMost: 1 << 30)
    guard let text = data.withBytes({ String(validating: $0, as: UTF8.self) }) else {
      throw .unreadable(file: file, reason: "not UTF-8 text, so it is no manifest")
    }
    let table: EnumeratedCSV
    do {
      table = try EnumeratedCSV(string: text, loadColumns: false)
    } catch {
      throw .unreadable(file: file, reason: "not a CSV file: a quotation mark is out of place")
    }

    let heading = table.header.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
    for column in ["person", "recording", "path"] where !heading.contains(column) {
      throw .badManifest(file: file, line: 1, column: column, found: "", expected: "one of the columns of the heading")
    }

    var references: [RecordingReference] = []
    var seen: Set<[String]> = []
    for (index, cells) in table.rows.enumerated() where cells.contains(where: { !$0.isEmpty }) {
      let row = Row(heading: heading, cells: cells, line: index + 2, file: file)
      let person = try row.required("person")
      let name = try row.required("recording")
      guard seen.insert([person, name]).inserted else {
        throw row.bad("recording", name, "a name that this person does not have already")
      }
      var date: RecordingDate?
      if let text = row["date"] {
        guard let day = RecordingDate(text) else { throw row.bad("date", text, "a day such as 2004-12-07") }
        date = day
      }
      let source = try source(row, folder: place.url.deletingLastPathComponent())
      references.append(RecordingReference(person: person, name: name, date: date, source: source))
    }
    return references
  }

  private static func source(_ row: Row, folder: URL) throws(RecordError) -> RecordingReference.Source {
    let path = try row.required("path")
    let url = path.hasPrefix("/") ? URL(filePath: path) : folder.appending(path: path)
    switch url.pathExtension.lowercased() {
    case "csv", "tsv", "txt", "f32", "float32", "raw": return .file(url, samplingRate: try rate(row))
    default: return .file(url, samplingRate: row["rate"] == nil ? nil : try rate(row))
    }
  }

  private static func rate(_ row: Row) throws(RecordError) -> Double {
    let text = row["rate"] ?? ""
    guard let rate = Double(text), rate >= 1, rate <= 1_000_000 else {
      throw row.bad("rate", text, "the sampling rate in hertz, from 1 to 1,000,000")
    }
    return rate
  }

  private struct Row {
    let heading: [String]
    let cells: [String]
    let line: Int
    let file: String

    /// Nil when the column is absent or the cell empty.
    subscript(column: String) -> String? {
      guard let index = heading.firstIndex(of: column), index < cells.count else { return nil }
      let text = cells[index].trimmingCharacters(in: .whitespaces)
      return text.isEmpty ? nil : text
    }

    func required(_ column: String) throws(RecordError) -> String {
      guard let text = self[column] else { throw bad(column, "", "a value") }
      return text
    }

    func bad(_ column: String, _ found: String, _ expected: String) -> RecordError {
      .badManifest(file: file, line: line, column: column, found: found, expected: expected)
    }
  }
}
