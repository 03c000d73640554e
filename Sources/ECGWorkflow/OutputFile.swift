import ECGFiles
import Foundation

/// Throws when no file can be written at `url`: asked before long work, not after it. Nothing of the place changes.
public func requireWritable(_ url: URL) throws {
  do throws(FileError) {
    _ = try AtomicFile(url)
  } catch {
    throw WorkflowError.output(file: error.path, reason: error.reason)
  }
}

/// Writes a whole file or nothing.
public func writeWhole(_ data: Data, to url: URL) throws {
  try data.bytes.withUnsafeBytes { try writeWhole($0, to: url) }
}

/// The same. A private file is for its owner alone, and the one that it replaces is overwritten.
func writeWhole(_ bytes: UnsafeRawBufferPointer, to url: URL, isPrivate: Bool = false) throws {
  do throws(FileError) {
    let file = try AtomicFile(url, isPrivate: isPrivate)
    try file.write(bytes)
    try file.finish()
  } catch {
    throw WorkflowError.output(file: error.path, reason: error.reason)
  }
}
