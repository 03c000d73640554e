/// What the system said when a file could not be written.
public struct FileError: Error, Equatable {
  public let path: String
  /// "write" or "replace".
  public let action: String
  public let reason: String
}
