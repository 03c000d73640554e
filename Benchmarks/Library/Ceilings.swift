import CCeilings
import ECGNetwork
import Foundation

/// What one core of this machine reads and multiplies at best, as small loops without anything else measure it.
struct Ceilings: CustomStringConvertible {
  /// Multiplications and additions of float32 in a microsecond.
  let floats: Double
  /// Those of bytes, where there is an instruction for them.
  let bytes: Double?

  init() {
    func rate(_ body: (Int) -> Int) -> Double? {
      let rounds = 100_000
      var each = 0
      let time = microseconds { each = body(rounds) }
      return each > 0 ? Double(rounds * each) / time : nil
    }
    floats = rate(ceiling_multiply_floats) ?? .infinity
    bytes = rate(ceiling_multiply_bytes)
  }

  /// Microseconds for reading so many bytes, again and again: from whatever cache they fit into.
  static func reading(_ count: Int) -> Double {
    let memory = Memory(count)
    return microseconds(memory.read)
  }

  /// Bytes to read.
  final class Memory {
    private let bytes: UnsafeMutableRawBufferPointer
    private var result: UInt64 = 0

    init(_ count: Int) {
      bytes = .allocate(byteCount: (count + 511) / 512 * 512, alignment: 64)
      bytes.initializeMemory(as: UInt8.self, repeating: 1)
    }

    deinit { bytes.deallocate() }

    func read() { result ^= ceiling_read(bytes.baseAddress, bytes.count) }
  }

  /// Microseconds for so many multiplications of weights in this form; float16 is computed with as float32.
  func multiplying(_ count: Int, _ storage: Layer.Storage) -> Double? {
    guard storage == .int8 else { return Double(count) / floats }
    return bytes.map { Double(count) / $0 }
  }

  var description: String {
    let rates = [256 << 10, 16 << 20, 256 << 20].map { size in
      String(format: "%.0f GB/s of %d KiB", Double(size) / Ceilings.reading(size) / 1e3, size >> 10)
    }
    let products = [("float32", floats), ("int8", bytes)].compactMap { name, rate in
      rate.map { String(format: "%.0f thousand million %@ multiplications a second", $0 / 1e3, name) }
    }
    return "one core: " + (products + ["reads " + rates.joined(separator: ", ")]).joined(separator: "; ")
  }
}
