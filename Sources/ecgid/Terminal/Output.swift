import Foundation

/// Prints a value as JSON with sorted keys, for other programs to read.
func printJSON(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  print(String(decoding: try encoder.encode(value), as: UTF8.self))
}

/// A remark that is no result: to the error stream, so that results can be piped.
func remark(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

/// "3 things" or "1 thing".
func counted(_ count: Int, _ thing: String, _ things: String? = nil) -> String {
  "\(count) \(count == 1 ? thing : things ?? thing + "s")"
}
