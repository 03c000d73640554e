/// Format 80: one byte a sample, offset binary: 128 means 0.
enum Format80: PackedFormat {
  static let number = 80
  static let bitCount = 8
  static let bytesPerCell = 1

  @inline(__always)
  static func sample(_ bytes: UnsafeRawPointer, at index: Int) -> Int32 {
    Int32(bytes.load(fromByteOffset: index, as: UInt8.self)) &- 128
  }
}
