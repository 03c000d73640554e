/// Format 212: two samples of 12 bits, two's complement, in three bytes: the low byte of the first sample, the high
/// halves of both (the first sample's in the low nibble), the low byte of the second. An odd last sample takes two bytes.
struct Format212: IndexedSignalFormat {
  static let number = 212
  static let missing: Int32? = -2048

  let bytes: UnsafeRawBufferPointer
  let place: SignalPlace
  var decoded = 0

  init(bytes: UnsafeRawBufferPointer, place: SignalPlace) {
    self.bytes = bytes
    self.place = place
  }

  static func byteCount(samples: Int) -> Int? {
    let (pairs, overflow) = (samples / 2).multipliedReportingOverflow(by: 3)
    let (bytes, overflowAtEnd) = pairs.addingReportingOverflow(samples % 2 * 2)
    return overflow || overflowAtEnd ? nil : bytes
  }

  static func sampleCount(bytes: Int) -> Int { bytes / 3 * 2 + (bytes % 3 == 2 ? 1 : 0) }

  @inline(__always)
  static func sample(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int32 {
    let pair = (index >> 1) &* 3
    let high = UInt16(bytes[pair &+ 1])
    // The sample in the upper 12 of 16 bits; the shift down then brings its sign along.
    let value =
      index & 1 == 0
      ? (high << 12) | (UInt16(bytes[pair]) << 4)
      : ((high & 0xF0) << 8) | (UInt16(bytes[pair &+ 2]) << 4)
    return Int32(Int16(bitPattern: value) >> 4)
  }

  mutating func decode(into samples: UnsafeMutableBufferPointer<Int32>) { decodeIndexed(into: samples) }
}
