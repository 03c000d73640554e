import Foundation

/// A file's bytes, mapped into memory for as long as this object lives.
public final class MappedFile {
  private let data: NSData

  /// Throws `ExportError.system` when the file cannot be opened or mapped.
  public init(_ url: URL) throws(ExportError) {
    do {
      data = try NSData(contentsOf: url, options: .alwaysMapped)
    } catch {
      throw .system(path: url.path, action: "read", reason: error.localizedDescription)
    }
  }

  public var content: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: data.bytes, count: data.length) }
}
