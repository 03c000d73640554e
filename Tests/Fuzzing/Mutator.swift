import ECGCore
import Foundation

/// Changes bytes at random, the same way for the same seed.
public struct Mutator {
  private var random: SeededGenerator

  /// What headers trip over: borders of number types, numbers that are none, names that lead elsewhere.
  private static let words = [
    "0", "1", "-1", "2", "255", "256", "32767", "-32768", "65536", "2147483647", "-2147483648", "4294967296",
    "1000000000000", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "1e308", "1e-308", "nan",
    "inf", "0x10", "~", "../x", "/", "", " ", "\t", "\n", "\r\n", "#", ",", ";", ":", "(", ")", "+", "x", "\u{0}",
    "8", "16", "24", "32", "61", "80", "160", "212", "310", "311", "508", "516", "524",
  ].map { Array($0.utf8) }

  public init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  private mutating func below(_ count: Int) -> Int { Int(random.next() % UInt64(max(1, count))) }

  /// One to eight changes: bits, bytes, pieces left out, doubled, moved, cut off, and words from the list.
  public mutating func mutate(_ original: [UInt8]) -> [UInt8] {
    var bytes = original
    for _ in 0...below(8) {
      guard !bytes.isEmpty else { break }
      // Headers come first and matter most: half of the changes are made there.
      let position = random.next() & 1 == 0 ? below(min(256, bytes.count)) : below(bytes.count)
      let length = min(bytes.count - position, 1 << below(6))
      switch below(9) {
      case 0: bytes[position] ^= 1 << UInt8(below(8))
      case 1: bytes[position] = UInt8(below(256))
      case 2: bytes.removeSubrange(position..<position + length)
      case 3: bytes.insert(contentsOf: bytes[position..<position + length], at: below(bytes.count))
      case 4: bytes.removeSubrange(position...)
      case 5: bytes.insert(contentsOf: Self.words[below(Self.words.count)], at: position)
      case 6:
        // A number replaced by another.
        let isDigit = { (byte: UInt8) in (48...57).contains(byte) }
        guard let start = bytes[position...].firstIndex(where: isDigit) else { continue }
        let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.endIndex
        bytes.replaceSubrange(start..<end, with: Self.words[below(Self.words.count)])
      case 7: for k in position..<position + length { bytes[k] = 0 }
      default: for k in position..<position + length { bytes[k] = 0xFF }
      }
    }
    return bytes
  }
}
