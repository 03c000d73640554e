import ECGCore
import ECGTestSupport
import Foundation
import Testing

@Suite struct SHA256Tests {
  private func digest(_ pieces: [[UInt8]]) -> String {
    var hash = SHA256()
    for piece in pieces { piece.withUnsafeBytes { hash.update($0) } }
    let digest = hash.finish()
    return (0..<32).map { String(format: "%02x", digest[$0]) }.joined()
  }

  /// FIPS 180-4's examples, from NIST's "Cryptographic Standards and Guidelines: SHA256".
  @Test(arguments: [
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ]) func standardExamples(text: String, expected: String) {
    #expect(digest([Array(text.utf8)]) == expected)
  }

  @Test func aMillionTimesA() {
    #expect(
      digest([[UInt8](repeating: 0x61, count: 1_000_000)])
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  /// Around the boundaries of blocks and padding, in one piece and in two; the digests are hashlib's
  /// (`Tests/Vectors/modelfile.py`).
  @Test func lengthsAroundBlocksInAnyPieces() throws {
    let table = try Vectors.int32("modelfile-sha256")
    for row in stride(from: 0, to: table.count, by: 9) {
      let length = Int(table[row])
      let bytes = (0..<length).map { UInt8($0 % 251) }
      let expected = table[row + 1..<row + 9].map { String(format: "%08x", UInt32(bitPattern: $0)) }.joined()
      for cut in Set([0, 1, 31, 63, 64, 65, length / 2, length]) where cut <= length {
        #expect(digest([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected, "\(length) bytes, cut at \(cut)")
      }
    }
  }

  /// Long pieces take the processor's own instructions where it has them, short ones never do.
  @Test func longPiecesAreHashedAsShortOnes() {
    var generator = SeededGenerator(seed: 9)
    let bytes = (0..<200_000).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    let short = stride(from: 0, to: bytes.count, by: 1000).map { Array(bytes[$0..<$0 + 1000]) }
    #expect(digest([bytes]) == digest(short))
    #expect(digest([Array(bytes[..<7]), Array(bytes[7...])]) == digest(short))
  }
}
