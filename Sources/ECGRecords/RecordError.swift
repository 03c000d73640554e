/// What can be wrong with recordings and data sets. Each text names the file and the place, what was found there and
/// what would help. None carries a person's signal.
public enum RecordError: Error, Sendable, Equatable {
  /// The file cannot be opened: it is missing, no regular file, or not ours to read.
  case unreadable(file: String, reason: String)
  /// A field of a WFDB header (line counted from 1) does not hold what header(5) asks for.
  case badHeader(file: String, line: Int, field: String, found: String, expected: String)
  /// A field of a binary header (byte counted from 0 from the start of the file) does not hold what its format asks for.
  case badField(file: String, byte: Int, field: String, found: String, expected: String)
  /// The content is of none of the formats that are known.
  case unknownFormat(file: String, known: [String])
  /// The file does not carry its sampling rate, and none (or none that can be, in hertz) was given.
  case noSamplingRate(file: String, given: Double?)
  /// An annotation file is damaged at a byte (counted from 0).
  case badAnnotations(file: String, byte: Int, what: String)
  /// What was to be written does not fit into the format, or the disk does not take it.
  case unwritable(file: String, reason: String)
  /// A part of a format that cannot be read.
  case unsupported(file: String, what: String)
  /// A signal file is shorter than its header says.
  case truncated(file: String, bytes: Int, promised: Int)
  /// A compressed signal file has fewer samples per signal than its header says.
  case tooFewSamples(file: String, found: Int, promised: Int)
  /// A record would take far more memory than its files have bytes.
  case tooLarge(file: String, samples: Int, bytes: Int)
  /// The first sample is not the one that the header names.
  case wrongInitialValue(file: String, signal: String, found: Int, promised: Int)
  /// The samples do not add up to the header's 16-bit checksum.
  case wrongChecksum(file: String, signal: String, found: Int, promised: Int)
  case noSuchLead(file: String, choice: LeadChoice, available: [String])
  /// The signal is not a voltage, so it has no value in millivolts.
  case notAVoltage(file: String, signal: String, unit: String)
  /// The leads have different sampling rates, so they cannot be read together.
  case differentRates(file: String)
  /// There is not one sample in the file.
  case empty(file: String)
  /// A signal kept as text has something other than a number (line counted from 1).
  case badText(file: String, line: Int, found: String, expected: String)
  /// A row of a manifest (line counted from 1, the heading is line 1).
  case badManifest(file: String, line: Int, column: String, found: String, expected: String)
  /// A table lacks columns that it must have.
  case missingColumns(file: String, purpose: String, missing: [String], found: [String])
  /// The place does not look like any known data set.
  case unknownLayout(place: String, folders: [String], known: [String])
  /// The layout fits but there are no recordings.
  case noRecordings(place: String, expected: String)
  /// A simulation was asked for that makes no sense.
  case badSimulation(parameter: String, found: String, expected: String)
}

extension RecordError: CustomStringConvertible {
  /// Fit to print, whatever the file holds.
  public var description: String {
    // A line for each layout; what comes from outside is made fit to print beforehand.
    if case .unknownLayout = self { return text }
    return printable(text, atMost: 1000)
  }

