import ECGCore

/// A block of memory that lives as long as this object, aligned as an `Arena` needs it.
final class AlignedMemory {
  let bytes: UnsafeMutableRawBufferPointer

  init(byteCount: Int) {
    bytes = .allocate(byteCount: max(byteCount, Arena.alignment), alignment: Arena.alignment)
  }

  deinit { bytes.deallocate() }

  func arena() -> Arena {
    do {
      return try Arena(bytes)
    } catch {
      preconditionFailure("this memory is aligned and not empty")
    }
  }
}
