import Foundation

/// Golden values: files under `Tests/Vectors`, each made by the script beside it from an independent implementation.
///
/// Numbers are raw little-endian values (`.f64`, `.f32`, `.i32`), which NumPy writes with `tofile`.
public enum Vectors {
  public static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Vectors")

  public static func float64(_ name: String) throws -> [Double] { try load("\(name).f64") }
  public static func float32(_ name: String) throws -> [Float] { try load("\(name).f32") }
  public static func int32(_ name: String) throws -> [Int32] { try load("\(name).i32") }

  private static func load<T: BitwiseCopyable>(_ name: String) throws -> [T] {
    let data = try Data(contentsOf: folder.appending(path: name))
    precondition(data.count % MemoryLayout<T>.stride == 0, "\(name) has a part of a value")
    return data.withUnsafeBytes { bytes in
      (0..<bytes.count / MemoryLayout<T>.stride).map {
        bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.stride, as: T.self)
      }
    }
  }
}

/// The folder with real recordings, beside the repository; tests that need it are skipped when it is absent.
public enum RealData {
  public static let folder: URL =
    if let path = ProcessInfo.processInfo.environment["ECG_DATA"] {
      URL(filePath: path)
    } else {
      Vectors.folder.appending(path: "../../../shared/data").standardizedFileURL
    }

  public static func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.appending(path: name).path)
  }
}
