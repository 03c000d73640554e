import Foundation

/// PTB-XL (Wagner et al. 2020, PhysioNet): `ptbxl_database.csv` names the patient, the date and the files of every
/// recording, one at 500 Hz (`filename_hr`) and one at 100 Hz (`filename_lr`). Rows whose file is not there are left out
/// and counted. A part of it (`records500`, `records500/00000`) is recognised by the table above, as only that knows the
/// people.
enum PTBXLLayout: LayoutReader {
  static let expected = "files that \(table) names"

  private static let table = "ptbxl_database.csv"

  static func recognises(_ place: DatasetPlace) -> Bool {
    place.url.lastPathComponent == table || (place.entries != nil && tableURL(place) != nil)
  }

  /// In the folder, or up to two folders above it.
  private static func tableURL(_ place: DatasetPlace) -> URL? {
    var folder = place.url.standardizedFileURL
    for _ in 0..<3 {
      let url = folder.appending(path: table)
      if FileManager.default.fileExists(atPath: url.path) { return url }
      folder.deleteLastPathComponent()
    }
    return nil
  }

  static func list(_ place: DatasetPlace, samplingRate: Double?) throws(RecordError) -> DatasetListing {
    guard let file = place.entries == nil ? place.url : tableURL(place) else { return DatasetListing() }
    let part = place.entries == nil ? "" : place.url.standardizedFileURL.path
    let columns = ["patient_id", "recording_date", "filename_hr", "filename_lr"]
    let rows = try CSVTable(contentsOf: file)
    try rows.require(columns, for: "PTB-XL's table")
    switch samplingRate {
    case 500: return try list(rows, "filename_hr", file, part)
    case 100: return try list(rows, "filename_lr", file, part)
    case nil:
      let listing = try list(rows, "filename_hr", file, part)
      guard listing.recordings.isEmpty else { return listing }
      var slow = try list(rows, "filename_lr", file, part)
      if !slow.recordings.isEmpty { slow.remarks.append("read at 100 Hz, as there are no files of 500 Hz") }
      return slow
    case let rate?:
      throw .unsupported(
        file: shortName(file.path), what: "has recordings of 500 and of 100 Hz, but none of \(rate) Hz")
    }
  }

  private static func list(_ rows: CSVTable, _ column: String, _ file: URL, _ part: String) throws(RecordError)
    -> DatasetListing
  {
    let folder = file.deletingLastPathComponent().standardizedFileURL
    let isWhole = part.isEmpty || part == folder.path
    var listing = DatasetListing()
    for row in rows.rows {
      let path = try rows.required(column, of: row)
      let header = folder.appending(path: "\(path).hea")
      guard isWhole || header.path.hasPrefix("\(part)/") else { continue }
      guard FileManager.default.fileExists(atPath: header.path) else { continue }
      // Written as a decimal fraction: "15709.0".
      let patient = try rows.required("patient_id", of: row)
      let date = rows.cell("recording_date", of: row).flatMap { RecordingDate($0.prefix { $0 != " " }) }
      listing.recordings.append(
        RecordingReference(
          person: patient.hasSuffix(".0") ? String(patient.dropLast(2)) : patient,
          name: header.deletingPathExtension().lastPathComponent,
          date: date, source: .file(header, samplingRate: nil)))
    }
    let absent = rows.rows.count - listing.recordings.count
    if isWhole, absent > 0 {
      listing.remarks.append("\(absent) of the \(rows.rows.count) rows of \(table) name files that are not here")
    }
    return listing
  }
}
