import CECGKernels

/// The SHA-256 digest of bytes that come in pieces (FIPS 180-4).
///
///     var hash = SHA256()
///     hash.update(bytes)
///     let digest = hash.finish()
public struct SHA256 {
  public typealias Digest = InlineArray<32, UInt8>

  private var state: InlineArray<8, UInt32> = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  /// The bytes of a block that is not yet full.
  private var block = InlineArray<64, UInt8>(repeating: 0)
  private var blockCount = 0
  private var byteCount: UInt64 = 0

  public init() {}

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    byteCount &+= UInt64(bytes.count)
    var position = 0
    while blockCount > 0 && position < bytes.count {
      take(start.load(fromByteOffset: position, as: UInt8.self))
      position &+= 1
    }
    let whole = (bytes.count &- position) / 64
    if whole > 0 {
      var words = state.mutableSpan
      words.withUnsafeMutableBufferPointer {
        ecg_sha256_blocks($0.baseAddress, (start + position).assumingMemoryBound(to: UInt8.self), whole)
      }
      position &+= 64 &* whole
    }
    while position < bytes.count {
      take(start.load(fromByteOffset: position, as: UInt8.self))
      position &+= 1
    }
  }

  /// The digest of all bytes so far; the hash must not be used afterwards.
  public mutating func finish() -> Digest {
    let bitCount = byteCount &* 8
    take(0x80)
    while blockCount != 56 { take(0) }
    for index in 0..<8 { take(UInt8(truncatingIfNeeded: bitCount &>> UInt64(56 &- 8 &* index))) }
    var digest = Digest(repeating: 0)
    for index in 0..<32 {
      digest[index] = UInt8(truncatingIfNeeded: state[index / 4] &>> UInt32(24 &- 8 &* (index & 3)))
    }
    return digest
  }

  private mutating func take(_ byte: UInt8) {
    block[blockCount] = byte
    blockCount &+= 1
    guard blockCount == 64 else { return }
    blockCount = 0
    var words = state.mutableSpan
    let bytes = block.span
    words.withUnsafeMutableBufferPointer { words in
      bytes.withUnsafeBufferPointer { ecg_sha256_blocks(words.baseAddress, $0.baseAddress, 1) }
    }
  }
}
