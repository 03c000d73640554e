import ECGCore

/// The last seconds of a signal in one piece, for one judgement after the other.
///
/// A judgement is due every `interval` samples, on the last `length` samples or as many as there are. Room for one more
/// interval lets samples come in while a judgement waits. An interval is not longer than a window.
struct StreamWindow {
  let length: Int
  let interval: Int
  /// Where the first window ends, at the earliest.
  private let least: Int
  private let buffer: UnsafeMutableBufferPointer<Float>
  /// The position of the buffer's first sample, which is the window's as well, since the start of the signal.
  private(set) var start: Int64 = 0
  private var count = 0
  /// Where the window ends that is to be judged next.
  private(set) var end: Int64 = 0
  /// The position behind the last sample that was not announced as missing.
  private var measuredEnd: Int64 = 0
  /// Missing samples that were announced and have not found room yet.
  private var gap: Int64 = 0

  init(length: Int, interval: Int, least: Int, arena: inout Arena) throws(Status) {
    self.length = length
    self.interval = interval
    self.least = least
    buffer = try arena.take(Float.self, length &+ interval)
    restart()
  }

  /// Forgets everything; the next sample is the signal's first.
  mutating func restart() {
    (start, count, measuredEnd, gap) = (0, 0, 0, 0)
    end = Int64(max(least, interval))
  }

  /// Samples since the start of the signal, those of a gap included.
  var position: Int64 { start &+ Int64(count) &+ gap }

  /// How many samples `push` would take now.
  var room: Int { gap > Int64(buffer.count &- count) ? 0 : buffer.count &- count &- Int(gap) }

  /// Takes as many samples as there is room for. Returns how many.
  mutating func push(_ samples: UnsafeBufferPointer<Float>) -> Int {
    fillGap()
    guard gap == 0 else { return 0 }
    let taken = min(samples.count, buffer.count &- count)
    for index in 0..<taken { buffer[count &+ index] = samples[index] }
    count &+= taken
    if taken > 0 { measuredEnd = start &+ Int64(count) }
    return taken
  }

  /// Announces missing samples.
  mutating func skip(_ samples: Int64) {
    gap &+= samples
    fillGap()
  }

  private mutating func fillGap() {
    while gap > 0, count < buffer.count {
      buffer[count] = .nan
      count &+= 1
      gap &-= 1
    }
  }

  /// Whether all samples of the window to be judged next are there.
  var isComplete: Bool { start &+ Int64(count) >= end }
  /// Whether all that was announced is there.
  var isCaughtUp: Bool { gap == 0 }

  /// Lets the window end with the signal.
  mutating func close() {
    end = start &+ Int64(count)
    drop()
  }

  /// The window, once it is complete.
  var samples: UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: buffer.baseAddress, count: Int(end &- start))
  }

  /// Moves on to the next window.
  mutating func advance() {
    var steps: Int64 = 1
    // Within a long gap one window is like the other.
    if measuredEnd <= start, Int(end &- start) == length { steps &+= gap / Int64(interval) }
    end &+= steps &* Int64(interval)
    start &+= (steps &- 1) &* Int64(interval)
    gap &-= (steps &- 1) &* Int64(interval)
    drop()
    fillGap()
  }

  /// Drops what no window will need.
  private mutating func drop() {
    let first = max(start, end &- Int64(length))
    let dropped = Int(first &- start)
    guard dropped > 0 else { return }
    count &-= dropped
    for index in 0..<count { buffer[index] = buffer[index &+ dropped] }
    start = first
  }
}
