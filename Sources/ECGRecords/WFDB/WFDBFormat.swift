import Foundation

/// WFDB records (header(5) and signal(5) of the WFDB Applications Guide): a header file and the signal files that it
/// names, or a header that joins such records one after the other.
///
/// Values become millivolts (signals in V, uV and nV are converted); samples that the format marks as missing become NaN.
/// A header without a number of samples is read up to the end of its shortest signal file. A header whose checksum is 0
/// was written without one (its initial values are often stale, too) and is not verified; nor is one that leaves the
/// number of samples open.
enum WFDBFormat: RecordingFormat {
  static let name = "WFDB"

  /// A header has a record line and then lines for signals or segments. A file called `.hea` is one in any case, so that
  /// what is wrong in it gets told.
  static func recognises(_ head: FileHead) -> Bool {
    if head.fileExtension == "hea" { return true }
    let lines = head.lines.filter { !$0.hasPrefix("#") }.prefix(2).map { $0.split(whereSeparator: \.isWhitespace) }
    guard head.isText, lines.count == 2, lines[0].count >= 2, lines[1].count >= 2 else { return false }
    return Double(lines[0][0]) == nil && Int(lines[0][1]) != nil && Int(lines[1][1].prefix { $0.isNumber }) != nil
  }

  static func open(_ url: URL, samplingRate: Double?) throws(RecordError) -> any RecordingFile {
    let path = url.path
    return try open(WFDBHeader(path: path), path)
  }

  static func open(_ head: FileHead, samplingRate: Double?) throws(RecordError) -> any RecordingFile {
    guard head.bytes.count == head.byteCount else { return try open(head.url, samplingRate: samplingRate) }
    let path = head.url.path
    return try open(WFDBHeader(text: String(decoding: head.bytes, as: UTF8.self), path: path), path)
  }

  private static func open(_ header: WFDBHeader, _ path: String) throws(RecordError) -> any RecordingFile {
    header.segments.isEmpty
      ? try WFDBRecord(header: header, path: path) : try WFDBMultiSegmentRecord(header: header, path: path)
  }
}
