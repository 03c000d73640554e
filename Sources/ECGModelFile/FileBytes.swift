import ECGCore

/// The bytes of a file, read without ever leaving them: every read checks its place, and one outside is `malformed`.
struct FileBytes {
  let start: UnsafeRawPointer
  let count: Int

  /// Whether `size` bytes lie at `offset`.
  func contains(_ offset: Int, _ size: Int) -> Bool {
    offset >= 0 && size >= 0 && offset <= count && size <= count &- offset
  }

  func require(_ offset: Int, _ size: Int) throws(Status) {
    guard contains(offset, size) else { throw .malformed }
  }

  func byte(_ offset: Int) throws(Status) -> Int {
    try require(offset, 1)
    return Int(start.load(fromByteOffset: offset, as: UInt8.self))
  }

  func uint16(_ offset: Int) throws(Status) -> Int {
    try require(offset, 2)
    return Int(UInt16(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
  }

  func uint32(_ offset: Int) throws(Status) -> UInt32 {
    try require(offset, 4)
    return UInt32(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// A 4-byte size; one that an `Int` does not hold (of 32 bits on small devices) is `malformed`.
  func int32(_ offset: Int) throws(Status) -> Int {
    guard let size = Int(exactly: try uint32(offset)) else { throw .malformed }
    return size
  }

  /// An 8-byte address, offset or size; one that no file can have (its top bit set) is `malformed`.
  func size(_ offset: Int) throws(Status) -> Int {
    try require(offset, 8)
    let value = UInt64(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    guard let size = Int(exactly: value) else { throw .malformed }
    return size
  }

  /// HDF5's "undefined address": all bits set.
  func isUndefined(_ offset: Int) throws(Status) -> Bool {
    try require(offset, 8)
    return start.loadUnaligned(fromByteOffset: offset, as: UInt64.self) == .max
  }

  /// Whether the four bytes at `offset` are `signature`, read as a big-endian number ("TREE" is 0x54524545).
  func hasSignature(_ signature: UInt32, at offset: Int) throws(Status) -> Bool {
    try uint32(offset).byteSwapped == signature
  }

  subscript(offset: Int, size: Int) -> UnsafeRawBufferPointer {
    get throws(Status) {
      try require(offset, size)
      return UnsafeRawBufferPointer(start: start + offset, count: size)
    }
  }
}
