import Foundation

/// A signal kept as text: one sample a line in millivolts, one column a lead, separated by commas, semicolons,
/// tabs or blanks.
///
/// A first line that is not numbers names the columns; one called `time`, `t` or `sample` (with a unit, perhaps, as in
/// `time_s`) is no lead. An empty field, `nan` or `-` is a missing sample. Lines that start with `#` are comments.
///
/// Opening throws `RecordError.badText` naming the line, `.noSamplingRate`, `.empty` or `.unreadable`.
enum TextFormat: RecordingFormat {
  static let name = "text"

  static func recognises(_ head: FileHead) -> Bool {
    head.isText && (["csv", "tsv", "txt"].contains(head.fileExtension) || head.lines.contains(where: isRowOfNumbers))
  }

  static func open(_ url: URL, samplingRate: Double?) throws(RecordError) -> any RecordingFile {
    let path = url.path
    let file = shortName(path)
    let rate = try requiredSamplingRate(samplingRate, file: file)
    return RecordingInMemory(try parse(FileBytes(path).text, file: file, samplingRate: rate), name: file)
  }

  private static func isRowOfNumbers(_ line: String) -> Bool {
    let fields = separate(line)
    return fields.allSatisfy { number($0) != nil } && fields.contains { number($0)?.isNaN == false }
  }
}

private func parse(_ text: String, file: String, samplingRate: Double) throws(RecordError) -> Recording {
  var names: [String] = []
  var isLead: [Bool] = []
  var columns: [[Float]] = []
  var comments: [String] = []

  let lines = text.utf8.starts(with: "\u{FEFF}".utf8) ? text.utf8.dropFirst(3) : text.utf8[...]
  var lineNumber = 0
  for line in lines.split(separator: 10, omittingEmptySubsequences: false) {
    lineNumber += 1
    let content = Substring(line).trimmingCharacters(in: .whitespacesAndNewlines)
    if content.isEmpty { continue }
    if content.hasPrefix("#") {
      comments.append(content.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces))
      continue
    }
    let fields = separate(content)
    if columns.isEmpty {
      let named = fields.contains { number($0) == nil }
      names = named ? fields.map { $0.trimmingCharacters(in: .init(charactersIn: "\"' ")) } : fields.map { _ in "" }
      isLead = names.map { !isTime($0) }
      columns = Array(repeating: [], count: names.count)
      if named { continue }
    }
    guard fields.count == columns.count else {
      throw .badText(
        file: file, line: lineNumber, found: "\(fields.count) columns", expected: "\(columns.count) as above")
    }
    for (index, field) in fields.enumerated() {
      guard let value = number(field) else {
        throw .badText(file: file, line: lineNumber, found: String(field), expected: "a number of millivolts")
      }
      columns[index].append(value)
    }
  }

  let leads = columns.indices.filter { isLead[$0] }.map { Lead(name: names[$0], samples: columns[$0]) }
  guard let first = leads.first, !first.samples.isEmpty else { throw .empty(file: file) }
  return Recording(samplingRate: samplingRate, leads: leads, comments: comments)
}

private func separate(_ line: String) -> [Substring] {
  let separators: [UInt8] = [UInt8(ascii: ";"), UInt8(ascii: ","), 9]
  for separator in separators where line.utf8.contains(separator) {
    return line.utf8.split(separator: separator, omittingEmptySubsequences: false)
      .map { Substring($0.drop { $0 == 32 }.trimmingEnd(32)) }
  }
  return line.utf8.split(separator: 32).map(Substring.init)
}

extension Substring.UTF8View {
  fileprivate func trimmingEnd(_ byte: UInt8) -> Self {
    var end = endIndex
    while end > startIndex, self[index(before: end)] == byte { end = index(before: end) }
    return self[..<end]
  }
}

/// NaN for a missing sample, nil for anything that is not a number in the range of `Float`.
private func number(_ field: Substring) -> Float? {
  if field.isEmpty || field == "-" { return .nan }
  guard let value = Float(field) else { return nil }
  return value.isInfinite ? nil : value
}

private func isTime(_ name: String) -> Bool {
  let word = name.lowercased().prefix { $0.isLetter }
  return word == "time" || word == "t" || word == "sample"
}
