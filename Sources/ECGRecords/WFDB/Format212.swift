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
    return index & 1 == 0 ? first(bytes, pair) : second(bytes, pair)
  }

  @inline(__always)
  private static func first(_ bytes: UnsafeRawBufferPointer, _ pair: Int) -> Int32 {
    let word = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: pair, as: UInt16.self))
    // Into the upper 12 of 16 bits, so that the shift down brings the sign along.
    return Int32(Int16(bitPattern: word << 4) >> 4)
  }

  @inline(__always)
  private static func second(_ bytes: UnsafeRawBufferPointer, _ pair: Int) -> Int32 {
    let word = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: pair &+ 1, as: UInt16.self))
    let value = ((word & 0xF0) << 8) | ((word >> 8) << 4)
    return Int32(Int16(bitPattern: value) >> 4)
  }

  mutating func decode(into samples: UnsafeMutableBufferPointer<Int32>) {
    guard place.samplesPerFrame == 1, place.frameLength & 1 == 0 else { return decodeIndexed(into: samples) }
    // All samples of the signal lie in the same half of their pairs, as in the usual records of two signals.
    let step = (place.frameLength >> 1) &* 3
    var pair = (place.first >> 1) &* 3 &+ decoded &* step
    let bytes = bytes
    if place.first & 1 == 0 {
      for k in samples.indices {
        samples[k] = Self.first(bytes, pair)
        pair &+= step
      }
    } else {
      for k in samples.indices {
        samples[k] = Self.second(bytes, pair)
        pair &+= step
      }
    }
    decoded &+= samples.count
  }
}
