import Foundation

/// Walks through the lines of a text that are not blank.
struct TextLines {
  /// Where the next line begins, in bytes.
  private(set) var position: Int
  /// Of the last line taken, counted from 1.
  private(set) var number: Int

  init(position: Int = 0, number: Int = 0) {
    self.position = position
    self.number = number
  }

  /// The next line without the blanks around it (tabs stay, as they may separate fields); nil at the end.
  @inline(__always)
  mutating func next(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    while position < text.count {
      let start = text.baseAddress! + position
      let length =
        memchr(start, 10, text.count - position).map { UnsafeRawPointer($0) - start } ?? text.count - position
      position += length + 1
      number += 1
      let line = UnsafeRawBufferPointer(start: start, count: length).trimmed
      if !line.isEmpty, line.contains(where: { $0 != 9 }) { return line }
    }
    return nil
  }
}

extension UnsafeRawBufferPointer {
  /// Without blanks and carriage returns at either end.
  @inline(__always)
  var trimmed: UnsafeRawBufferPointer {
    var (start, end) = (0, count)
    while start < end, self[start] == 32 { start &+= 1 }
    while end > start, self[end &- 1] == 32 || self[end &- 1] == 13 { end &-= 1 }
    return .init(rebasing: self[start..<end])
  }

  var isComment: Bool { first == UInt8(ascii: "#") }
}

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

  /// The next field without the blanks and quotation marks around it; nil behind the last one.
  @inline(__always)
  mutating func next() -> UnsafeRawBufferPointer? {
    guard !isDone else { return nil }
    if separator == 32 {
      while position < line.count, line[position] == 9 || line[position] == 32 { position &+= 1 }
    }
    let start = position
    if position < line.count, line[position] == UInt8(ascii: "\"") { position = closingQuote }
    if separator == 32 {
      while position < line.count, line[position] != 32, line[position] != 9 { position &+= 1 }
    } else {
      while position < line.count, line[position] != separator { position &+= 1 }
    }
    isDone = position >= line.count
    let field = UnsafeRawBufferPointer(rebasing: line[start..<position]).trimmed
    position &+= 1
    return field.count >= 2 ? field.unquoted : field
  }

  /// Behind the quotation mark that closes the field, whatever is between.
  private var closingQuote: Int {
    var end = position + 1
    while end < line.count, line[end] != UInt8(ascii: "\"") { end += 1 }
    return end
  }
}

extension UnsafeRawBufferPointer {
  @inline(__always)
  fileprivate var unquoted: UnsafeRawBufferPointer {
    let mark = self[0]
    guard mark == UInt8(ascii: "\"") || mark == UInt8(ascii: "'"), self[count &- 1] == mark else { return self }
    return UnsafeRawBufferPointer(rebasing: self[1..<count &- 1]).trimmed
  }
}
