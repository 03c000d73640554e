/// Format 310: three samples of 10 bits, two's complement, in two pairs of bytes, the low byte first. Bits 1 to 10 of the
/// pairs are the first and the second sample, the upper five bits of the first and the second pair the lower and the
/// upper five of the third sample. One sample at the end takes two bytes, two take four.
enum Format310: PackedFormat {
  static let number = 310
  static let bitCount = 10
  static let samplesPerCell = 3
  static let bytesPerCell = 4

  static func byteCount(partialCell samples: Int) -> Int { samples * 2 }

  @inline(__always)
  static func sample(_ bytes: UnsafeRawPointer, at index: Int) -> Int32 {
    let (cell, position) = index.quotientAndRemainder(dividingBy: 3)
    func pair(_ number: Int) -> UInt16 {
      UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: cell &* 4 &+ number &* 2, as: UInt16.self))
    }
    let value =
      switch position {
      case 0: pair(0) >> 1
      case 1: pair(1) >> 1
      default: ((pair(1) >> 11) << 5) | (pair(0) >> 11)
      }
    return signed10(value)
  }
}

/// The lower 10 bits as a number in two's complement.
@inline(__always)
func signed10(_ value: UInt16) -> Int32 { Int32(Int16(bitPattern: value << 6) >> 6) }
