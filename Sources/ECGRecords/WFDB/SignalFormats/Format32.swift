/// Format 32: four bytes a sample, two's complement, the lowest byte first.
enum Format32: PackedFormat {
  static let number = 32
  static let bitCount = 32
  static let bytesPerCell = 4

  @inline(__always)
  static func sample(_ bytes: UnsafeRawPointer, at index: Int) -> Int32 {
    Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: index &* 4, as: Int32.self))
  }
}
