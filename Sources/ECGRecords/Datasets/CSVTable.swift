import Foundation

/// A table of texts as spreadsheets and databases write it (RFC 4180): a heading and rows; fields separated by commas,
/// semicolons or tabs; in quotation marks where they hold such a mark, or line breaks.
struct CSVTable {
  struct Row {
    /// Where it begins in the file, counted from 1.
    var line: Int
    var cells: [String]
  }

  let file: String
  /// In lower case.
  private(set) var heading: [String] = []
  /// Those that are not blank.
  private(set) var rows: [Row] = []

  /// - Parameter columns: only these are kept; nil keeps all.
  /// - Throws: `RecordError.unreadable`.
  init(contentsOf url: URL, keeping columns: Set<String>? = nil) throws(RecordError) {
    let bytes = try FileBytes(url.path, atMost: 1 << 30)
    try self.init(bytes, file: shortName(url.path), keeping: columns)
  }

  private init(_ bytes: FileBytes, file: String, keeping columns: Set<String>?) throws(RecordError) {
    self.file = file
    try bytes.withBytes { text throws(RecordError) in
      var fields = Fields(text)
      heading = try fields.row(text, file: file, wanted: nil)?.cells.map { $0.lowercased() } ?? []
      let wanted = columns.map { heading.map($0.contains) }
      while let row = try fields.row(text, file: file, wanted: wanted) {
        if row.cells.contains(where: { !$0.isEmpty }) { rows.append(row) }
      }
    }
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
    guard let index = heading.firstIndex(of: column), index < row.cells.count, !row.cells[index].isEmpty else {
      return nil
    }
    return row.cells[index]
  }

  /// A cursor over the fields of a file.
  private struct Fields {
    private var position: Int
    private var line = 1
    private let separator: UInt8

    init(_ text: UnsafeRawBufferPointer) {
      position = text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
      let firstLine = text[position...].prefix { $0 != 10 }
      let separators: [UInt8] = [UInt8(ascii: ";"), 9]
      separator = separators.first { firstLine.contains($0) } ?? UInt8(ascii: ",")
    }

    /// The next row, nil at the end; cells that are not `wanted` stay empty.
    mutating func row(_ text: UnsafeRawBufferPointer, file: String, wanted: [Bool]?) throws(RecordError) -> Row? {
      guard position < text.count else { return nil }
      var row = Row(line: line, cells: [])
      while true {
        let index = row.cells.count
        let isWanted = wanted.map { index < $0.count && $0[index] } ?? true
        row.cells.append(try field(text, file: file, isWanted: isWanted))
        guard position < text.count, text[position] == separator else { break }
        position += 1
      }
      position += 1  // the line break
      line += 1
      return row
    }

    /// Leaves the position at the separator or line break behind the field.
    private mutating func field(
      _ text: UnsafeRawBufferPointer, file: String, isWanted: Bool
    ) throws(RecordError) -> String {
      while position < text.count, text[position] == 32 { position += 1 }
      let mark = UInt8(ascii: "\"")
      guard position < text.count, text[position] == mark else {
        let start = position
        while position < text.count, text[position] != separator, text[position] != 10 { position += 1 }
        return isWanted ? try string(Array(text[start..<position]), file: file) : ""
      }
      var content: [UInt8] = []
      position += 1
      while true {
        guard position < text.count else { throw misplaced(file) }
        if text[position] == mark {
          position += 1
          // Two of them stand for one.
          guard position < text.count, text[position] == mark else { break }
        }
        if text[position] == 10 { line += 1 }
        content.append(text[position])
        position += 1
      }
      while position < text.count, text[position] == 32 || text[position] == 13 { position += 1 }
      guard position == text.count || text[position] == separator || text[position] == 10 else { throw misplaced(file) }
      return isWanted ? try string(content, file: file) : ""
    }

    private func misplaced(_ file: String) -> RecordError {
      .unreadable(file: file, reason: "no CSV table: in line \(line) a quotation mark is out of place")
    }

    private func string(_ bytes: [UInt8], file: String) throws(RecordError) -> String {
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw .unreadable(file: file, reason: "no CSV table: line \(line) is not UTF-8 text")
      }
      return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }
}
