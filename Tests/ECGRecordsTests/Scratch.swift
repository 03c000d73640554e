import Foundation

/// A folder for one test, removed with it.
final class Scratch: Sendable {
  let folder = FileManager.default.temporaryDirectory.appending(path: "ecg-records-\(UUID().uuidString)")

  init() {
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func url(_ name: String) -> URL { folder.appending(path: name) }

  /// As errors name the file.
  func name(_ name: String) -> String { "\(folder.lastPathComponent)/\(name)" }

  func write(_ name: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: url(name)) }
  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }
}
