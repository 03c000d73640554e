import Foundation

/// A WFDB header file (`.hea`), as header(5) of the WFDB Applications Guide describes it.
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
    /// Nil when the line ends before it.
    public var initialValue: Int?
    /// The sum of all samples modulo 65,536. Nil when the line ends before it.
    public var checksum: Int?
    public var description = ""
  }

  public var name: String
  /// Frames per second.
  public var frameRate = 250.0
  /// Nil when the header leaves it open; the signal file's length then tells.
  public var frameCount: Int?
  public var date: RecordingDate?
  public var signals: [Signal] = []
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
    var signalCount: Int?
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
      if let signalCount {
        // Lines beyond the promised signals are no part of the format; other readers pass over them, too.
        if signals.count < signalCount { signals.append(try Self.signal(&fields)) }
      } else {
        signalCount = try record(&fields)
      }
    }
    guard let signalCount else {
      throw .badHeader(
        file: shortName(path), line: max(lineNumber, 1), field: "record line", found: "", expected: "a WFDB header")
    }
    guard signals.count == signalCount else {
      throw .badHeader(
        file: shortName(path), line: lineNumber, field: "number of signal lines", found: "\(signals.count)",
        expected: "\(signalCount), as the record line says")
    }
    if date == nil { date = Self.date(in: comments) }
  }

  /// The record line: name, number of signals, frame rate, frame count, time, date.
  private mutating func record(_ fields: inout HeaderFields) throws(RecordError) -> Int {
    let nameField = try fields.next("record name")
    guard !nameField.contains("/") else {
      throw .unsupported(file: shortName(fields.path), what: "a record of several segments, which cannot be read yet")
    }
    name = String(nameField)

    let signalCount = try fields.whole("number of signals", in: 1...Int.max)

    if let rate = fields.optional() {
      // The counter frequency and its base, as in "360/25(10)", play no part in reading samples.
      let text = rate.prefix { $0 != "/" }
      guard let value = Double(text), value >= 1, value <= 1_000_000 else {
        throw fields.bad("sampling frequency", text, "a number of hertz from 1 to 1,000,000")
      }
      frameRate = value
    }
    if let count = fields.optional() {
      guard let value = Int(count), value >= 0 else {
        throw fields.bad("number of samples", count, "a whole number, or 0 where it is unknown")
      }
      frameCount = value == 0 ? nil : value
    }
    // Time and date; some writers swap them, so take whichever reads as a date.
    while let field = fields.optional() {
      if date == nil { date = RecordingDate(field) }
    }
    return signalCount
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

  mutating func whole(_ field: String, in range: ClosedRange<Int>) throws(RecordError) -> Int {
    let text = try next(field)
    guard let value = Int(text), range.contains(value) else { throw bad(field, text, "a whole number above 0") }
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
