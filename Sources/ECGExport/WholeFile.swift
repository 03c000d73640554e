import ECGFiles
import Foundation

/// Writes a whole file or nothing.
func writeWhole(_ bytes: UnsafeRawBufferPointer, to url: URL) throws(ExportError) {
  do throws(FileError) {
    let file = try AtomicFile(url)
    try file.write(bytes)
    try file.finish()
  } catch {
    throw .system(path: error.path, action: error.action, reason: error.reason)
  }
}
