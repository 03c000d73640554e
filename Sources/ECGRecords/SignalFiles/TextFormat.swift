import Foundation

/// A signal kept as text: one sample a line, one column a lead, separated by commas, semicolons, tabs or blanks.
///
/// - A heading names the columns and, perhaps, their units: "I", "I [uV]", "ECG_mV"; without a unit they are millivolts.
///   Columns called time (with a unit: `time_s`, `Time [ms]`) or sample are no leads.
/// - The sampling rate is the caller's, or follows from the time column, which must then run evenly, or is named in a line
///   before the numbers ("# fs: 500").
/// - An empty field, `nan` or `-` is a missing sample. Lines that start with `#` are comments. Where semicolons, tabs or
///   blanks separate the columns, numbers may have decimal commas.
enum TextFormat: RecordingFormat {
  static let name = "text"

  static func recognises(_ head: FileHead) -> Bool {
    if isUTF16(head) { return ["csv", "tsv", "txt"].contains(head.fileExtension) }
    guard head.isText else { return false }
    return ["csv", "tsv", "txt"].contains(head.fileExtension) || hasNumbers(head)
  }

  /// Whether the file's first lines lead to a row of numbers.
  static func hasNumbers(_ head: FileHead) -> Bool {
    guard head.isText, let file = try? FileReader(head.url.path) else { return false }
    return (try? TextLayout(FileWindow(file))) != nil
  }

  static func open(_ url: URL, samplingRate: Double?) throws(RecordError) -> any RecordingFile {
    let file = shortName(url.path)
    guard !isUTF16(try FileHead(url)) else {
      throw .unsupported(file: file, what: "text in UTF-16, as some spreadsheets save it; save it as CSV in UTF-8")
    }
    return try TextRecording(FileReader(url.path), samplingRate: samplingRate)
  }

  private static func isUTF16(_ head: FileHead) -> Bool {
    head.bytes.starts(with: [0xFF, 0xFE]) || head.bytes.starts(with: [0xFE, 0xFF])
  }
}
