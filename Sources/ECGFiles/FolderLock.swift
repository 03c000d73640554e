import Foundation

/// Runs `body` while no other process that asks the same way works in the folder of `url`: for files that are read, changed and
/// written anew. The lock goes with the process, and leaves nothing behind.
///
/// Throws when there is no such folder, or its file system knows no locks.
public func withLockedFolder<Result>(of url: URL, _ body: () throws -> Result) throws -> Result {
  let folder = url.deletingLastPathComponent().path
  func failure() -> FileError { FileError(path: folder, action: "lock", reason: String(cString: strerror(errno))) }
  let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { throw failure() }
  defer { close(descriptor) }
  while flock(descriptor, LOCK_EX) != 0 {
    guard errno == EINTR else { throw failure() }
  }
  return try body()
}
