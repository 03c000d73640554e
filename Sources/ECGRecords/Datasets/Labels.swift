import Foundation

/// The names of a model's outputs, in their order: a text file with one a line, or a CSV table with a column `label`,
/// `person` or `name`, and, unless the rows are in order, a column `class` or `index` that counts from 0.
///
/// - Throws: `RecordError.unreadable` for a missing or empty name, one that is there twice, or a number that is left out.
public func readLabels(_ url: URL) throws(RecordError) -> [String] {
  let table = try CSVTable(contentsOf: url)
  func unreadable(_ reason: String) -> RecordError { .unreadable(file: table.file, reason: reason) }
  var labels: [String]
  if let column = ["label", "person", "name"].first(where: table.heading.contains) {
    let numbers = ["class", "index"].first(where: table.heading.contains)
    labels = [String](repeating: "", count: table.rows.count)
    for (place, row) in table.rows.enumerated() {
      guard let label = table.cell(column, of: row) else { throw unreadable("row \(row.line) has no \(column)") }
      var index = place
      if let numbers {
        let number = table.cell(numbers, of: row) ?? ""
        guard let known = Int(number), labels.indices.contains(known), labels[known].isEmpty else {
          throw unreadable(
            "row \(row.line): \(numbers) \(number.isEmpty ? "is missing" : number) where each of 0 to"
              + " \(labels.count - 1) is to be there once")
        }
        index = known
      }
      labels[index] = label
    }
  } else {
    guard let text = try? String(contentsOf: url, encoding: .utf8) else { throw unreadable("it is not UTF-8 text") }
    labels = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces.union(["\u{FEFF}"])) }
    while labels.last?.isEmpty == true { labels.removeLast() }
    if let line = labels.firstIndex(of: "") {
      throw unreadable("line \(line + 1) is empty, but each is to name a person")
    }
  }
  guard !labels.isEmpty else { throw unreadable("there is no name in it") }
  var seen: Set<String> = []
  if let twice = labels.first(where: { !seen.insert($0).inserted }) { throw unreadable("“\(twice)” is there twice") }
  return labels
}
