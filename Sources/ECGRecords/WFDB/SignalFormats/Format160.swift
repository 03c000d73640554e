/// Format 160: two bytes a sample, offset binary, the low byte first: 32,768 means 0.
enum Format160: PackedFormat {
  static let number = 160
  static let bitCount = 16
  static let bytesPerCell = 2

  @inline(__always)
  static func sample(_ bytes: UnsafeRawPointer, at index: Int) -> Int32 {
    Int32(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: index &* 2, as: UInt16.self))) &- 32768
  }
}
