import Foundation

/// One file format: one type in a file of its own, listed in `recordingFormats`.
protocol RecordingFormat: SendableMetatype {
  /// For people: "WFDB", "EDF", "text".
  static var name: String { get }
  /// Whether a file is of this format, judged from its first bytes; its name decides only where the content cannot.
  static func recognises(_ head: FileHead) -> Bool
  /// - Parameter samplingRate: hertz; for formats that do not carry it.
  static func open(_ url: URL, samplingRate: Double?) throws(RecordError) -> any RecordingFile
  /// The same, for formats that can make use of what has been read already.
  static func open(_ head: FileHead, samplingRate: Double?) throws(RecordError) -> any RecordingFile
}

extension RecordingFormat {
  static func open(_ head: FileHead, samplingRate: Double?) throws(RecordError) -> any RecordingFile {
    try open(head.url, samplingRate: samplingRate)
  }
}

/// The formats that can be read. The first one that recognises a file opens it, so the strict ones come first.
let recordingFormats: [any RecordingFormat.Type] = [
  EDFFormat.self, NumPyFormat.self, MATLABFormat.self, WFDBFormat.self, FloatFormat.self, TextFormat.self,
]

/// What a file's format is judged from.
struct FileHead {
  let url: URL
  /// The first 4 KiB, or all of a shorter file.
  let bytes: [UInt8]
  /// Of the whole file.
  let byteCount: Int

  /// In lower case.
  let fileExtension: String

  init(url: URL, bytes: [UInt8], byteCount: Int) {
    self.url = url
    self.bytes = bytes
    self.byteCount = byteCount
    fileExtension = url.pathExtension.lowercased()
  }

  /// - Throws: `RecordError.unreadable` unless it is a regular file.
  init(_ url: URL) throws(RecordError) {
    let (bytes, count) = try FileBytes.head(url.path, byteCount: 4096)
    self.init(url: url, bytes: bytes, byteCount: count)
  }

  /// Whether these can be the first bytes of a text in UTF-8 or another extension of ASCII: no control characters but
  /// line ends and tabs.
  var isText: Bool { bytes.allSatisfy { $0 >= 32 || (9...13).contains($0) } }

  /// The lines within the first bytes without blanks around them; the last one may be cut off.
  var lines: [String] {
    bytes.split(whereSeparator: { $0 == 10 || $0 == 13 }).map {
      String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespaces)
    }
  }
}

/// The sampling rate of a file that does not carry one, in hertz.
///
/// - Throws: `RecordError.noSamplingRate` unless it lies between 1 and 1,000,000.
func requiredSamplingRate(_ rate: Double?, file: String) throws(RecordError) -> Double {
  guard let rate, rate >= 1, rate <= 1_000_000 else { throw .noSamplingRate(file: file, given: rate) }
  return rate
}
