/// Format 16: two bytes a sample, two's complement, the low byte first.
struct Format16: IndexedSignalFormat {
  static let number = 16
  static let missing: Int32? = -32768

  let bytes: UnsafeRawBufferPointer
  let place: SignalPlace
  var decoded = 0

  init(bytes: UnsafeRawBufferPointer, place: SignalPlace) {
    self.bytes = bytes
    self.place = place
  }

  static func byteCount(samples: Int) -> Int? {
    let (bytes, overflow) = samples.multipliedReportingOverflow(by: 2)
    return overflow ? nil : bytes
  }

  static func sampleCount(bytes: Int) -> Int { bytes / 2 }

  @inline(__always)
  static func sample(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int32 {
    Int32(Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: index &* 2, as: Int16.self)))
  }

  mutating func decode(into samples: UnsafeMutableBufferPointer<Int32>) { decodeIndexed(into: samples) }
}
