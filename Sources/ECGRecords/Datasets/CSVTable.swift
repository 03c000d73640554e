import Foundation
import SwiftCSV

/// A table of texts as spreadsheets and databases write it (RFC 4180): a heading and rows; fields separated by commas,
/// semicolons or tabs; in quotation marks where they hold such a mark, or line breaks.
struct CSVTable {
  struct Row {
    /// Counted from 1, the heading is row 1: the line in the file, unless a field above holds line breaks.
    var line: Int
    var cells: [String]
  }

  let file: String
  /// In lower case.
  let heading: [String]
  /// Those that are not blank.
  let rows: [Row]

  /// - Throws: `RecordError.unreadable`.
  init(contentsOf url: URL) throws(RecordError) {
    let file = shortName(url.path)
    let bytes = try FileBytes(url.path, atMost: 1 << 30)
    guard let text = bytes.withBytes({ String(validating: $0.dropFirst(byteOrderMark($0)), as: UTF8.self) }) else {
      throw .unreadable(file: file, reason: "no CSV table: it is not UTF-8 text")
    }
    let table: EnumeratedCSV
    do {
      table = try EnumeratedCSV(string: text, loadColumns: false)
    } catch {
      throw .unreadable(file: file, reason: "no CSV table: a quotation mark is out of place")
    }
    self.file = file
    heading = table.header.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
    rows = table.rows.enumerated().map { Row(line: $0.offset + 2, cells: $0.element) }
      .filter { $0.cells.contains { !$0.isEmpty } }
  }

  /// The heading alone, from the first bytes of a file; empty when these are no text.
  static func heading(of head: FileHead) -> [String] {
    guard head.isText, let first = head.lines.first else { return [] }
    let line = first.hasPrefix("\u{FEFF}") ? String(first.dropFirst()) : first
    return line.split(omittingEmptySubsequences: false) { ",;\t".contains($0) }
      .map { $0.trimmingCharacters(in: .init(charactersIn: "\" ")).lowercased() }
  }

  /// A cell without the blanks around it; nil when the column is absent or the cell empty.
  func cell(_ column: String, of row: Row) -> String? {
    guard let index = heading.firstIndex(of: column), index < row.cells.count else { return nil }
    let text = row.cells[index].trimmingCharacters(in: .whitespacesAndNewlines)
    return text.isEmpty ? nil : text
  }
}

/// How many bytes the byte order mark takes with which some programs begin a text.
private func byteOrderMark(_ bytes: UnsafeRawBufferPointer) -> Int { bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }
