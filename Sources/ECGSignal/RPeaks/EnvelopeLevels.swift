import CECGKernels
import ECGCore

/// How high the envelope of beats reaches around an instant, and that of what lies between them.
///
/// Medians over seconds before and after: an artefact shifts them little, a lasting change of amplitude at once.
struct EnvelopeLevels {
  /// Blocks of half a second are what is remembered.
  let blockLength: Int
  private static var slots: Int { 64 }
  private static var mostSorted: Int { 32 }
  private let highest: UnsafeMutableBufferPointer<Float>
  private let middle: UnsafeMutableBufferPointer<Float>
  private let sorted: UnsafeMutableBufferPointer<Float>
  private var blockCount: Int64 = 0
  private var inBlock = 0
  private var most: Float = 0
  private var rootSum: Float = 0

  init(samplingRate: Double, arena: inout Arena) throws(Status) {
    blockLength = max(1, wholeNumber(0.5 * samplingRate))
    highest = try arena.take(Float.self, Self.slots)
    middle = try arena.take(Float.self, Self.slots)
    sorted = try arena.take(Float.self, Self.mostSorted)
  }

  /// Takes the next sample of the envelope.
  @inline(__always)
  mutating func see(_ height: Float) {
    most = max(most, height)
    // The square of the mean root is near the median, whatever few tall beats do.
    rootSum += ecg_sqrtf(height)
    inBlock += 1
    if inBlock == blockLength { close() }
  }

  private mutating func close() {
    let root = rootSum / Float(inBlock)
    let slot = Int(blockCount % Int64(Self.slots))
    highest[slot] = most
    middle[slot] = root * root
    blockCount &+= 1
    inBlock = 0
    most = 0
    rootSum = 0
  }

  /// Levels around the instant `time`, in samples of the envelope.
  func around(_ time: Int64) -> (beats: Float, between: Float) {
    let block = time / Int64(blockLength)
    let past = tallest(from: block - 1 - BeatRules.blocksBefore, through: block - 1)
    let future = tallest(from: block - 1, through: block + BeatRules.blocksAfter)
    var beats = max(past, future)
    if past > 0 && future > 0 { beats = max(min(past, future), BeatRules.leastShare * beats) }
    // A signal of less than three blocks.
    if beats == 0 {
      beats = most
      for k in 0..<blockCount { beats = max(beats, highest[Int(k % Int64(Self.slots))]) }
    }
    return (max(beats, BeatRules.leastHeight), between(from: block - 4, through: block + 4))
  }

  /// The median, over windows of three blocks each that start with the blocks given, of the highest value: as three
  /// blocks hold a beat if the heart beats more than 40 times a minute, the height of a beat.
  private func tallest(from first: Int64, through last: Int64) -> Float {
    var count = 0
    for k in known(first)..<max(known(first), min(last + 1, blockCount - 2)) {
      var value: Float = 0
      for j in k..<(k + 3) { value = max(value, highest[Int(j % Int64(Self.slots))]) }
      insert(value, &count)
    }
    guard count > 0 else { return 0 }
    let place = BeatRules.tallRank * Float(count - 1)
    let low = Int(place)
    return sorted[low] + (place - Float(low)) * (sorted[min(low + 1, count - 1)] - sorted[low])
  }

  private func between(from first: Int64, through last: Int64) -> Float {
    var count = 0
    for k in known(first)..<max(known(first), min(last + 1, blockCount)) {
      insert(middle[Int(k % Int64(Self.slots))], &count)
    }
    return count == 0 ? 0 : sorted[count / 2]
  }

  /// The first block from `block` on that is still remembered.
  private func known(_ block: Int64) -> Int64 { max(0, max(block, blockCount - Int64(Self.slots))) }

  private func insert(_ value: Float, _ count: inout Int) {
    guard count < sorted.count else { return }
    var at = count
    while at > 0 && sorted[at - 1] > value {
      sorted[at] = sorted[at - 1]
      at -= 1
    }
    sorted[at] = value
    count += 1
  }
}
