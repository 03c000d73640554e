import Foundation

/// An open file that is read in pieces, wherever they lie. What the caller asks for is all that is in memory.
final class FileReader: Sendable {
  /// As errors name it.
  var name: String { shortName(path) }
  private let path: String
  let byteCount: Int
  private let file: Int32

  /// - Throws: `RecordError.unreadable` unless it is a regular file.
  init(_ path: String) throws(RecordError) {
    self.path = path
    (file, byteCount) = try FileBytes.open(path)
  }

  deinit { close(file) }

  /// Fills `buffer` from the file's byte `offset` on.
  ///
  /// - Throws: `RecordError.unreadable` when the file ends before, as one does that shrinks while it is read.
  func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(RecordError) {
    let count = try readSome(buffer, at: offset)
    guard count == buffer.count else {
      throw .unreadable(file: name, reason: "ends at byte \(offset + count), and was longer before")
    }
  }

  /// Fills `buffer` from the file's byte `offset` on, or up to the file's end; returns how many bytes were read.
  func readSome(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(RecordError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let count = pread(file, buffer.baseAddress! + filled, buffer.count - filled, off_t(offset + filled))
      if count < 0, errno == EINTR { continue }
      if count < 0 {
        throw .unreadable(file: name, reason: "cannot be read (\(String(cString: strerror(errno))))")
      }
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  /// Some bytes, a header say.
  ///
  /// - Throws: `RecordError.unreadable`.
  func bytes(at offset: Int, count: Int) throws(RecordError) -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
    defer { buffer.deallocate() }
    try read(buffer, at: offset)
    return Array(buffer)
  }
}
