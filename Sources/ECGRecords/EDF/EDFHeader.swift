import Foundation

/// The header of an EDF, EDF+ or BDF file: 256 bytes of ASCII, and 256 for every signal.
struct EDFHeader {
  /// They differ in the size of a sample.
  enum Variant {
    /// EDF and EDF+: 16 bits.
    case edf
    /// BDF and BDF+: 24 bits.
    case bdf

    /// Judged from the first bytes of the file, the format's version.
    init?(_ bytes: some Sequence<UInt8>) {
      let version = Array(bytes.prefix(8))
      if version == Array("0       ".utf8) {
        self = .edf
      } else if version == [0xFF] + Array("BIOSEMI".utf8) {
        self = .bdf
      } else {
        return nil
      }
    }

    /// Bytes.
    var sampleSize: Int { self == .edf ? 2 : 3 }
  }

  struct Signal {
    var label: String
    var unit: String
    /// The four numbers that tie stored values to physical ones, as they stand in the header: a signal that nobody reads
    /// may have nonsense there.
    var physicalMinimum: Field
    var physicalMaximum: Field
    var digitalMinimum: Field
    var digitalMaximum: Field
    /// In every data record.
    var sampleCount: Int
    /// Of its samples within a data record, in bytes.
    var offset: Int
    var isAnnotations: Bool
  }

  /// A field of the header and where it lies.
  struct Field {
    var name: String
    var text: String
    /// From the start of the file.
    var byte: Int
  }

  let file: String
  let variant: Variant
  var date: RecordingDate?
  /// EDF+D: data records need not follow each other in time.
  var isDiscontinuous = false
  /// Nil while the recording has not been finished (-1).
  var recordCount: Int?
  /// Seconds.
  var recordDuration: Double
  var signals: [Signal] = []
  /// Bytes before the first data record.
  var size: Int
  /// Bytes of a data record.
  var recordSize = 0

  init(_ reader: FileReader) throws(RecordError) {
    let file = reader.name
    func read(_ count: Int) throws(RecordError) -> [UInt8] {
      guard reader.byteCount >= count else { throw .truncated(file: file, bytes: reader.byteCount, promised: count) }
      return try reader.bytes(at: 0, count: count)
    }
    var bytes = try read(256)
    guard let variant = Variant(bytes) else { throw .unsupported(file: file, what: "neither EDF nor BDF") }
    self.file = file
    self.variant = variant
    func field(_ name: String, _ byte: Int, _ length: Int) -> Field {
      Field(name: name, text: text(bytes[byte..<byte + length]), byte: byte)
    }

    let recording = field("recording", 88, 80)
    date = Self.date(recording: recording.text, start: field("start date", 168, 8).text)
    let kind = field("kind of EDF", 192, 44).text
    isDiscontinuous = kind.hasPrefix("EDF+D") || kind.hasPrefix("BDF+D")
    let isPlus = isDiscontinuous || kind.hasPrefix("EDF+") || kind.hasPrefix("BDF+")

    let records = field("number of data records", 236, 8)
    let count = try records.whole(in: -1...Int(Int32.max), "-1 or more", file)
    recordCount = count < 0 ? nil : count
    let duration = field("duration of a data record", 244, 8)
    recordDuration = try duration.number(file)
    guard recordDuration == 0 || (1e-6...1e8).contains(recordDuration) else {
      throw duration.bad("0, or a number of seconds from 0.000001 to 100,000,000", file)
    }

    let signalCount = try field("number of signals", 252, 4).whole(in: 1...9999, "a number from 1 to 9999", file)
    let sizeField = field("size of the header", 184, 8)
    size = 256 * (signalCount + 1)
    guard try sizeField.number(file) == Double(size) else {
      throw sizeField.bad("\(size): 256, and 256 for each of \(signalCount) signals", file)
    }
    bytes = try read(size)

    for index in 0..<signalCount {
      // Each field is there for all signals before the next one begins; `place` is in bytes per signal.
      func of(_ name: String, _ place: Int, _ length: Int) -> Field {
        field("\(name) of signal \(index)", 256 + place * signalCount + length * index, length)
      }
      let label = of("label", 0, 16).text
      let samples = of("number of samples in a data record", 216, 8)
      let isAnnotations = isPlus && (label == "EDF Annotations" || label == "BDF Annotations")
      signals.append(
        Signal(
          label: label, unit: of("physical dimension", 96, 8).text,
          physicalMinimum: of("physical minimum", 104, 8), physicalMaximum: of("physical maximum", 112, 8),
          digitalMinimum: of("digital minimum", 120, 8), digitalMaximum: of("digital maximum", 128, 8),
          sampleCount: try samples.whole(in: 0...99_999_999, "0 or more", file), offset: recordSize,
          isAnnotations: isAnnotations))
      guard isAnnotations || recordDuration == 0 || Double(signals[index].sampleCount) <= 1e6 * recordDuration else {
        throw samples.bad("no more than 1,000,000 a second", file)
      }
      recordSize += signals[index].sampleCount * variant.sampleSize
    }
    guard recordDuration > 0 || signals.allSatisfy({ $0.isAnnotations || $0.sampleCount == 0 }) else {
      throw duration.bad("more than 0 seconds, as there are signals", file)
    }
  }

  /// The day on which the recording began: EDF+ writes the year in full into another field.
  private static func date(recording: String, start: String) -> RecordingDate? {
    let words = recording.split(separator: " ")
    if words.count >= 2, words[0] == "Startdate", let date = RecordingDate(words[1]) { return date }
    let parts = start.split(separator: ".")
    guard parts.count == 3, let day = Int(parts[0]), let month = Int(parts[1]), let year = Int(parts[2]) else {
      return nil
    }
    // Two digits stand for 1985 to 2084.
    guard (0...99).contains(year) else { return nil }
    return RecordingDate(year: year < 85 ? 2000 + year : 1900 + year, month: month, day: day)
  }
}

extension EDFHeader.Field {
  /// Numbers may have a sign, a point and an exponent.
  func number(_ file: String) throws(RecordError) -> Double {
    guard let value = Double(text), value.isFinite else { throw bad("a number", file) }
    return value
  }

  func whole(in range: ClosedRange<Int>, _ expected: String, _ file: String) throws(RecordError) -> Int {
    guard let value = Int(exactly: try number(file)), range.contains(value) else { throw bad(expected, file) }
    return value
  }

  func bad(_ expected: String, _ file: String) -> RecordError {
    .badField(file: file, byte: byte, field: name, found: text, expected: expected)
  }
}

/// A field without the blanks around it (zeros, with some writers). It should be ASCII; the µ of "µV" often is not.
private func text(_ bytes: some Collection<UInt8>) -> String {
  let content = bytes.prefix { $0 != 0 }
  let text = String(validating: content, as: UTF8.self) ?? String(content.map { Character(Unicode.Scalar($0)) })
  return text.trimmingCharacters(in: .whitespaces)
}
