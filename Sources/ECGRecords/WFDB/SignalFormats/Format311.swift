/// Format 311: three samples of 10 bits, two's complement, in a number of 32 bits, the lowest byte first: the first in
/// its lowest bits, the two highest bits unused. One sample at the end takes at least two bytes, two take three.
enum Format311: PackedFormat {
  static let number = 311
  static let bitCount = 10
  static let samplesPerCell = 3
  static let bytesPerCell = 4

  static func byteCount(partialCell samples: Int) -> Int { samples + 1 }

  @inline(__always)
  static func sample(_ bytes: UnsafeRawPointer, at index: Int) -> Int32 {
    let (cell, position) = index.quotientAndRemainder(dividingBy: 3)
    // Sample k begins at bit 10·k, that is, at bit 2·k of byte k.
    let pair = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: cell &* 4 &+ position, as: UInt16.self))
    return signed10(pair >> UInt16(truncatingIfNeeded: position &* 2))
  }
}
