import Dispatch
import ECGCore
import Synchronization

/// Intervals by drawing people anew (Efron 1979), since the beats and recordings of a person resemble one another.
///
/// Each draw takes as many people as there are, with replacement, from each group by itself (those who are known and
/// strangers, say). The 95 % interval runs from the 2.5th to the 97.5th percentile of a figure over the draws, linear between
/// neighbours (NumPy's default). Draws in which a figure is undefined are left out.
public struct Bootstrap: Sendable {
  public struct Interval: Equatable, Sendable {
    public var lower: Double
    public var upper: Double
  }

  public let drawCount: Int
  private let groups: [[Int]]
  private let personCount: Int
  private let seed: UInt64

  /// - Parameter groups: people by number, below `personCount`.
  public init(groups: [[Int]], personCount: Int, drawCount: Int = 2000, seed: UInt64) {
    self.groups = groups
    self.personCount = personCount
    self.drawCount = drawCount
    self.seed = seed
  }

  /// How often each person is in a draw, by number.
  public func weights(ofDraw draw: Int) -> [Int] {
    var generator = SeededGenerator(seed: seed &+ UInt64(draw) &* 0x9E37_79B9_7F4A_7C15)
    var weights = [Int](repeating: 0, count: personCount)
    for group in groups {
      for _ in group { weights[group[Int(generator.next().multipliedFullWidth(by: UInt64(group.count)).high)]] += 1 }
    }
    return weights
  }

  /// The intervals of figures that are computed together.
  ///
  /// - Parameter figures: from weights of people, always as many figures; called from several threads.
  public func intervals(of figures: @Sendable ([Int]) -> [Double?]) -> [Interval?] {
    let draws = Mutex([[Double?]](repeating: [], count: drawCount))
    DispatchQueue.concurrentPerform(iterations: drawCount) { draw in
      let values = figures(weights(ofDraw: draw))
      draws.withLock { $0[draw] = values }
    }
    let values = draws.withLock { $0 }
    return (values.first ?? []).indices.map { figure in
      let defined = values.compactMap { $0[figure] }.sorted()
      guard !defined.isEmpty else { return nil }
      return Interval(lower: Self.percentile(2.5, of: defined), upper: Self.percentile(97.5, of: defined))
    }
  }

  /// Of values in ascending order, linear between neighbours.
  static func percentile(_ percent: Double, of sorted: [Double]) -> Double {
    let place = percent / 100 * Double(sorted.count - 1)
    let below = Int(place.rounded(.down))
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
  }
}
