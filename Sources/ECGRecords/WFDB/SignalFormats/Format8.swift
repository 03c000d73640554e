/// Format 8: first differences of a signal in one byte, two's complement. No value means a missing sample.
enum Format8: PackedFormat {
  static let number = 8
  /// Of the sums, which are the samples.
  static let bitCount = 32
  static let missing: Int32? = nil
  static let isDifference = true
  static let bytesPerCell = 1

  @inline(__always)
  static func sample(_ bytes: UnsafeRawPointer, at index: Int) -> Int32 {
    Int32(bytes.load(fromByteOffset: index, as: Int8.self))
  }
}
