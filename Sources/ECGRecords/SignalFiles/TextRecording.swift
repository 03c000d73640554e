import Foundation

/// An opened text file; its rows are read when they are asked for.
struct TextRecording: RecordingFile {
  var name: String { file.name }
  let leads: [LeadDescription]
  var comments: [String] { layout.comments }
  var date: RecordingDate? { layout.date }

  private let file: FileReader
  private let layout: TextLayout
  private let clock: TextClock?
  /// The columns of the leads.
  private let columns: [Int]
  private let rowCount: Int

  /// - Parameter samplingRate: hertz; without it, the file has to tell it.
  init(_ file: FileReader, samplingRate: Double?) throws(RecordError) {
    let window = FileWindow(file)
    let layout = try TextLayout(window)
    columns = layout.columns.indices.filter { layout.columns[$0].role == .lead }
    guard !columns.isEmpty else { throw .empty(file: file.name) }
    let (rowCount, last) = try Self.countRows(window, from: layout.start)
    clock =
      samplingRate == nil && rowCount > 1
      ? try Self.clock(window, layout: layout, rowCount: rowCount, last: last) : nil
    let rate = try requiredSamplingRate(clock?.samplingRate ?? samplingRate ?? layout.samplingRate, file: file.name)
    leads = columns.map {
      let column = layout.columns[$0]
      return LeadDescription(name: column.name, unit: column.unit, samplingRate: rate, sampleCount: rowCount)
    }
    self.file = file
    self.layout = layout
    self.rowCount = rowCount
  }

  /// How many rows there are, and where the last one begins.
  private static func countRows(
    _ window: FileWindow, from start: TextPlace
  ) throws(RecordError) -> (count: Int, last: TextPlace) {
    var lines = TextLines(window, position: start.position, number: start.number)
    var (count, last) = (0, start)
    try lines.forEach { line, place in
      if !line.isComment {
        count += 1
        last = place
      }
      return true
    }
    return (count, last)
  }

  /// The clock of the first time column that runs evenly through the first rows; nil when there is no time column.
  private static func clock(
    _ window: FileWindow, layout: TextLayout, rowCount: Int, last: TextPlace
  ) throws(RecordError) -> TextClock? {
    var problem: RecordError?
    for (index, column) in layout.columns.enumerated() {
      guard case .time(let secondsPerUnit) = column.role else { continue }
      do throws(RecordError) {
        let first = try field(index, of: window, layout.start, layout.separator)
        let last = try field(index, of: window, last, layout.separator)
        let clock = try TextClock(
          column: index, named: column.name, secondsPerUnit: secondsPerUnit, decimalComma: layout.decimalComma,
          first: first, last: last, rowCount: rowCount, file: window.file.name)
        var rows = TextRows(window.file, layout: layout, targets: [:], clock: clock)
        _ = try rows.read(upTo: 1000, into: [])
        return clock
      } catch {
        problem = problem ?? error
      }
    }
    if let problem, layout.samplingRate == nil { throw problem }
    return nil
  }

  /// A field of the line at `place`; empty when the line has none.
  private static func field(
    _ index: Int, of window: FileWindow, _ place: TextPlace, _ separator: UInt8
  ) throws(RecordError) -> [UInt8] {
    var lines = TextLines(window, position: place.position, number: place.number)
    var found: [UInt8] = []
    try lines.forEach { line, _ in
      var fields = TextFields(line, separator: separator)
      for _ in 0..<index { _ = fields.next() }
      if let field = fields.next() { found = Array(field) }
      return false
    }
    return found
  }

  func stream(lead: Int, verifying: Bool) throws(RecordError) -> any LeadStream {
    Stream(rows: try rows(lead..<lead + 1, verifying: verifying))
  }

  /// All leads in one pass.
  func read(leads chosen: Range<Int>, verifying: Bool) throws(RecordError) -> [Lead] {
    var rows = try rows(chosen, verifying: verifying)
    var read = chosen.map { Lead(name: leads[$0].name, samples: []) }
    for index in read.indices { read[index].samples.reserveCapacity(rowCount) }
    let pieces = chosen.map { _ in UnsafeMutableBufferPointer<Float>.allocate(capacity: 4096) }
    defer { pieces.forEach { $0.deallocate() } }
    let starts = pieces.compactMap(\.baseAddress)
    while case let count = try rows.read(upTo: 4096, into: starts), count > 0 {
      for index in read.indices { read[index].samples.append(contentsOf: pieces[index][..<count]) }
    }
    return read
  }

  private func rows(_ chosen: Range<Int>, verifying: Bool) throws(RecordError) -> TextRows {
    var targets: [Int: TextRows.Target] = [:]
    for (output, lead) in chosen.enumerated() {
      guard let scale = millivolts(perUnit: leads[lead].unit) else {
        throw .notAVoltage(file: name, signal: leads[lead].name, unit: leads[lead].unit)
      }
      targets[columns[lead]] = .init(output: output, decimalShift: Int(log10(scale).rounded()))
    }
    return TextRows(file, layout: layout, targets: targets, clock: verifying ? clock : nil)
  }

  private struct Stream: LeadStream {
    var rows: TextRows

    mutating func next(_ buffer: UnsafeMutableBufferPointer<Float>) throws(RecordError) -> Int {
      guard let start = buffer.baseAddress else { return 0 }
      return try rows.read(upTo: buffer.count, into: [start])
    }
  }
}
