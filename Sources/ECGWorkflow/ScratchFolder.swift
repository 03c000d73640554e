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

/// A place for a file of this name that is gone afterwards.
func withScratchFile(_ name: String, _ body: (URL) throws -> Void) throws {
  let folder = try ScratchFolder()
  defer { withExtendedLifetime(folder) {} }
  try body(folder.url.appending(path: name))
}
