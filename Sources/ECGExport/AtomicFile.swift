import Foundation

/// Writes a whole file or nothing: to a temporary name in the same folder, flushed to the disk, then renamed.
///
/// Whatever goes wrong, an older file of that name stays as it was, and no half-written file is left.
func writeAtomically(_ bytes: UnsafeRawBufferPointer, to url: URL) throws(ExportError) {
  let path = url.path
  let folder = url.deletingLastPathComponent().path
  let temporary = "\(folder)/.\(url.lastPathComponent).\(getpid())-\(UInt32.random(in: 0 ... .max)).tmp"

  var information = stat()
  if stat(path, &information) == 0, information.st_mode & S_IFMT != S_IFREG {
    throw .system(path: path, action: "write", reason: "it exists and is not a file")
  }

  let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
  guard descriptor >= 0 else { throw systemError(path, "write") }
  do throws(ExportError) {
    defer { close(descriptor) }
    try write(bytes, to: descriptor, path: path)
    guard fsync(descriptor) == 0 else { throw systemError(path, "write") }
  } catch {
    unlink(temporary)
    throw error
  }
  guard rename(temporary, path) == 0 else {
    let error = systemError(path, "replace")
    unlink(temporary)
    throw error
  }
  // The new name, too, must outlive a power failure. Some file systems cannot flush a folder: the file is written then.
  let folderDescriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  if folderDescriptor >= 0 {
    _ = fsync(folderDescriptor)
    close(folderDescriptor)
  }
}

private func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws(ExportError) {
  var written = 0
  while written < bytes.count {
    let count = Foundation.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
    if count > 0 {
      written += count
    } else if count == 0 || errno != EINTR {
      throw systemError(path, "write")
    }
  }
}

private func systemError(_ path: String, _ action: String) -> ExportError {
  .system(path: path, action: action, reason: String(cString: strerror(errno)))
}
