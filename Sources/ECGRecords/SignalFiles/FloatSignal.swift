import Foundation

/// A signal kept as raw numbers: one lead in millivolts, little-endian IEEE 754 of 32 bits, nothing before them. NaN is
/// a missing sample. Nothing in the content tells such a file, so its name has to: `.f32`, `.float32` or `.raw`.
///
/// Opening throws `RecordError.unsupported` when the length is not a multiple of four bytes or a value is infinite,
/// `.noSamplingRate`, `.empty` or `.unreadable`.
enum FloatFormat: RecordingFormat {
  static let name = "32-bit floats"

  static func recognises(_ head: FileHead) -> Bool { ["f32", "float32", "raw"].contains(head.fileExtension) }

  static func open(_ url: URL, samplingRate: Double?) throws(RecordError) -> any RecordingFile {
    let path = url.path
    let file = shortName(path)
    let rate = try requiredSamplingRate(samplingRate, file: file)
    let data = try FileBytes(path)
    guard data.count > 0 else { throw .empty(file: file) }
    guard data.count % 4 == 0 else {
      throw .unsupported(file: file, what: "\(data.count) bytes are not a whole number of 32-bit values")
    }
    let samples = data.withBytes { bytes in
      (0..<bytes.count / 4).map {
        Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)))
      }
    }
    guard !samples.contains(where: \.isInfinite) else {
      throw .unsupported(file: file, what: "infinite values, so these are hardly 32-bit floats in millivolts")
    }
    return RecordingInMemory(Recording(samplingRate: rate, leads: [Lead(name: "", samples: samples)]), name: file)
  }
}
