import Foundation

/// A folder that is gone when this object is.
final class ScratchFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "ecgid-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    } catch {
      throw WorkflowError.output(file: url.path, reason: error.localizedDescription)
    }
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}
