/// Hands out pieces of one block of memory that the caller owns; the device line's only source of memory.
///
/// Pieces are aligned to 64 bytes and given back all at once, by rewinding to an earlier `mark`.
/// The same code that takes the pieces can measure them: an arena made by `measuring()` has no memory,
/// counts what is taken, and must not be dereferenced.
public struct Arena {
  /// Alignment of every piece, in bytes: a cache line, and the widest vector.
  public static var alignment: Int { 64 }

  private let base: UnsafeMutableRawPointer?
  private let capacity: Int
  /// Bytes taken so far, padding included.
  public private(set) var used = 0
  /// The most bytes that were ever taken at one time.
  public private(set) var peak = 0

  /// An arena over `memory`, which must be aligned to `Arena.alignment` (`Status.alignment` otherwise).
  public init(_ memory: UnsafeMutableRawBufferPointer) throws(Status) {
    guard let start = memory.baseAddress else { throw .argument }
    guard Int(bitPattern: start) & (Arena.alignment - 1) == 0 else { throw .alignment }
    base = start
    capacity = memory.count
  }

  private init() {
    base = nil
    capacity = Int.max / 2
  }

  /// An arena without memory, which only counts.
  public static func measuring() -> Arena { Arena() }

  /// Whether this arena only counts: the pieces it returns are then empty.
  public var isMeasuring: Bool { base == nil }

  /// Takes an uninitialised piece for `count` values, or throws `bufferTooSmall`. A measuring arena returns an empty
  /// piece.
  public mutating func take<T: BitwiseCopyable>(_ type: T.Type, _ count: Int) throws(Status)
    -> UnsafeMutableBufferPointer<T>
  {
    guard count >= 0 else { throw .argument }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<T>.stride)
    guard !overflow, bytes <= capacity &- used else { throw .bufferTooSmall }
    let padded = (bytes &+ Arena.alignment &- 1) & ~(Arena.alignment &- 1)
    guard padded <= capacity &- used else { throw .bufferTooSmall }
    let offset = used
    used &+= padded
    if used > peak { peak = used }
    guard let base else { return UnsafeMutableBufferPointer(start: nil, count: 0) }
    let start = (base + offset).bindMemory(to: T.self, capacity: count)
    return UnsafeMutableBufferPointer(start: start, count: count)
  }

  /// Where the arena stands; `rewind(to:)` gives back everything taken since.
  public var mark: Int { used }

  public mutating func rewind(to mark: Int) {
    if mark >= 0 && mark <= used { used = mark }
  }
}
