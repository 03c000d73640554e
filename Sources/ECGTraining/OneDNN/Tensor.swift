import COneDNN
import Foundation

/// A block of memory aligned for vectors, touched once when it is made; large ones ask for huge pages.
final class Buffer {
  let start: UnsafeMutableRawPointer
  let byteCount: Int

  init(byteCount: Int) throws(TrainingError) {
    let hugePage = 1 << 21
    let isLarge = byteCount >= 2 * hugePage
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, isLarge ? hugePage : 64, max(byteCount, 64)) == 0, let memory else {
      throw .outOfMemory(bytes: byteCount)
    }
    #if os(Linux)
      if isLarge { madvise(memory, byteCount, Int32(MADV_HUGEPAGE)) }
    #endif
    memset(memory, 0, max(byteCount, 64))
    start = memory
    self.byteCount = byteCount
  }

  deinit { free(start) }
}

/// Values in a memory format of oneDNN's.
final class Tensor {
  let format: MemoryFormat
  let memory: dnnl_memory_t
  /// All values as they lie in memory, padding included.
  let floats: UnsafeMutableBufferPointer<Float>
  private let buffer: Buffer

  init(_ format: MemoryFormat, in buffer: Buffer, _ library: OneDNN) throws(TrainingError) {
    precondition(buffer.byteCount >= format.byteCount)
    self.format = format
    self.buffer = buffer
    memory = try library.memory(format, at: buffer.start)
    let count = format.byteCount / MemoryLayout<Float>.stride
    floats = UnsafeMutableBufferPointer(start: buffer.start.bindMemory(to: Float.self, capacity: count), count: count)
  }

  convenience init(_ format: MemoryFormat, _ library: OneDNN) throws(TrainingError) {
    try self.init(format, in: Buffer(byteCount: format.byteCount), library)
  }

  /// The same memory, read in another format.
  func viewed(as format: MemoryFormat, _ library: OneDNN) throws(TrainingError) -> Tensor {
    try Tensor(format, in: buffer, library)
  }

  func sharesMemory(with other: Tensor) -> Bool { buffer === other.buffer }

  deinit { dnnl_memory_destroy(memory) }
}
