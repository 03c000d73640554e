import ECGCore

#if canImport(Glibc)
  import Glibc
#endif

/// What the convenient half of the C interface takes from the system: mapped files and zeroed memory, by the page.
enum Memory {
  #if canImport(Glibc)
    /// Maps a file read-only. Throws `file` when it cannot be opened, `notAModel` when it is empty.
    static func map(_ path: UnsafePointer<CChar>) throws(Status) -> UnsafeMutableRawBufferPointer {
      let descriptor = open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw .file }
      defer { close(descriptor) }
      var information = stat()
      guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { throw .file }
      guard information.st_size > 0 else { throw .notAModel }
      let size = Int(information.st_size)
      let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
      guard let start, start != MAP_FAILED else { throw .file }
      return UnsafeMutableRawBufferPointer(start: start, count: size)
    }

    /// Takes zeroed memory, aligned to pages. Throws `outOfMemory`.
    static func take(_ size: Int) throws(Status) -> UnsafeMutableRawBufferPointer {
      let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      guard let start, start != MAP_FAILED else { throw .outOfMemory }
      return UnsafeMutableRawBufferPointer(start: start, count: size)
    }

    static func giveBack(_ memory: UnsafeMutableRawBufferPointer) {
      if let start = memory.baseAddress { munmap(start, memory.count) }
    }
  #else
    static func map(_ path: UnsafePointer<CChar>) throws(Status) -> UnsafeMutableRawBufferPointer { throw .file }
    static func take(_ size: Int) throws(Status) -> UnsafeMutableRawBufferPointer { throw .outOfMemory }
    static func giveBack(_ memory: UnsafeMutableRawBufferPointer) {}
  #endif
}
