import Foundation

/// A file that appears under its name only when it is complete: written in the same folder under a temporary name,
/// flushed to the disk and renamed. Whatever goes wrong, an older file of that name stays as it was; without `finish`
/// the temporary file goes away. Two processes must not write the same file at once (`withLockedFolder`).
public final class AtomicFile {
  private let path: String
  private let folder: String
  private let temporary: String
  private var descriptor: Int32
  private let isPrivate: Bool

  /// Throws when the folder is missing or not ours to write to, or when `url` is something other than a file.
  ///
  /// - Parameter isPrivate: for its owner alone; and what it replaces is overwritten with zeros, unless that file has
  ///   another name, too. File systems and disks that write elsewhere than they are told keep old bytes all the same.
  public init(_ url: URL, isPrivate: Bool = false) throws(FileError) {
    self.isPrivate = isPrivate
    path = url.path
    folder = url.deletingLastPathComponent().path
    // Always the same name, so that what a killed program leaves behind is overwritten by the next.
    temporary = "\(folder)/.\(url.lastPathComponent).part"
    descriptor = -1
    var information = stat()
    if stat(path, &information) == 0, information.st_mode & S_IFMT != S_IFREG {
      throw FileError(path: path, action: "write", reason: "it exists and is not a file")
    }
    // What somebody else may have opened already is no place for secrets.
    if isPrivate { unlink(temporary) }
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, isPrivate ? 0o600 : 0o666)
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
    let old = isPrivate ? open(path, O_WRONLY | O_CLOEXEC) : -1
    defer { if old >= 0 { close(old) } }
    guard closed == 0, rename(temporary, path) == 0 else {
      let error = systemError("replace")
      unlink(temporary)
      throw error
    }
    if old >= 0 { overwrite(old) }
    // The new name, too, must outlive a power failure. Some file systems cannot flush a folder: the file is there then.
    let folderDescriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folderDescriptor >= 0 {
      _ = fsync(folderDescriptor)
      close(folderDescriptor)
    }
  }

  private func overwrite(_ descriptor: Int32) {
    var information = stat()
    guard fstat(descriptor, &information) == 0, information.st_nlink == 0 else { return }
    let zeros = [UInt8](repeating: 0, count: 1 << 16)
    var offset = 0
    while offset < Int(information.st_size) {
      let written = pwrite(descriptor, zeros, min(zeros.count, Int(information.st_size) - offset), off_t(offset))
      guard written > 0 else { return }
      offset += written
    }
    _ = fsync(descriptor)
  }

  private func systemError(_ action: String) -> FileError {
    FileError(path: path, action: action, reason: String(cString: strerror(errno)))
  }
}
