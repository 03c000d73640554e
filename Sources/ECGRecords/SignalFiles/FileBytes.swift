import Foundation

/// A file's bytes: small files are read, large ones mapped into memory, whichever is faster.
final class FileBytes: Sendable {
  nonisolated(unsafe) private let bytes: UnsafeMutableRawBufferPointer
  private let isMapped: Bool

  /// Mapping costs more than copying below about this size (bytes).
  private static let mappedFrom = 1 << 18

  /// - Throws: `RecordError.unreadable` unless it is a regular file of at most `limit` bytes (a device may be endless).
  init(_ path: String, atMost limit: Int = .max) throws(RecordError) {
    func failure(_ reason: String) -> RecordError { .unreadable(file: shortName(path), reason: reason) }
    func systemFailure() -> RecordError { failure("cannot be read (\(String(cString: strerror(errno))))") }

    let (file, size) = try Self.open(path)
    defer { close(file) }
    guard size <= limit else { throw failure("\(size) bytes are too many for a file of this kind") }

    if size >= Self.mappedFrom {
      guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, file, 0), start != MAP_FAILED else {
        throw systemFailure()
      }
      bytes = .init(start: start, count: size)
      isMapped = true
    } else {
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
      var filled = 0
      while filled < size {
        let count = read(file, buffer.baseAddress! + filled, size - filled)
        if count < 0, errno == EINTR { continue }
        if count < 0 {
          let error = systemFailure()
          buffer.deallocate()
          throw error
        }
        if count == 0 { break }  // it was cut short while we read
        filled += count
      }
      bytes = .init(rebasing: buffer[..<filled])
      isMapped = false
    }
  }

  /// Opens a regular file; returns its descriptor and its size in bytes.
  static func open(_ path: String) throws(RecordError) -> (file: Int32, size: Int) {
    func failure() -> RecordError {
      .unreadable(file: shortName(path), reason: "cannot be read (\(String(cString: strerror(errno))))")
    }
    // Opening a pipe would wait for a writer, hence O_NONBLOCK; it changes nothing for regular files.
    let file = Foundation.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { throw failure() }
    var status = stat()
    guard fstat(file, &status) == 0 else {
      defer { close(file) }
      throw failure()
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(file)
      throw .unreadable(file: shortName(path), reason: "not a regular file")
    }
    return (file, Int(status.st_size))
  }

  /// The first bytes of a regular file, at most `byteCount`, and how many there are in all.
  static func head(_ path: String, byteCount: Int) throws(RecordError) -> (bytes: [UInt8], size: Int) {
    let (file, size) = try Self.open(path)
    defer { close(file) }
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: min(byteCount, size)) { buffer, count in
      while count < buffer.count {
        let filled = read(file, buffer.baseAddress! + count, buffer.count - count)
        if filled < 0, errno == EINTR { continue }
        failed = filled < 0
        if filled <= 0 { break }
        count += filled
      }
    }
    if failed { throw .unreadable(file: shortName(path), reason: "cannot be read") }
    return (bytes, size)
  }

  deinit {
    if isMapped { munmap(bytes.baseAddress!, bytes.count) } else { bytes.baseAddress?.deallocate() }
  }

  var count: Int { bytes.count }

  /// The bytes from `offset` on; valid during `body` only.
  func withBytes<Result, Failure: Error>(
    from offset: Int = 0, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeRawBufferPointer(rebasing: bytes[offset...]))
  }

  /// Decoded as UTF-8, with replacement characters where it is not.
  var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }
}
