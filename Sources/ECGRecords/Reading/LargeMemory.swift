import CECGKernels
import Foundation

/// Lets this process keep the memory that it frees, for programs that read one recording after the other: to get memory
/// from the system again and again can take longer than decoding what goes into it.
public func keepFreedMemory() { ecg_keep_freed_memory() }

extension [Float] {
  /// Reserves room for `count` samples more, in large pages where the system has them: it hands out and clears a page of
  /// 2 MiB far faster than 512 of 4 KiB.
  mutating func reserveLarge(_ count: Int) {
    reserveCapacity(self.count + count)
    #if canImport(Glibc)
      guard count * MemoryLayout<Float>.stride >= 1 << 21 else { return }
      withUnsafeMutableBufferPointer { buffer in
        guard let start = buffer.baseAddress else { return }
        let page = UInt(getpagesize())
        let first = UInt(bitPattern: start) / page * page
        let end = UInt(bitPattern: start + buffer.count + count) / page * page
        // Advice only: where it is not taken, nothing is lost.
        madvise(UnsafeMutableRawPointer(bitPattern: first), Int(end - first), MADV_HUGEPAGE)
      }
    #endif
  }
}
