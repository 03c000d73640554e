/// A piece of a file in memory that moves to where bytes are asked for. It belongs to one cursor.
final class FileWindow {
  let file: FileReader
  private let piece: UnsafeMutableRawBufferPointer
  /// Where the piece lies in the file.
  private var start = 0
  private var count = 0

  /// - Parameter size: bytes in memory, and so the most that can be asked for at once.
  init(_ file: FileReader, size: Int = 1 << 16) {
    self.file = file
    piece = .allocate(byteCount: min(size, max(file.byteCount, 1)), alignment: 16)
  }

  /// Bytes in memory at most.
  var size: Int { piece.count }

  deinit { piece.deallocate() }

  /// The bytes from `offset` on, as many as there are in memory, at least `least`. Valid until the next call.
  ///
  /// - Throws: `RecordError.unreadable` when the file ends before.
  func bytes(at offset: Int, least: Int) throws(RecordError) -> UnsafeRawBufferPointer {
    if offset < start || offset + least > start + count {
      count = 0
      count = try file.readSome(
        .init(rebasing: piece[..<min(piece.count, max(file.byteCount - offset, 0))]), at: offset)
      start = offset
      guard count >= least else {
        throw .unreadable(file: file.name, reason: "ends at byte \(offset + count), and was longer before")
      }
    }
    return UnsafeRawBufferPointer(rebasing: piece[(offset - start)..<count])
  }

  /// The bytes from `offset` on, as many as fit into memory; `isLast` when the file ends with them.
  func longest(at offset: Int) throws(RecordError) -> (bytes: UnsafeRawBufferPointer, isLast: Bool) {
    let wanted = min(piece.count, max(file.byteCount - offset, 0))
    let bytes = try bytes(at: offset, least: wanted)
    return (bytes, offset + bytes.count >= file.byteCount)
  }
}
