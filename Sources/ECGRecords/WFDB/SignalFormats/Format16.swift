import CECGKernels

/// Format 16: two bytes a sample, two's complement, the low byte first.
enum Format16: PackedFormat {
  static let number = 16
  static let bitCount = 16
  static let bytesPerCell = 2

  @inline(__always)
  static func sample(_ bytes: UnsafeRawPointer, at index: Int) -> Int32 {
    Int32(Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: index &* 2, as: Int16.self)))
  }

  static func decode(
    _ bytes: UnsafeRawPointer, every stride: Int, from first: Int, into samples: UnsafeMutableBufferPointer<Int32>
  ) {
    guard let output = samples.baseAddress else { return }
    ecg_unpack_16((bytes + first * 2).assumingMemoryBound(to: UInt8.self), stride, samples.count, output)
  }
}
