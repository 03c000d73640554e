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
  do throws(FileError) {
    let file = try AtomicFile(url)
    try data.bytes.withUnsafeBytes { (bytes) throws(FileError) in try file.write(bytes) }
    try file.finish()
  } catch {
    throw WorkflowError.output(file: error.path, reason: error.reason)
  }
}

/// Writes a whole file or nothing, for its owner alone, and overwrites the one that it replaces.
func writePrivately(_ bytes: UnsafeRawBufferPointer, to url: URL) throws {
  do throws(FileError) {
    let file = try AtomicFile(url, isPrivate: true)
    try file.write(bytes)
    try file.finish()
  } catch {
    throw WorkflowError.output(file: error.path, reason: error.reason)
  }
}
