import Foundation

/// A signal kept as raw numbers: one lead in millivolts, little-endian IEEE 754 of 32 bits, nothing before them. NaN is
/// a missing sample. Nothing in the content tells such a file, so its name has to: `.f32`, `.float32` or `.raw`.
///
/// Opening throws `RecordError.unsupported` when the length is not a multiple of four bytes, `.noSamplingRate`, `.empty`
/// or `.unreadable`; reading throws `.unsupported` when a value is infinite.
enum FloatFormat: RecordingFormat {
  static let name = "32-bit floats"

  static func recognises(_ head: FileHead) -> Bool { ["f32", "float32", "raw"].contains(head.fileExtension) }

  static func open(_ url: URL, samplingRate: Double?) throws(RecordError) -> any RecordingFile {
    let file = shortName(url.path)
    let rate = try requiredSamplingRate(samplingRate, file: file)
    let reader = try FileReader(url.path)
    guard reader.byteCount > 0 else { throw .empty(file: file) }
    guard reader.byteCount % 4 == 0 else {
      throw .unsupported(file: file, what: "\(reader.byteCount) bytes are not a whole number of 32-bit values")
    }
    return try MatrixRecording(
      reader, rows: reader.byteCount / 4, columns: 1, columnMajor: true, type: .float32, bigEndian: false,
      offset: 0, samplingRate: rate)
  }
}