  private var text: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file): \(reason)"
    case .badHeader(let file, let line, let field, let found, let expected):
      "\(file), line \(line): the \(field) is \(quoted(found)), expected \(expected)"
    case .badField(let file, let byte, let field, let found, let expected):
      "\(file), byte \(byte): the \(field) is \(quoted(found)), expected \(expected)"
    case .unknownFormat(let file, let known):
      "\(file): of no known format; known are \(known.joined(separator: ", "))"
    case .noSamplingRate(let file, let given):
      "\(file): does not say its sampling rate: give it (--rate, or a manifest's column rate), from 1 to 1,000,000 Hz"
        + (given.map { ", not \($0)" } ?? "")
    case .badAnnotations(let file, let byte, let what):
      "\(file), byte \(grouped(byte)): \(what)"
    case .unwritable(let file, let reason):
      "\(file): \(reason)"
    case .unsupported(let file, let what):
      "\(file): \(what)"
    case .truncated(let file, let bytes, let promised):
      "\(file): \(grouped(bytes)) bytes, the header promises \(grouped(promised)); fetch the file again"
    case .tooFewSamples(let file, let found, let promised):
      "\(file): \(grouped(found)) samples per signal, the header promises \(grouped(promised)); fetch the file again"
    case .tooLarge(let file, let samples, let bytes):
      "\(file): \(grouped(samples)) samples from \(grouped(bytes)) bytes are too many to hold in memory;"
        + " choose a lead, or read it piece by piece"
    case .wrongInitialValue(let file, let signal, let found, let promised):
      "\(file), signal \(quoted(signal)): the first sample is \(found), the header says \(promised);"
        + " header and signal file may come from different recordings, fetch both again"
    case .wrongChecksum(let file, let signal, let found, let promised):
      "\(file), signal \(quoted(signal)): the samples add up to checksum \(found), the header says \(promised);"
        + " the file is damaged, fetch it again"
    case .noSuchLead(let file, let choice, let available):
      "\(file): there is no lead \(choice); it has "
        + available.prefix(32).enumerated().map { "\($0.offset) \(quoted($0.element))" }.joined(separator: ", ")
    case .notAVoltage(let file, let signal, let unit):
      "\(file), signal \(quoted(signal)): its unit is \(quoted(unit)), not one of V, mV, uV, nV; choose another lead"
    case .differentRates(let file):
      "\(file): its leads have different sampling rates; choose one of them"
    case .empty(let file):
      "\(file): no samples"
    case .badText(let file, let line, let found, let expected):
      "\(file), line \(line): found \(quoted(found)), expected \(expected)"
    case .badManifest(let file, let line, let column, let found, let expected):
      "\(file), line \(line): the column \(quoted(column)) is \(quoted(found)), expected \(expected)"
    case .missingColumns(let file, let purpose, let missing, let found):
      "\(file): \(purpose) needs the columns \(list(missing)); the heading (line 1) has "
        + (found.isEmpty ? "none" : list(found))
    case .unknownLayout(let place, let folders, let known):
      "\(printable(place)): no recordings in a layout that is known"
        + (folders.isEmpty ? "" : "; it has the folders \(list(folders)), of which you may name one")
        + ". The layouts, which you may also choose:" + known.map { "\n  \($0)" }.joined()
    case .noRecordings(let place, let expected):
      "\(place): no recordings, expected \(expected)"
    case .badSimulation(let parameter, let found, let expected):
      "simulator: the \(parameter) is \(found), expected \(expected)"
    }
  }
}

/// A file's name with its folder, which often is the person: "Person_07/rec_2.dat". A header may name any file, so
/// the name is made fit to print.
func shortName(_ path: String) -> String {
  printable(path.split(separator: "/").suffix(2).joined(separator: "/"))
}

/// The first of them, quoted.
private func list(_ texts: [String]) -> String {
  texts.prefix(16).map(quoted).joined(separator: ", ") + (texts.count > 16 ? " and \(texts.count - 16) more" : "")
}

/// Text from a file, made fit to print: no control characters, never long.
private func quoted(_ text: String) -> String { "\"\(printable(text, atMost: 40))\"" }

private func printable(_ text: String, atMost count: Int = 200) -> String {
  let visible = text.unicodeScalars.prefix(count).map { $0.value < 32 || $0.value == 127 ? "?" : Character($0) }
  return String(visible) + (text.unicodeScalars.count > count ? "…" : "")
}

/// 40000 as "40,000".
private func grouped(_ number: Int) -> String {
  var digits = Array(String(number.magnitude))
  var position = digits.count - 3
  while position > 0 {
    digits.insert(",", at: position)
    position -= 3
  }
  return (number < 0 ? "-" : "") + String(digits)
}
