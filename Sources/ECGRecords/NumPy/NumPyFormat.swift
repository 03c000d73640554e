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
    let bytes = try FileBytes(url.path)
    let (offset, text) = try headerText(bytes, file: file)
    let header = try NumPyHeader(text, offset: offset, file: file)
    // Axes of length 1 beyond the first two carry nothing.
    let shape = header.shape.count > 2 ? header.shape.filter { $0 != 1 } : header.shape
    guard (1...2).contains(shape.count) else {
      throw .unsupported(
        file: file, what: "an array of \(header.shape.count) axes; one axis, or samples and leads, can be read")
    }
    return try MatrixRecording(
      bytes, name: file, rows: shape[0], columns: shape.count == 2 ? shape[1] : 1,
      columnMajor: header.isColumnMajor, type: header.type, bigEndian: header.isBigEndian, offset: offset + text.count,
      samplingRate: requiredSamplingRate(samplingRate, file: file))
  }

  /// The header, a Python dictionary as text, and where it begins (bytes).
  private static func headerText(_ bytes: FileBytes, file: String) throws(RecordError) -> (offset: Int, text: [UInt8]) {
    func truncated(_ promised: Int) -> RecordError { .truncated(file: file, bytes: bytes.count, promised: promised) }
    guard bytes.count >= 10 else { throw truncated(10) }
    let (major, shortLength) = bytes.withBytes {
      ($0[6], Int(UInt16(littleEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt16.self))))
    }
    guard (1...3).contains(major) else {
      throw .badField(file: file, byte: 6, field: "version", found: "\(major)", expected: "1, 2 or 3")
    }
    let offset = major == 1 ? 10 : 12
    guard bytes.count >= offset else { throw truncated(offset) }
    let length =
      major == 1
      ? shortLength
      : bytes.withBytes { Int(UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt32.self))) }
    guard length <= 1 << 20 else {
      throw .badField(file: file, byte: 8, field: "header's length", found: "\(length)", expected: "at most 1,048,576")
    }
    guard bytes.count >= offset + length else { throw truncated(offset + length) }
    return (offset, bytes.withBytes { Array($0[offset..<offset + length]) })
  }
}
