/// Format 212: two samples of 12 bits, two's complement, in three bytes: the low byte of the first sample, the high
/// halves of both (the first sample's in the low nibble), the low byte of the second. An odd last sample takes two bytes.
enum Format212: PackedFormat {
  static let number = 212
  static let bitCount = 12
  static let samplesPerCell = 2
  static let bytesPerCell = 3

  static func byteCount(partialCell samples: Int) -> Int { 2 }

  @inline(__always)
  static func sample(_ bytes: UnsafeRawPointer, at index: Int) -> Int32 {
    let pair = (index >> 1) &* 3
    return index & 1 == 0 ? first(bytes, pair) : second(bytes, pair)
  }

  @inline(__always)
  private static func first(_ bytes: UnsafeRawPointer, _ pair: Int) -> Int32 {
    let word = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: pair, as: UInt16.self))
    // Into the upper 12 of 16 bits, so that the shift down brings the sign along.
    return Int32(Int16(bitPattern: word << 4) >> 4)
  }

  @inline(__always)
  private static func second(_ bytes: UnsafeRawPointer, _ pair: Int) -> Int32 {
    let word = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: pair &+ 1, as: UInt16.self))
    let value = ((word & 0xF0) << 8) | ((word >> 8) << 4)
    return Int32(Int16(bitPattern: value) >> 4)
  }
}
