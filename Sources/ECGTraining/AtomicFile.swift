import Foundation

/// A file that appears under its name only when it is complete: written beside it under a temporary name, flushed to
/// the disk and renamed. Without `finish` the temporary file goes away.
final class AtomicFile {
  private let path: String
  private let temporary: String
  private var descriptor: Int32

  init(_ file: URL) throws(TrainingError) {
    path = file.path
    // Always the same name, so that what an interrupted program leaves behind is overwritten by the next.
    temporary = "\(path).part"
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .file(path: temporary, reason: AtomicFile.lastError) }
  }

  private static var lastError: String { String(cString: strerror(errno)) }

  func write(_ bytes: RawSpan) throws(TrainingError) {
    var failure: String?
    bytes.withUnsafeBytes { bytes in
      var offset = 0
      while offset < bytes.count {
        let written = Foundation.write(descriptor, bytes.baseAddress! + offset, min(bytes.count - offset, 1 << 26))
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else {
          failure = AtomicFile.lastError
          return
        }
        offset += written
      }
    }
    if let failure { throw .file(path: path, reason: "cannot be written: \(failure)") }
  }

  func finish() throws(TrainingError) {
    guard fsync(descriptor) == 0 else { throw .file(path: path, reason: "cannot be written: \(AtomicFile.lastError)") }
    let closed = close(descriptor)
    descriptor = -1
    guard closed == 0, rename(temporary, path) == 0 else {
      let reason = AtomicFile.lastError
      unlink(temporary)
      throw .file(path: path, reason: "cannot be written: \(reason)")
    }
  }

  deinit {
    if descriptor >= 0 {
      close(descriptor)
      unlink(temporary)
    }
  }
}
