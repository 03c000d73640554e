/// Format 24: three bytes a sample, two's complement, the lowest byte first.
enum Format24: PackedFormat {
  static let number = 24
  static let bitCount = 24
  static let bytesPerCell = 3

  @inline(__always)
  static func sample(_ bytes: UnsafeRawPointer, at index: Int) -> Int32 {
    let low = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: index &* 3, as: UInt16.self))
    let high = bytes.load(fromByteOffset: index &* 3 &+ 2, as: Int8.self)
    return Int32(high) << 16 | Int32(low)
  }
}
