/// How often each person was taken for each: rows are who it was, columns who was named.
public struct ConfusionMatrix: Equatable, Sendable {
  public let classCount: Int
  private var counts: [Int32]
  /// By class: how often it was true, and how often it was named.
  public private(set) var truthTotals: [Int]
  public private(set) var predictionTotals: [Int]
  public private(set) var correct = 0
  public private(set) var total = 0

  public init(classCount: Int) {
    self.classCount = classCount
    counts = [Int32](repeating: 0, count: classCount * classCount)
    truthTotals = [Int](repeating: 0, count: classCount)
    predictionTotals = truthTotals
  }

  /// Counts one answer; both must be below `classCount`.
  public mutating func add(truth: Int, predicted: Int) {
    counts[truth * classCount + predicted] += 1
    truthTotals[truth] += 1
    predictionTotals[predicted] += 1
    total += 1
    if truth == predicted { correct += 1 }
  }

  public subscript(truth: Int, predicted: Int) -> Int { Int(counts[truth * classCount + predicted]) }

  /// One answer that was given at least once.
  public struct Cell: Equatable, Sendable {
    public var truth: Int
    public var predicted: Int
    public var count: Int
  }

  /// All answers that were given, by row and column.
  public var cells: [Cell] {
    counts.indices.lazy.filter { counts[$0] > 0 }.map {
      Cell(truth: $0 / classCount, predicted: $0 % classCount, count: Int(counts[$0]))
    }
  }

  /// Wrong answers, the most frequent first; equally frequent ones by row and column.
  public var confusions: [Cell] {
    cells.filter { $0.truth != $0.predicted }.enumerated()
      .sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }.map(\.element)
  }

  /// "Is it this person or not": the matrix of one class against all others.
  public func outcomes(of person: Int) -> BinaryOutcomes {
    let hits = self[person, person]
    return BinaryOutcomes(
      truePositives: hits, falsePositives: predictionTotals[person] - hits,
      trueNegatives: total - truthTotals[person] - predictionTotals[person] + hits,
      falseNegatives: truthTotals[person] - hits)
  }
}
