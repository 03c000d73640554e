import CECGKernels
import Foundation

/// A file's bytes, mapped read-only for as long as this object lives. They begin at a page, so that what the file
/// aligns is aligned in memory.
public final class MappedFile {
  public let content: UnsafeRawBufferPointer

  /// Throws `ExportError.system` when the file cannot be opened or mapped. An empty file has empty content.
  public init(_ url: URL) throws(ExportError) {
    var size = 0
    errno = 0
    if let start = ecg_map_file(url.path, &size) {
      content = UnsafeRawBufferPointer(start: start, count: size)
      return
    }
    let reason = errno == 0 ? "it is not a file" : String(cString: strerror(errno))
    var information = stat()
    guard stat(url.path, &information) == 0, information.st_mode & S_IFMT == S_IFREG, information.st_size == 0 else {
      throw .system(path: url.path, action: "read", reason: reason)
    }
    content = UnsafeRawBufferPointer(start: nil, count: 0)
  }

  deinit { ecg_give_memory_back(UnsafeMutableRawPointer(mutating: content.baseAddress), content.count) }
}
