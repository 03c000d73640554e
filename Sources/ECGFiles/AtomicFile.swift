import Foundation

/// A file that appears under its name only when it is complete: written in the same folder under a temporary name,
/// flushed to the disk and renamed. Whatever goes wrong, an older file of that name stays as it was; without `finish`
/// the temporary file goes away.
public final class AtomicFile {
  private let path: String
  private let folder: String
  private let temporary: String
  private var descriptor: Int32

  /// Throws when the folder is missing or not ours to write to, or when `url` is something other than a file.
  public init(_ url: URL) throws(FileError) {
    path = url.path
    folder = url.deletingLastPathComponent().path
    // Always the same name, so that what a killed program leaves behind is overwritten by the next.
    temporary = "\(folder)/.\(url.lastPathComponent).part"
    descriptor = -1
    var information = stat()
    if stat(path, &information) == 0, information.st_mode & S_IFMT != S_IFREG {
      throw FileError(path: path, action: "write", reason: "it exists and is not a file")
    }
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw systemError("write") }
  }

  deinit {
    if descriptor >= 0 {
      close(descriptor)
      unlink(temporary)
    }
  }

  public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var offset = 0
    while offset < bytes.count {
      let written = Foundation.write(descriptor, bytes.baseAddress! + offset, min(bytes.count - offset, 1 << 26))
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw systemError("write") }
      offset += written
    }
  }

  /// Gives the file its name. Nothing can be written afterwards.
  public func finish() throws(FileError) {
    guard fsync(descriptor) == 0 else { throw systemError("write") }
    let closed = close(descriptor)
    descriptor = -1
    guard closed == 0, rename(temporary, path) == 0 else {
      let error = systemError("replace")
      unlink(temporary)
      throw error
    }
    // The new name, too, must outlive a power failure. Some file systems cannot flush a folder: the file is there then.
    let folderDescriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folderDescriptor >= 0 {
      _ = fsync(folderDescriptor)
      close(folderDescriptor)
    }
  }

  private func systemError(_ action: String) -> FileError {
    FileError(path: path, action: action, reason: String(cString: strerror(errno)))
  }
}
