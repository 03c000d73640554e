import CECGKernels

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
    let pair = bytes + (index >> 1) &* 3
    return index & 1 == 0 ? first(pair) : second(pair)
  }

  @inline(__always)
  private static func first(_ pair: UnsafeRawPointer) -> Int32 {
    let high = Int8(bitPattern: pair.load(fromByteOffset: 1, as: UInt8.self) << 4) >> 4
    return Int32(high) << 8 | Int32(pair.load(as: UInt8.self))
  }

  @inline(__always)
  private static func second(_ pair: UnsafeRawPointer) -> Int32 {
    let high = pair.load(fromByteOffset: 1, as: Int8.self) >> 4
    return Int32(high) << 8 | Int32(pair.load(fromByteOffset: 2, as: UInt8.self))
  }

  static func decode(
    _ bytes: UnsafeRawPointer, every stride: Int, from first: Int, into samples: UnsafeMutableBufferPointer<Int32>
  ) {
    guard stride == 2, let output = samples.baseAddress else {
      for k in samples.indices { samples[k] = sample(bytes, at: first &+ k &* stride) }
      return
    }
    // In the usual record of two leads one has all first samples of the pairs, the other all second ones.
    let pairs = (bytes + (first >> 1) * 3).assumingMemoryBound(to: UInt8.self)
    ecg_unpack_212(pairs, Int32(first & 1), samples.count, output)
  }
}
