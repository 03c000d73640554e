import Foundation

/// Reads a signal kept as raw numbers: one lead in millivolts, little-endian IEEE 754 of 32 bits, nothing before them.
/// NaN is a missing sample.
///
/// - Throws: `RecordError.unsupported` when the length is not a multiple of four bytes or a value is infinite,
///   `.noSuchLead`, `.empty` or `.unreadable`.
public func readFloatSignal(
  _ url: URL, samplingRate: Double, lead: LeadChoice? = nil
) throws(RecordError) -> Recording {
  let path = url.path
  let data = try FileBytes(path)
  let file = shortName(path)
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
  let recording = Recording(samplingRate: samplingRate, leads: [Lead(name: "", samples: samples)])
  return try recording.choosing(lead, file: file)
}
