import Foundation

/// An array saved by NumPy (`.npy`, versions 1 to 3): one lead, or several along the shorter axis, in millivolts.
///
/// Real numbers of every size and both byte orders are read. Archives (`.npz`) and pickled objects are refused.
enum NumPyFormat: RecordingFormat {
  static let name = "NumPy"

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  static func recognises(_ head: FileHead) -> Bool { head.bytes.starts(with: magic) || isArchive(head) }

  /// A ZIP archive by its content; what is in it only the name says.
  private static func isArchive(_ head: FileHead) -> Bool {
    head.fileExtension == "npz" && head.bytes.starts(with: Array("PK".utf8))
  }

  static func open(_ url: URL, samplingRate: Double?) throws(RecordError) -> any RecordingFile {
    let file = shortName(url.path)
    guard !isArchive(try FileHead(url)) else {
      throw .unsupported(file: file, what: "an archive of arrays; unpack it (unzip) and read one of its .npy files")
    }
    let reader = try FileReader(url.path)
    let (offset, text) = try headerText(reader)
    let header = try NumPyHeader(text, offset: offset, file: file)
    // Axes of length 1 beyond the first two carry nothing.
    let shape = header.shape.count > 2 ? header.shape.filter { $0 != 1 } : header.shape
    guard (1...2).contains(shape.count) else {
      throw .unsupported(
        file: file, what: "an array of \(header.shape.count) axes; one axis, or samples and leads, can be read")
    }
    return try MatrixRecording(
      reader, rows: shape[0], columns: shape.count == 2 ? shape[1] : 1,
      columnMajor: header.isColumnMajor, type: header.type, bigEndian: header.isBigEndian, offset: offset + text.count,
      samplingRate: requiredSamplingRate(samplingRate, file: file))
  }

  /// The header, a Python dictionary as text, and where it begins (bytes).
  private static func headerText(_ file: FileReader) throws(RecordError) -> (offset: Int, text: [UInt8]) {
    func bytes(_ offset: Int, _ count: Int) throws(RecordError) -> [UInt8] {
      guard file.byteCount >= offset + count else {
        throw .truncated(file: file.name, bytes: file.byteCount, promised: offset + count)
      }
      return try file.bytes(at: offset, count: count)
    }
    let major = try bytes(6, 2)[0]
    guard (1...3).contains(major) else {
      throw .badField(file: file.name, byte: 6, field: "version", found: "\(major)", expected: "1, 2 or 3")
    }
    let offset = major == 1 ? 10 : 12
    let length = try bytes(8, offset - 8).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= 1 << 20 else {
      throw .badField(
        file: file.name, byte: 8, field: "header's length", found: "\(length)", expected: "at most 1,048,576")
    }
    return (offset, try bytes(offset, length))
  }
}
