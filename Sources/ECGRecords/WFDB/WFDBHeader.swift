import Foundation

/// A WFDB header file (`.hea`), as header(5) of the WFDB Applications Guide describes it: of an ordinary record with
/// `signals`, or of one that joins others, its `segments`.
public struct WFDBHeader: Sendable, Equatable {
  /// One signal line.
  public struct Signal: Sendable, Equatable {
    /// The signal file, relative to the header's folder.
    public var file: String
    /// The number of the signal file's format, see signal(5).
    public var format: Int
    public var samplesPerFrame = 1
    /// So many frames later than the others the signal lies in its file.
    public var skew = 0
    /// Bytes before the first sample.
    public var byteOffset = 0
    /// Steps of the analogue-to-digital converter per physical unit.
    public var gain = 200.0
    /// The stored value that means 0 physical units.
    public var baseline = 0
    public var unit = "mV"
    /// The stored value in the middle of the converter's range.
    public var zero = 0
    /// Nil when the line ends before it.
    public var initialValue: Int?
    /// The sum of all samples modulo 65,536. Nil when the line ends before it.
    public var checksum: Int?
    public var description = ""
  }

  /// One segment line.
  public struct Segment: Sendable, Equatable {
    /// The name of the segment's record, beside this header. Nil for a gap ("~"), whose samples are missing.
    public var record: String?
    /// 0 for the layout segment, which only describes signals.
    public var frameCount: Int
  }

  public var name: String
  /// Frames per second.
  public var frameRate = 250.0
  /// Nil when the header leaves it open; the signal file's length then tells.
  public var frameCount: Int?
  /// Ticks per second of the counter (of a tape, say) that places in the record may be named by; nil as `frameRate`.
  public var counterRate: Double?
  /// The counter at the first frame.
  public var baseCounter = 0.0
  /// Seconds since midnight at the first frame.
  public var timeOfDay: Double?
  public var date: RecordingDate?
  public var signals: [Signal] = []
  /// Empty unless the record joins others.
  public var segments: [Segment] = []
  public var comments: [String] = []

  /// Headers are a few lines of text; a file above this size (bytes) is something else.
  static let maximumSize = 1 << 20

  /// Reads a header file.
  ///
  /// - Throws: `RecordError.unreadable`, `.badHeader` or `.unsupported`.
  public init(contentsOf url: URL) throws(RecordError) {
    try self.init(path: url.path)
  }

  init(path: String) throws(RecordError) {
    try self.init(text: try FileBytes(path, atMost: Self.maximumSize).text, path: path)
  }

  /// Reads a header's text; errors name the file by the end of `path`.
  public init(text: String, path: String) throws(RecordError) {
    name = ""
    var lineCount: (signals: Int, segments: Int?)?
    var lineNumber = 0
    for line in text.utf8.split(omittingEmptySubsequences: false, whereSeparator: { $0 == 10 || $0 == 13 }) {
      lineNumber += 1
      guard let start = line.firstIndex(where: { !isBlank($0) }) else { continue }
      let content = line[start...]
      if content.first == UInt8(ascii: "#") {
        comments.append(trimmed(content.drop { $0 == UInt8(ascii: "#") }))
        continue
      }
      var fields = HeaderFields(line: content, number: lineNumber, path: path)
      // Lines beyond the promised ones are no part of the format; other readers pass over them, too.
      if let lineCount {
        if let count = lineCount.segments {
          if segments.count < count { segments.append(try Self.segment(&fields)) }
        } else if signals.count < lineCount.signals {
          signals.append(try Self.signal(&fields))
        }
      } else {
        lineCount = try record(&fields)
      }
    }
    guard let lineCount else {
      throw .badHeader(
        file: shortName(path), line: max(lineNumber, 1), field: "record line", found: "", expected: "a WFDB header")
    }
    try check(segments.count, lineCount.segments ?? 0, "segment", line: lineNumber, path: path)
    try check(signals.count, lineCount.segments == nil ? lineCount.signals : 0, "signal", line: lineNumber, path: path)
    if lineCount.segments != nil { try checkSegments(line: lineNumber, path: path) }
    if date == nil { date = Self.date(in: comments) }
  }

  private func check(_ found: Int, _ promised: Int, _ what: String, line: Int, path: String) throws(RecordError) {
    guard found == promised else {
      throw .badHeader(
        file: shortName(path), line: line, field: "number of \(what) lines", found: "\(found)",
        expected: "\(promised), as the record line says")
    }
  }

