import CECGKernels
import Foundation

/// A file's bytes, mapped read-only for as long as this object lives. They begin at a page, so that what the file
/// aligns is aligned in memory.
public final class MappedFile {
  public let content: UnsafeRawBufferPointer

  /// Throws `ExportError.system` when the file cannot be opened or mapped, or is empty.
  public init(_ url: URL) throws(ExportError) {
    var size = 0
    errno = 0
    guard let start = ecg_map_file(url.path, &size) else {
      let reason = errno == 0 ? "it is empty, or no file" : String(cString: strerror(errno))
      throw .system(path: url.path, action: "read", reason: reason)
    }
    content = UnsafeRawBufferPointer(start: start, count: size)
  }

  deinit { ecg_give_memory_back(UnsafeMutableRawPointer(mutating: content.baseAddress), content.count) }
}
