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
