import ECGCore
import ECGSignal

/// Memory for one test: an arena of `bytes`, freed with the test.
final class Memory {
  let buffer: UnsafeMutableRawBufferPointer
  init(bytes: Int) { buffer = .allocate(byteCount: bytes, alignment: Arena.alignment) }
  deinit { buffer.deallocate() }
  func arena() throws -> Arena { try Arena(buffer) }
}

/// The largest difference of two sequences, relative to the largest value of the second.
func relativeError<A: BinaryFloatingPoint, B: BinaryFloatingPoint>(_ a: [A], _ b: [B]) -> Double {
  guard a.count == b.count else { return .infinity }
  var (difference, size) = (0.0, 0.0)
  for (x, y) in zip(a, b) {
    guard x.isFinite else { return .infinity }
    difference = max(difference, abs(Double(x) - Double(y)))
    size = max(size, abs(Double(y)))
  }
  return difference / max(size, .leastNormalMagnitude)
}

/// What `body` throws, or nil.
func status(_ body: () throws -> Void) -> Status? {
  do {
    try body()
    return nil
  } catch { return error as? Status }
}
