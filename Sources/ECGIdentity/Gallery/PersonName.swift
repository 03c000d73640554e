import ECGCore

/// What a gallery calls a person: 1 to 47 bytes of UTF-8 without control characters, chosen by the caller and compared
/// byte by byte. In memory and in saved galleries it fills 48 bytes, zeros behind it.
public struct PersonName: BitwiseCopyable, Sendable {
  /// Bytes that a name takes, its final zero included.
  public static var size: Int { 48 }

  private var words: InlineArray<6, UInt64> = [0, 0, 0, 0, 0, 0]

  /// A zero-terminated text. Throws `argument` when it is empty, too long or has control characters.
  public init(_ text: UnsafePointer<CChar>) throws(Status) {
    var length = 0
    while length < PersonName.size {
      let byte = UInt8(bitPattern: text[length])
      if byte == 0 { break }
      try append(byte, at: length)
      length &+= 1
    }
    guard length > 0, length < PersonName.size else { throw .argument }
  }

  /// The 48 bytes of a saved gallery. Throws `notAGallery` unless they are a name with zeros behind it.
  init(saved bytes: UnsafeRawBufferPointer) throws(Status) {
    guard bytes.count == PersonName.size, bytes[0] != 0, bytes[PersonName.size &- 1] == 0 else { throw .notAGallery }
    var hasEnded = false
    for index in 0..<PersonName.size {
      let byte = bytes[index]
      hasEnded = hasEnded || byte == 0
      if byte == 0 { continue }
      guard !hasEnded else { throw .notAGallery }
      do throws(Status) {
        try append(byte, at: index)
      } catch {
        throw .notAGallery
      }
    }
  }

  private mutating func append(_ byte: UInt8, at index: Int) throws(Status) {
    guard byte >= 0x20, byte != 0x7f, index < PersonName.size &- 1 else { throw .argument }
    words[index / 8] |= UInt64(byte) &<< UInt64(8 &* (index % 8))
  }

  /// The byte at `index`, below `size`.
  public subscript(index: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: words[index / 8] &>> UInt64(8 &* (index % 8)))
  }

  public static func == (a: PersonName, b: PersonName) -> Bool {
    for index in 0..<6 where a.words[index] != b.words[index] { return false }
    return true
  }
}
