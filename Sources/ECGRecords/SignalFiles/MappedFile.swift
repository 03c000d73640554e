import Foundation

/// Opens a file for reading without copying it into memory.
///
/// - Throws: `RecordError.unreadable` unless it is a regular file (opening a pipe could block, a device may be endless).
func mapFile(_ url: URL, atMost limit: Int = .max) throws(RecordError) -> Data {
  var status = stat()
  guard stat(url.path, &status) == 0 else {
    let reason = String(cString: strerror(errno))
    throw .unreadable(file: shortName(url), reason: "cannot be opened (\(reason))")
  }
  guard status.st_mode & S_IFMT == S_IFREG else {
    throw .unreadable(file: shortName(url), reason: "not a regular file")
  }
  guard status.st_size <= limit else {
    throw .unreadable(file: shortName(url), reason: "\(status.st_size) bytes are too many for a file of this kind")
  }
  if status.st_size == 0 { return Data() }
  do {
    return try Data(contentsOf: url, options: .alwaysMapped)
  } catch {
    throw .unreadable(file: shortName(url), reason: "cannot be read (check its permissions)")
  }
}
