/// A cursor over the rows of a text file that takes the numbers of some columns.
struct TextRows {
  /// Where a column's numbers go.
  struct Target {
    var output: Int
    /// The power of ten that makes them millivolts.
    var decimalShift: Int
  }

  private let file: String
  private let separator: UInt8
  private let decimalComma: Bool
  private let columns: [TextColumn]
  /// For each column.
  private let targets: [Target?]
  private let clock: TextClock?
  private var lines: TextLines
  private var row = 0

  /// - Parameters:
  ///   - targets: by column.
  ///   - clock: compares the times of the rows with an even rate.
  init(file: String, layout: TextLayout, targets: [Int: Target], clock: TextClock?) {
    self.file = file
    separator = layout.separator
    decimalComma = layout.decimalComma
    columns = layout.columns
    self.targets = columns.indices.map { targets[$0] }
    self.clock = clock
    lines = layout.start
  }

  /// Reads up to `count` rows into `outputs`, from their start; returns how many there were.
  ///
  /// - Throws: `RecordError.badText`, naming the line.
  mutating func read(
    _ text: UnsafeRawBufferPointer, upTo count: Int, into outputs: [UnsafeMutablePointer<Float>]
  ) throws(RecordError) -> Int {
    var filled = 0
    while filled < count, let line = lines.next(text) {
      if line.isComment { continue }
      var fields = TextFields(line, separator: separator)
      var index = 0
      while let field = fields.next() {
        guard index < targets.count else {
          // A separator may close the row.
          if field.isEmpty, index == targets.count, fields.next() == nil { break }
          throw wrongCount(line)
        }
        if let target = targets[index] {
          outputs[target.output][filled] = try value(field, target, columns[index])
        } else if let clock, clock.column == index, let problem = clock.problem(field, row: row) {
          throw .badText(file: file, line: lines.number, found: problem.found, expected: problem.expected)
        }
        index += 1
      }
      guard index == targets.count else { throw wrongCount(line) }
      filled += 1
      row += 1
    }
    return filled
  }

  @inline(__always)
  private func value(_ field: UnsafeRawBufferPointer, _ target: Target, _ column: TextColumn) throws(RecordError)
    -> Float
  {
    if let number = TextNumber(field, decimalComma: decimalComma)?.float(shift: target.decimalShift) { return number }
    if isMissing(field) { return .nan }
    throw .badText(
      file: file, line: lines.number, found: String(decoding: field, as: UTF8.self),
      expected: "a number of \(column.unit)")
  }

  private func wrongCount(_ line: UnsafeRawBufferPointer) -> RecordError {
    var fields = TextFields(line, separator: separator)
    var count = 0
    while fields.next() != nil { count += 1 }
    return .badText(
      file: file, line: lines.number, found: "\(count) columns", expected: "\(targets.count) as above")
  }
}
