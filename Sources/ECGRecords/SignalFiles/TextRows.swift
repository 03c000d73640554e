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
  init(_ file: FileReader, layout: TextLayout, targets: [Int: Target], clock: TextClock?) {
    self.file = file.name
    separator = layout.separator
    decimalComma = layout.decimalComma
    columns = layout.columns
    self.targets = columns.indices.map { targets[$0] }
    self.clock = clock
    lines = TextLines(FileWindow(file), position: layout.start.position, number: layout.start.number)
  }

  /// Reads up to `count` rows into `outputs`, from their start; returns how many there were.
  ///
  /// - Throws: `RecordError.badText`, naming the line.
  mutating func read(upTo count: Int, into outputs: [UnsafeMutablePointer<Float>]) throws(RecordError) -> Int {
    guard count > 0 else { return 0 }
    var filled = 0
    var lines = lines
    try lines.forEach { line, place throws(RecordError) in
      if line.isComment { return true }
      try read(line, place, row: row + filled, into: outputs, at: filled)
      filled += 1
      return filled < count
    }
    self.lines = lines
    row += filled
    return filled
  }

  @inline(__always)
  private func read(
    _ line: UnsafeRawBufferPointer, _ place: TextPlace, row: Int, into outputs: [UnsafeMutablePointer<Float>],
    at index: Int
  ) throws(RecordError) {
    var fields = TextFields(line, separator: separator)
    for column in targets.indices {
      if let target = targets[column] {
        if let number = fields.nextNumber(decimalComma: decimalComma)?.float(shift: target.decimalShift) {
          outputs[target.output][index] = number
        } else {
          outputs[target.output][index] = try unusual(line, column, target, place)
          // Whether it was a number out of range or none, its field has been passed once.
          fields = TextFields(line, separator: separator)
          for _ in 0...column { _ = fields.next() }
        }
      } else {
        guard let field = fields.next() else { throw wrongCount(line, place) }
        if let clock, clock.column == column, let problem = clock.problem(field, row: row) {
          throw .badText(file: file, line: place.number + 1, found: problem.found, expected: problem.expected)
        }
      }
    }
    // A separator may close the row.
    if let more = fields.next(), !more.isEmpty || fields.next() != nil { throw wrongCount(line, place) }
  }

  /// The value of a field that is not plainly a number: in quotation marks, missing, or an error.
  @inline(never)
  private func unusual(
    _ line: UnsafeRawBufferPointer, _ column: Int, _ target: Target, _ place: TextPlace
  ) throws(RecordError) -> Float {
    var fields = TextFields(line, separator: separator)
    for _ in 0..<column { _ = fields.next() }
    guard let field = fields.next() else { throw wrongCount(line, place) }
    if let number = TextNumber(field, decimalComma: decimalComma)?.float(shift: target.decimalShift) { return number }
    if isMissing(field) { return .nan }
    throw .badText(
      file: file, line: place.number + 1, found: String(decoding: field, as: UTF8.self),
      expected: "a number of \(columns[column].unit)")
  }

  private func wrongCount(_ line: UnsafeRawBufferPointer, _ place: TextPlace) -> RecordError {
    var fields = TextFields(line, separator: separator)
    var count = 0
    while fields.next() != nil { count += 1 }
    return .badText(
      file: file, line: place.number + 1, found: "\(count) columns", expected: "\(targets.count) as above")
  }
}
