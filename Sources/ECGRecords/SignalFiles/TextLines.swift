import Foundation

/// A cursor over the lines of a text file that are not blank.
struct TextLines {
  private let window: FileWindow
  /// Where the next line begins, in bytes.
  private(set) var position: Int
  /// Of the last line taken, counted from 1.
  private(set) var number: Int

  init(_ window: FileWindow, position: Int = 0, number: Int = 0) {
    self.window = window
    self.position = position
    self.number = number
  }

  /// Calls `body` for every line from here on, without the blanks around it (tabs stay, as they may separate fields),
  /// until it returns false. `place` is where the line begins.
  ///
  /// - Throws: `RecordError.badText` when a line is longer than what is kept in memory, and what `body` throws.
  @inline(__always)
  mutating func forEach(
    _ body: (_ line: UnsafeRawBufferPointer, _ place: TextPlace) throws(RecordError) -> Bool
  ) throws(RecordError) {
    while position < window.file.byteCount {
      let (text, isLast) = try window.longest(at: position)
      guard let start = text.baseAddress else { return }
      var taken = 0
      while taken < text.count {
        let found = memchr(start + taken, 10, text.count - taken).map { UnsafeRawPointer($0) - start }
        // A line that is not there to its end waits for the next piece.
        if found == nil, !isLast { break }
        let end = found ?? text.count
        let line = UnsafeRawBufferPointer(start: start + taken, count: end - taken).trimmed
        let place = TextPlace(position: position + taken, number: number)
        taken = end + 1
        number += 1
        guard !line.isEmpty, line[0] != 9 || line.contains(where: { $0 != 9 }) else { continue }
        guard try body(line, place) else {
          position += taken
          return
        }
      }
      guard taken > 0 else {
        throw .badText(
          file: window.file.name, line: number + 1, found: "a line of more than \(text.count) bytes",
          expected: "one sample of each lead")
      }
      position += taken
    }
  }
}

/// Where a line begins.
struct TextPlace {
  /// Bytes from the start of the file.
  var position = 0
  /// Lines before it.
  var number = 0
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
