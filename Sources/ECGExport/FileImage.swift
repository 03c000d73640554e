import ECGCore
import Foundation

/// A whole file in memory, aligned as the reader of the device line wants it.
final class FileImage {
  let bytes: UnsafeMutableRawBufferPointer

  init(size: Int) {
    bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: Arena.alignment)
  }

  deinit { bytes.deallocate() }

  var content: UnsafeRawBufferPointer { UnsafeRawBufferPointer(bytes) }
}