  /// The segments' lengths must add up to the record's. Sets the record's length where the record line leaves it open.
  private mutating func checkSegments(line: Int, path: String) throws(RecordError) {
    // Beyond any record, so that sums of lengths cannot overflow.
    let tooLong = 1 << 50
    var total = 0
    for segment in segments { total = min(total + min(segment.frameCount, tooLong), tooLong) }
    guard frameCount ?? total == total, total < tooLong else {
      throw .badHeader(
        file: shortName(path), line: line, field: "sum of the segments' lengths", found: "\(total)",
        expected: "\(frameCount ?? 0), as the record line says")
    }
    frameCount = total
  }

  /// The record line: name[/SEGMENTS], number of signals, frame rate, frame count, time, date. Returns how many signals
  /// it promises, and segments if it is the header of a record that joins others.
  private mutating func record(
    _ fields: inout HeaderFields
  ) throws(RecordError) -> (signals: Int, segments: Int?) {
    let nameField = try fields.next("record name")
    var segmentCount: Int?
    if let slash = nameField.firstIndex(of: "/") {
      guard let count = Int(nameField[nameField.index(after: slash)...]), count > 0 else {
        throw fields.bad("number of segments", nameField, "a whole number above 0 after the slash")
      }
      segmentCount = count
    }
    name = String(nameField.prefix { $0 != "/" })

    let signalCount = try fields.whole("number of signals")
    if let field = fields.optional() { try rates(field, &fields) }
    if let count = fields.optional() {
      guard let value = Int(count), value >= 0 else {
        throw fields.bad("number of samples", count, "a whole number, or 0 where it is unknown")
      }
      frameCount = value == 0 ? nil : value
    }
    // Time and date; some writers swap them, so take whichever reads as one of the two.
    while let field = fields.optional() {
      if date == nil, let day = RecordingDate(field) {
        date = day
      } else if timeOfDay == nil {
        timeOfDay = Self.timeOfDay(field)
      }
    }
    return (signalCount, segmentCount)
  }

  /// FRAMERATE[/COUNTERRATE[(BASECOUNTER)]]
  private mutating func rates(_ field: Substring, _ fields: inout HeaderFields) throws(RecordError) {
    let rate = field.prefix { $0 != "/" }
    guard let value = Double(rate), value >= 1e-6, value <= 1e9 else {
      throw fields.bad("sampling frequency", rate, "a number of hertz above 0")
    }
    frameRate = value
    let counter = field[rate.endIndex...].dropFirst()
    let ticks = counter.prefix { $0 != "(" }
    if let value = Double(ticks), value > 0, value.isFinite { counterRate = value }
    if let value = Double(counter[ticks.endIndex...].dropFirst().prefix { $0 != ")" }), value.isFinite {
      baseCounter = value
    }
  }

  /// Seconds since midnight of a time such as 13:05:00, 13:5:0.25, 5:10 (minutes and seconds) or 10 (seconds).
  private static func timeOfDay(_ text: Substring) -> Double? {
    var seconds = 0.0
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 3 else { return nil }
    for part in parts {
      guard let value = Double(part), value >= 0, value < 86_400 else { return nil }
      seconds = seconds * 60 + value
    }
    return seconds < 86_400 ? seconds : nil
  }

  /// A segment line: record, number of frames.
  private static func segment(_ fields: inout HeaderFields) throws(RecordError) -> Segment {
    let name = try fields.next("segment's record name")
    guard !name.contains("/") else {
      throw fields.bad("segment's record name", name, "a record beside this header")
    }
    let count = try fields.whole("segment's number of samples")
    return Segment(record: name == "~" ? nil : String(name), frameCount: count)
  }

