import Foundation

/// An opened text file; its rows are read when they are asked for.
struct TextRecording: RecordingFile {
  let name: String
  let leads: [LeadDescription]
  var comments: [String] { layout.comments }
  var date: RecordingDate? { layout.date }

  private let bytes: FileBytes
  private let layout: TextLayout
  private let clock: TextClock?
  /// The columns of the leads.
  private let columns: [Int]
  private let rowCount: Int

  /// - Parameter samplingRate: hertz; without it, the file has to tell it.
  init(_ bytes: FileBytes, file: String, samplingRate: Double?) throws(RecordError) {
    self.bytes = bytes
    name = file
    let layout = try bytes.withBytes { text throws(RecordError) in try TextLayout(text, file: file) }
    self.layout = layout
    columns = layout.columns.indices.filter { layout.columns[$0].role == .lead }
    guard !columns.isEmpty else { throw .empty(file: file) }
    let (rowCount, last) = bytes.withBytes { Self.countRows($0, from: layout.start) }
    self.rowCount = rowCount
    clock =
      samplingRate == nil && rowCount > 1
      ? try Self.clock(bytes, layout: layout, rowCount: rowCount, last: last, file: file) : nil
    let rate = try requiredSamplingRate(clock?.samplingRate ?? samplingRate ?? layout.samplingRate, file: file)
    leads = columns.map {
      let column = layout.columns[$0]
      return LeadDescription(name: column.name, unit: column.unit, samplingRate: rate, sampleCount: rowCount)
    }
  }

  /// How many rows there are, and where the last one begins.
  private static func countRows(_ text: UnsafeRawBufferPointer, from start: TextLines) -> (count: Int, last: TextLines)
  {
    var lines = start
    var before = start
    var last = start
    var count = 0
    while let line = lines.next(text) {
      if !line.isComment {
        count += 1
        last = before
      }
      before = lines
    }
    return (count, last)
  }

  /// The clock of the first time column that runs evenly through the first rows; nil when there is no time column.
  private static func clock(
    _ bytes: FileBytes, layout: TextLayout, rowCount: Int, last: TextLines, file: String
  ) throws(RecordError) -> TextClock? {
    var problem: RecordError?
    for (index, column) in layout.columns.enumerated() {
      guard case .time(let secondsPerUnit) = column.role else { continue }
      do throws(RecordError) {
        return try bytes.withBytes { text throws(RecordError) in
          let clock = try TextClock(
            column: index, named: column.name, secondsPerUnit: secondsPerUnit, decimalComma: layout.decimalComma,
            first: field(index, of: text, layout.start, layout.separator),
            last: field(index, of: text, last, layout.separator), rowCount: rowCount, file: file)
          var rows = TextRows(file: file, layout: layout, targets: [:], clock: clock)
          _ = try rows.read(text, upTo: 1000, into: [])
          return clock
        }
      } catch {
        problem = problem ?? error
      }
    }
    if let problem, layout.samplingRate == nil { throw problem }
    return nil
  }

  private static func field(
    _ index: Int, of text: UnsafeRawBufferPointer, _ place: TextLines, _ separator: UInt8
  ) -> UnsafeRawBufferPointer {
    var lines = place
    guard let line = lines.next(text) else { return .init(start: nil, count: 0) }
    var fields = TextFields(line, separator: separator)
    for _ in 0..<index { _ = fields.next() }
    return fields.next() ?? .init(start: nil, count: 0)
  }

  func stream(lead: Int, verifying: Bool) throws(RecordError) -> any LeadStream {
    Stream(bytes: bytes, rows: try rows(lead..<lead + 1, verifying: verifying))
  }

  /// All leads in one pass.
  func read(leads chosen: Range<Int>, verifying: Bool) throws(RecordError) -> [Lead] {
    var rows = try rows(chosen, verifying: verifying)
    let memory = chosen.map { _ in UnsafeMutableBufferPointer<Float>.allocate(capacity: rowCount) }
    defer { memory.forEach { $0.deallocate() } }
    let count = try bytes.withBytes { text throws(RecordError) in
      try rows.read(text, upTo: rowCount, into: memory.map { $0.baseAddress! })
    }
    return zip(chosen, memory).map { Lead(name: leads[$0].name, samples: Array($1[..<count])) }
  }

  private func rows(_ chosen: Range<Int>, verifying: Bool) throws(RecordError) -> TextRows {
    var targets: [Int: TextRows.Target] = [:]
    for (output, lead) in chosen.enumerated() {
      guard let scale = millivolts(perUnit: leads[lead].unit) else {
        throw .notAVoltage(file: name, signal: leads[lead].name, unit: leads[lead].unit)
      }
      targets[columns[lead]] = .init(output: output, decimalShift: Int(log10(scale).rounded()))
    }
    return TextRows(file: name, layout: layout, targets: targets, clock: verifying ? clock : nil)
  }

  private struct Stream: LeadStream {
    let bytes: FileBytes
    var rows: TextRows

    mutating func next(_ buffer: UnsafeMutableBufferPointer<Float>) throws(RecordError) -> Int {
      guard let start = buffer.baseAddress else { return 0 }
      return try bytes.withBytes { text throws(RecordError) in
        try rows.read(text, upTo: buffer.count, into: [start])
      }
    }
  }
}
