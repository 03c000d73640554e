import Foundation

/// How a text file is laid out, found out from its first lines: what stands before the first row of numbers, and that row.
struct TextLayout {
  /// Comma, semicolon, tab or blank.
  var separator: UInt8 = 44
  var columns: [TextColumn] = []
  /// Of the first row of numbers.
  var start = TextPlace()
  /// The lines before it, without comment marks; the heading is none of them.
  var comments: [String] = []
  /// Hertz, where a line such as "# fs: 500" tells it.
  var samplingRate: Double?
  var date: RecordingDate?

  /// Commas are decimal points where they do not separate columns.
  var decimalComma: Bool { separator != UInt8(ascii: ",") || commaIsDecimal }
  private var commaIsDecimal = false
  /// Where a line such as "Unit,µV" tells it.
  private var unit: String?
  private var leadName: String?

  /// So many lines may stand before the numbers.
  private static let longestPreamble = 256
  /// A row that has more fields is more likely one lead in a row.
  private static let mostColumns = 1024

  /// - Throws: `RecordError.empty`, `.badText` or `.unsupported`.
  init(_ window: FileWindow) throws(RecordError) {
    let file = window.file.name
    var before: [(line: Int, text: String)] = []
    var isFound = false
    var lines = TextLines(window, position: try Self.markLength(window))
    try lines.forEach { line, place throws(RecordError) in
      if line.isComment {
        let comment = String(decoding: line.drop { $0 == UInt8(ascii: "#") }, as: UTF8.self)
          .trimmingCharacters(in: .whitespaces)
        comments.append(comment)
        _ = takeSetting(comment)
      } else if let separator = Self.separatorOfNumbers(in: line) {
        self.separator = separator
        start = place
        isFound = true
        try readHeading(before, firstRow: line, number: place.number + 1, file: file)
      } else {
        before.append((place.number + 1, String(decoding: line, as: UTF8.self)))
      }
      return !isFound && before.count <= Self.longestPreamble
    }
    if isFound { return }
    guard before.count > 1 else { throw .empty(file: file) }
    throw .badText(file: file, line: before[1].line, found: before[1].text, expected: "numbers, a column for each lead")
  }

  /// The length of the byte order mark that some writers of UTF-8 put first.
  private static func markLength(_ window: FileWindow) throws(RecordError) -> Int {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    guard window.file.byteCount >= mark.count else { return 0 }
    return try window.bytes(at: 0, least: mark.count).starts(with: mark) ? mark.count : 0
  }

  /// The separator with which all fields of a line are numbers or times, and one at least a number.
  private static func separatorOfNumbers(in line: UnsafeRawBufferPointer) -> UInt8? {
    for separator: UInt8 in [UInt8(ascii: ";"), 9, UInt8(ascii: ","), 32]
    where separator == 32 || line.contains(separator) {
      var fields = TextFields(line, separator: separator)
      var hasNumber = false
      var fits = true
      while fits, let field = fields.next() {
        let isNumber = TextNumber(field, decimalComma: separator != UInt8(ascii: ","))?.float(shift: 0) != nil
        hasNumber = hasNumber || isNumber
        fits = isNumber || isMissing(field) || TextClock.isClockTime(field)
      }
      if fits, hasNumber { return separator }
    }
    return nil
  }

  private func fields(_ line: UnsafeRawBufferPointer) -> [String] {
    var fields = TextFields(line, separator: separator)
    var texts: [String] = []
    while let field = fields.next() { texts.append(String(decoding: field, as: UTF8.self)) }
    return texts
  }

  /// Makes out what the lines before the first row of numbers say: settings ("Sample Rate,512 hertz"), the heading, a
  /// second heading with the units.
  private mutating func readHeading(
    _ before: [(line: Int, text: String)], firstRow: UnsafeRawBufferPointer, number: Int, file: String
  ) throws(RecordError) {
    let row = fields(firstRow)
    var count = row.count
    guard count <= Self.mostColumns else {
      throw .unsupported(
        file: file, what: "line \(number) has \(count) columns; a line holds one sample of each lead, so transpose it")
    }
    var headings = before.map { line in Array(line.text.utf8).withUnsafeBytes { fields($0) } }
    var texts = before.map(\.text)
    // A heading stands right above the numbers.
    if let last = texts.last, takeSetting(last) { headings = [] }
    // One name over numbers like 0,25: the comma is a decimal point.
    if headings.last?.count == 1, count == 2, separator == UInt8(ascii: ",") {
      commaIsDecimal = true
      separator = UInt8(ascii: ";")
      count = 1
    }
    // A separator may close the row.
    if let names = headings.last, count > 1, row.last == "", names.count == count - 1 || names.last == "" {
      count -= 1
      headings = headings.map { $0.count == count + 1 && $0.last == "" ? $0.dropLast() : $0 }
    }

    var names: [String]?
    var units: [String]?
    if let last = headings.last, last.count == count {
      if headings.count > 1, headings[headings.count - 2].count == count, last.allSatisfy(TextColumn.isUnit) {
        units = headings.popLast()
        texts.removeLast()
      }
      names = headings.popLast()
      texts.removeLast()
    } else if let last = headings.last, headings.count == 1 || last.count > 2 {
      throw .badText(
        file: file, line: number, found: "\(count) columns", expected: "\(last.count), as the line before has")
    }
    for text in texts where text != "sep=\(Character(Unicode.Scalar(separator)))" {
      comments.append(text)
      _ = takeSetting(text)
    }

    columns = (0..<count).map { index in
      if let names {
        let heading = units.map { "\(names[index]) [\($0[index])]" } ?? names[index]
        return TextColumn(heading: heading, unit: unit, isFirst: index == 0 && count > 1)
      }
      let isTime = Array(row[index].utf8).withUnsafeBytes { TextClock.isClockTime($0) }
      return TextColumn(heading: isTime ? "time" : count == 1 ? leadName ?? "" : "", unit: unit)
    }
  }

  /// Takes a line such as "fs = 500", "Sample Rate,512 hertz", "Unit: uV" for what it says.
  private mutating func takeSetting(_ line: String) -> Bool {
    guard let mark = line.firstIndex(where: { ":=,;\t".contains($0) }) else { return false }
    let key = line[..<mark].lowercased().filter(\.isLetter)
    let value = line[line.index(after: mark)...].trimmingCharacters(in: .init(charactersIn: " \t\"',;"))
    switch key {
    case "fs", "samplerate", "samplingrate", "samplefrequency", "samplingfrequency":
      let number = value.prefix { $0.isNumber || ".,".contains($0) }.replacing(",", with: ".")
      guard let rate = Double(number) else { return false }
      samplingRate = value.lowercased().hasSuffix("khz") ? 1000 * rate : rate
    case "unit", "units":
      guard millivolts(perUnit: value) != nil else { return false }
      unit = value
    case "lead", "channel":
      leadName = value
    case "date", "recordeddate", "recordingdate", "startdate":
      guard let day = RecordingDate(value.prefix(10)) else { return false }
      date = day
    default:
      return false
    }
    return true
  }
}