  /// A signal line: file, format, gain, resolution, zero, initial value, checksum, block size, description.
  private static func signal(_ fields: inout HeaderFields) throws(RecordError) -> Signal {
    let file = String(try fields.next("signal file name"))
    guard !file.hasPrefix("/") else {
      throw fields.bad("signal file name", file[...], "a name relative to the header's folder")
    }
    var signal = Signal(file: file, format: 0)

    // format[xSAMPLES][:SKEW][+OFFSET]
    let formatField = try fields.next("format")
    var rest = formatField
    signal.format = try fields.leadingNumber(&rest, "format", of: formatField)
    if rest.first == "x" {
      rest.removeFirst()
      signal.samplesPerFrame = try fields.leadingNumber(&rest, "number of samples per frame", of: formatField)
      guard (1...65_536).contains(signal.samplesPerFrame) else {
        throw fields.bad("number of samples per frame", formatField, "a number from 1 to 65,536")
      }
    }
    if rest.first == ":" {
      rest.removeFirst()
      signal.skew = try fields.leadingNumber(&rest, "skew", of: formatField)
    }
    if rest.first == "+" {
      rest.removeFirst()
      signal.byteOffset = try fields.leadingNumber(&rest, "byte offset", of: formatField)
    }
    guard rest.isEmpty else {
      throw fields.bad("format", formatField, "a format number with samples per frame, skew and byte offset")
    }

    // gain[(BASELINE)][/UNIT]
    var baseline: Int?
    if let gainField = fields.optional() {
      var number = gainField
      if let slash = number.firstIndex(of: "/") {
        signal.unit = String(number[number.index(after: slash)...])
        number = number[..<slash]
      }
      if let open = number.firstIndex(of: "("), number.last == ")" {
        let inside = number[number.index(after: open)...].dropLast()
        guard let value = Int32(inside) else { throw fields.bad("baseline", gainField, "a whole number of 32 bits") }
        baseline = Int(value)
        number = number[..<open]
      }
      guard let gain = Double(number), gain.isFinite, gain == 0 || abs(gain) >= 1e-12, abs(gain) <= 1e12 else {
        throw fields.bad("gain", gainField, "a number of steps per unit")
      }
      if gain != 0 { signal.gain = gain }  // 0: not calibrated, read with the usual gain
    }
    _ = try fields.optionalWhole("resolution of the converter")
    let zero = try fields.optionalWhole("zero of the converter") ?? 0
    signal.baseline = baseline ?? zero
    signal.zero = zero
    signal.initialValue = try fields.optionalWhole("initial value")
    signal.checksum = try fields.optionalWhole("checksum")
    _ = try fields.optionalWhole("block size")
    signal.description = fields.remainder()
    return signal
  }

  /// The day of recording where a comment names it, as in ECG-ID: "ECG date: 07.12.2004".
  private static func date(in comments: [String]) -> RecordingDate? {
    for comment in comments where comment.utf8.starts(with: "ECG date:".utf8) {
      return RecordingDate(trimmed(Substring(comment.dropFirst("ECG date:".count)).utf8))
    }
    return nil
  }
}

private func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }

private func trimmed(_ text: Substring.UTF8View) -> String {
  let start = text.drop(while: isBlank)
  guard let last = start.lastIndex(where: { !isBlank($0) }) else { return "" }
  return String(Substring(start[...last]))
}

/// The fields of one header line, separated by blanks.
private struct HeaderFields {
  private var rest: Substring.UTF8View
  let number: Int
  let path: String

  init(line: Substring.UTF8View, number: Int, path: String) {
    rest = line
    self.number = number
    self.path = path
  }

  mutating func optional() -> Substring? {
    rest = rest.drop(while: isBlank)
    guard !rest.isEmpty else { return nil }
    let field = rest.prefix { !isBlank($0) }
    rest = rest[field.endIndex...]
    return Substring(field)
  }

  mutating func next(_ field: String) throws(RecordError) -> Substring {
    guard let text = optional() else { throw bad(field, "", "a value") }
    return text
  }

  mutating func whole(_ field: String) throws(RecordError) -> Int {
    let text = try next(field)
    guard let value = Int(text), value >= 0 else { throw bad(field, text, "a whole number, 0 or more") }
    return value
  }

  mutating func optionalWhole(_ field: String) throws(RecordError) -> Int? {
    guard let text = optional() else { return nil }
    guard let value = Int32(text) else { throw bad(field, text, "a whole number of 32 bits") }
    return Int(value)
  }

  /// Takes the digits at the start of `text`, a part of `whole`.
  func leadingNumber(_ text: inout Substring, _ field: String, of whole: Substring) throws(RecordError) -> Int {
    let digits = Substring(text.utf8.prefix { (48...57).contains($0) })
    guard let value = Int32(digits) else { throw bad(field, whole, "a whole number of 32 bits") }
    text = text[digits.endIndex...]
    return Int(value)
  }

  mutating func remainder() -> String {
    let text = trimmed(rest)
    rest = rest[rest.endIndex...]
    return text
  }

  func bad(_ field: String, _ found: Substring, _ expected: String) -> RecordError {
    .badHeader(file: shortName(path), line: number, field: field, found: String(found), expected: expected)
  }
}
