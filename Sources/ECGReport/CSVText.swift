/// Rows of a CSV file (RFC 4180).
public struct CSVText {
  public private(set) var text = ""

  public init(_ heading: [String]) { add(heading) }

  public mutating func add(_ fields: [String]) {
    text += fields.map(CSVText.quoted).joined(separator: ",") + "\r\n"
  }

  /// Quoted where a reader could take a part of it for something else.
  private static func quoted(_ field: String) -> String {
    guard field.unicodeScalars.contains(where: { ",;\t\"\n\r".unicodeScalars.contains($0) }) else { return field }
    return "\"\(field.replacing("\"", with: "\"\""))\""
  }
}
