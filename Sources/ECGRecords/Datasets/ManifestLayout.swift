import Foundation

/// A CSV file with a heading and one recording a row: `person,recording,path[,date][,rate]`, the columns in any order,
/// others among them.
///
/// - `path` is relative to the manifest, or absolute: a file that `openRecording` opens; WFDB records with or without
///   `.hea`.
/// - `date` is `2004-12-07`, `07.12.2004`, `07/12/2004` or `07-Dec-2004`, or empty.
/// - `rate`, in hertz, is for files that do not carry their own.
enum ManifestLayout: LayoutReader {
  static let expected = "a heading with person,recording,path and one row per recording"

  private static let columns = ["person", "recording", "path"]

  static func recognises(_ place: DatasetPlace) -> Bool {
    guard place.entries == nil, let head = try? FileHead(place.url) else { return false }
    // A table of something else is taken for a manifest, too, so that the message says what it lacks.
    return !Set(columns).isDisjoint(with: CSVTable.heading(of: head))
      || (head.fileExtension == "csv" && !TextFormat.hasNumbers(head))
  }

  static func list(_ place: DatasetPlace, samplingRate: Double?) throws(RecordError) -> DatasetListing {
    let table = try CSVTable(contentsOf: place.url)
    try table.require(columns, for: "a manifest")
    let folder = place.url.deletingLastPathComponent()
    var listing = DatasetListing()
    var seen: Set<[String]> = []
    for row in table.rows {
      let person = try table.required("person", of: row)
      let name = try table.required("recording", of: row)
      guard seen.insert([person, name]).inserted else {
        throw table.bad("recording", of: row, "a name that this person does not have already")
      }
      let path = try table.required("path", of: row)
      listing.recordings.append(
        RecordingReference(
          person: person, name: name, date: try date(table, row),
          source: .file(
            path.hasPrefix("/") ? URL(filePath: path) : folder.appending(path: path),
            samplingRate: try rate(table, row) ?? samplingRate)))
    }
    return listing
  }

  private static func date(_ table: CSVTable, _ row: CSVTable.Row) throws(RecordError) -> RecordingDate? {
    guard let text = table.cell("date", of: row) else { return nil }
    guard let day = RecordingDate(text) else { throw table.bad("date", of: row, "a day such as 2004-12-07") }
    return day
  }

  private static func rate(_ table: CSVTable, _ row: CSVTable.Row) throws(RecordError) -> Double? {
    guard let text = table.cell("rate", of: row) else { return nil }
    guard let rate = Double(text), rate >= 1, rate <= 1_000_000 else {
      throw table.bad("rate", of: row, "the sampling rate in hertz, from 1 to 1,000,000")
    }
    return rate
  }
}

extension CSVTable {
  /// - Throws: `RecordError.missingColumns`.
  func require(_ columns: [String], for purpose: String) throws(RecordError) {
    let missing = columns.filter { !heading.contains($0) }
    guard missing.isEmpty else {
      throw .missingColumns(file: file, purpose: purpose, missing: missing, found: heading)
    }
  }

  func required(_ column: String, of row: Row) throws(RecordError) -> String {
    guard let text = cell(column, of: row) else { throw bad(column, of: row, "a value") }
    return text
  }

  func bad(_ column: String, of row: Row, _ expected: String) -> RecordError {
    .badManifest(file: file, line: row.line, column: column, found: cell(column, of: row) ?? "", expected: expected)
  }
}
