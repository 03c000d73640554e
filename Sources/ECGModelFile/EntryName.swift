/// The name of one group, dataset or attribute: bytes that lie in a literal or in the file, and a literal suffix, so
/// that "kernel" + ":0" needs no memory of its own.
public struct EntryName {
  private let start: UnsafePointer<UInt8>?
  private let count: Int
  private let suffix: UnsafePointer<UInt8>?
  private let suffixCount: Int

  /// A literal, and what follows it.
  public init(_ name: StaticString, suffix: StaticString = "") {
    (start, count) = EntryName.bytes(of: name)
    (self.suffix, suffixCount) = EntryName.bytes(of: suffix)
  }

  /// Zero-terminated bytes, which must outlive the name.
  public init(_ name: UnsafePointer<CChar>) {
    var length = 0
    while name[length] != 0 { length &+= 1 }
    start = UnsafeRawPointer(name).assumingMemoryBound(to: UInt8.self)
    count = length
    suffix = nil
    suffixCount = 0
  }

  private static func bytes(of literal: StaticString) -> (UnsafePointer<UInt8>?, Int) {
    literal.hasPointerRepresentation ? (literal.utf8Start, literal.utf8CodeUnitCount) : (nil, 0)
  }

  private func byte(_ index: Int) -> UInt8 {
    if index < count { return start![index] }
    return index &- count < suffixCount ? suffix![index &- count] : 0
  }

  /// Compares with the zero-terminated bytes at the beginning of `other`, in the order of HDF5's groups (`strcmp`):
  /// negative when this name comes first, 0 when they are equal. `nil` when `other` has no end.
  func compared(with other: UnsafeRawBufferPointer) -> Int? {
    for index in 0..<other.count {
      let mine = byte(index)
      let theirs = other[index]
      if mine != theirs { return Int(mine) &- Int(theirs) }
      if mine == 0 { return 0 }
    }
    return nil
  }
}
