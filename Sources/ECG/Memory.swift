import CECGKernels
import ECGCore

/// What the convenient half of the C interface takes from the system: mapped files and zeroed memory, by the page.
enum Memory {
  /// Maps a file read-only. Throws `file` when it cannot be opened or is empty, or where there are no files.
  static func map(_ path: UnsafePointer<CChar>) throws(Status) -> UnsafeMutableRawBufferPointer {
    var size = 0
    guard let start = ecg_map_file(path, &size) else { throw .file }
    return UnsafeMutableRawBufferPointer(start: start, count: size)
  }

  /// Takes zeroed memory, aligned to pages. Throws `outOfMemory`.
  static func take(_ size: Int) throws(Status) -> UnsafeMutableRawBufferPointer {
    guard let start = ecg_take_memory(size) else { throw .outOfMemory }
    return UnsafeMutableRawBufferPointer(start: start, count: size)
  }

  static func giveBack(_ memory: UnsafeMutableRawBufferPointer) {
    ecg_give_memory_back(memory.baseAddress, memory.count)
  }
}
