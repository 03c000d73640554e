/// Walks through the fields of a line.
struct TextFields {
  private let line: UnsafeRawBufferPointer
  /// A blank stands for any number of blanks and tabs.
  private let separator: UInt8
  private var position = 0
  private var isDone = false

  init(_ line: UnsafeRawBufferPointer, separator: UInt8) {
    self.line = line
    self.separator = separator
  }

  @inline(__always)
  private func separates(_ byte: UInt8) -> Bool { byte == separator || (separator == 32 && byte == 9) }

  @inline(__always)
  private mutating func skipBlanks() {
    while position < line.count, line[position] == 32 || (separator == 32 && line[position] == 9) { position &+= 1 }
  }

  /// The next field without the blanks and quotation marks around it; nil behind the last one.
  mutating func next() -> UnsafeRawBufferPointer? {
    guard !isDone else { return nil }
    skipBlanks()
    let start = position
    if position < line.count, line[position] == UInt8(ascii: "\"") { position = closingQuote }
    while position < line.count, !separates(line[position]) { position &+= 1 }
    isDone = position >= line.count
    let field = UnsafeRawBufferPointer(rebasing: line[start..<position]).trimmed
    position &+= 1
    return field.count >= 2 ? field.unquoted : field
  }

  /// The next field if it is plainly a number; otherwise nil, and the field stays where it is.
  @inline(__always)
  mutating func nextNumber(decimalComma: Bool) -> TextNumber? {
    guard !isDone else { return nil }
    skipBlanks()
    let rest = UnsafeRawBufferPointer(rebasing: line[min(position, line.count)...])
    guard let (number, length) = TextNumber.prefix(of: rest, decimalComma: decimalComma) else { return nil }
    guard length == rest.count || separates(rest[length]) else { return nil }
    isDone = length == rest.count
    position &+= length &+ 1
    return number
  }

  /// Behind the quotation mark that closes the field, whatever is between.
  private var closingQuote: Int {
    var end = position + 1
    while end < line.count, line[end] != UInt8(ascii: "\"") { end += 1 }
    return end
  }
}

extension UnsafeRawBufferPointer {
  fileprivate var unquoted: UnsafeRawBufferPointer {
    let mark = self[0]
    guard mark == UInt8(ascii: "\"") || mark == UInt8(ascii: "'"), self[count &- 1] == mark else { return self }
    return UnsafeRawBufferPointer(rebasing: self[1..<count &- 1]).trimmed
  }
}
