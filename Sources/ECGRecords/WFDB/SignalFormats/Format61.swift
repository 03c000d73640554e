/// Format 61: two bytes a sample, two's complement, the high byte first.
enum Format61: PackedFormat {
  static let number = 61
  static let bitCount = 16
  static let bytesPerCell = 2

  @inline(__always)
  static func sample(_ bytes: UnsafeRawPointer, at index: Int) -> Int32 {
    Int32(Int16(bigEndian: bytes.loadUnaligned(fromByteOffset: index &* 2, as: Int16.self)))
  }
}
