import Foundation

/// The cases that fuzzing starts from, and those that once found a fault.
public enum Corpus {
  public static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus")

  /// Sorted by name.
  public static func cases() throws -> [(name: String, bytes: [UInt8])] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }.sorted().map {
      ($0, Array(try Data(contentsOf: folder.appending(path: $0))))
    }
  }
}
