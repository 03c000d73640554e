import ECGTestSupport
import Testing

@testable import ECGMetrics

/// Identification, verification and open-set figures against scikit-learn and NumPy (Tests/Vectors/recognition.py).
@Suite struct RecognitionTests {
  private struct Case {
    var matrix: ScoreMatrix
    /// Everybody once, then the draws.
    var weights: [[Int]]
  }

  private static func cases() throws -> [Case] {
    let shapes = try Vectors.int32("recognition-shapes").map(Int.init)
    var people = try Vectors.int32("recognition-people").map(Int.init)[...]
    var scores = try Vectors.float32("recognition-scores")[...]
    var weights = try Vectors.int32("recognition-weights").map(Int.init)[...]
    func take<Element>(_ count: Int, from slice: inout ArraySlice<Element>) -> [Element] {
      defer { slice = slice.dropFirst(count) }
      return Array(slice.prefix(count))
    }
    return stride(from: 0, to: shapes.count, by: 3).map { place in
      let (templates, probes, count) = (shapes[place], shapes[place + 1], shapes[place + 2])
      let matrix = ScoreMatrix(
        templates: take(templates, from: &people), probes: take(probes, from: &people),
        scores: take(templates * probes, from: &scores))
      return Case(
        matrix: matrix,
        weights: [[Int](repeating: 1, count: count)] + (0..<4).map { _ in take(count, from: &weights) })
    }
  }

  private static func figures(_ matrix: ScoreMatrix, _ weights: [Int]) -> [Double?] {
    let matches = CumulativeMatch(matrix)
    let rates = [0.1, 0.01, 0.001]
    func all(_ scores: RankedScores) -> [Double?] {
      let figures = scores.figures(weights: weights, falseAcceptanceRates: rates)
      return [figures.equalErrorRate, figures.area] + figures.acceptanceRates
    }
    return (1...5).map { matches.rate(rank: $0, weights: weights) } + all(RankedScores(verification: matrix))
      + all(RankedScores(openSet: matrix))
  }

  @Test func figuresAreScikitLearnsAndNumPys() throws {
    let expected = try Vectors.float64("recognition-expected")
    var place = 0
    for (number, one) in try Self.cases().enumerated() {
      for (draw, weights) in one.weights.enumerated() {
        for (index, found) in Self.figures(one.matrix, weights).enumerated() {
          let wanted = expected[place]
          place += 1
          if wanted.isNaN {
            #expect(found == nil, "case \(number), draw \(draw), figure \(index)")
          } else {
            #expect(abs((found ?? .nan) - wanted) < 1e-12, "case \(number), draw \(draw), figure \(index)")
          }
        }
      }
    }
    #expect(place == expected.count)
  }

  @Test func intervalsAreNumPysPercentilesOfTheSameDraws() throws {
    let matrix = try #require(try Self.cases().first).matrix
    let expected = try Vectors.float64("recognition-bootstrap")
    let bootstrap = Bootstrap(groups: [Array(0..<12)], personCount: 12, drawCount: 300, seed: 7)
    let intervals = bootstrap.intervals { weights in
      let all = Self.figures(matrix, weights)
      return [all[0], all[5]]
    }
    for (index, interval) in intervals.enumerated() {
      let interval = try #require(interval)
      #expect(abs(interval.lower - expected[2 * index]) < 1e-12)
      #expect(abs(interval.upper - expected[2 * index + 1]) < 1e-12)
    }
  }

  @Test func groupsAreDrawnByThemselves() {
    let bootstrap = Bootstrap(groups: [[0, 2, 4], [], [5, 1]], personCount: 7, seed: 3)
    for draw in 0..<50 {
      let weights = bootstrap.weights(ofDraw: draw)
      #expect(weights[0] + weights[2] + weights[4] == 3)
      #expect(weights[1] + weights[5] == 2)
      #expect(weights[3] == 0 && weights[6] == 0)
    }
    #expect(bootstrap.weights(ofDraw: 0) != bootstrap.weights(ofDraw: 1))
    #expect(bootstrap.weights(ofDraw: 9) == bootstrap.weights(ofDraw: 9))
  }

  /// Two people, scores that anybody can check: genuine 0.9, 0.4; impostors 0.5, 0.1.
  @Test func smallCaseByHand() {
    let matrix = ScoreMatrix(templates: [0, 1], probes: [0, 1], scores: [0.9, 0.5, 0.1, 0.4])
    let figures = RankedScores(verification: matrix).figures(weights: [1, 1], falseAcceptanceRates: [0.5, 0.4])
    // At 0.5: half accepted falsely, half rejected falsely.
    #expect(figures.equalErrorRate == 0.5)
    #expect(figures.area == 0.75)
    // One of two may be accepted at 50 %: down to 0.4. Two comparisons cannot show 40 %.
    #expect(figures.acceptanceRates == [1, nil])
  }

  @Test func tiesCountAgainstAProbe() {
    let matrix = ScoreMatrix(templates: [0, 1, 2], probes: [0, 1], scores: [0.5, 0.5, 0.1, 0.2, 0.9, 0.3])
    #expect(CumulativeMatch(matrix).ranks == [2, 1])
    let open = ScoreMatrix(
      templates: [0, 1, 2], probes: [0, 1, 3], scores: [0.5, 0.5, 0.1, 0.2, 0.9, 0.3, 0, 0.1, 0])
    let figures = RankedScores(openSet: open).figures(weights: [1, 1, 1, 1], falseAcceptanceRates: [1])
    #expect(figures.area == 1 && figures.acceptanceRates == [0.5])
  }

  @Test func withoutOneSideNothingIsDefined() {
    let alone = ScoreMatrix(templates: [0], probes: [0], scores: [0.5])
    let figures = RankedScores(verification: alone).figures(weights: [1], falseAcceptanceRates: [0.01])
    #expect(figures == .init(equalErrorRate: nil, acceptanceRates: [nil], area: nil))
    #expect(CumulativeMatch(alone).rate(rank: 1, weights: [1]) == 1)
    #expect(CumulativeMatch(alone).rate(rank: 1, weights: [0]) == nil)
    let unprobed = ScoreMatrix(templates: [0, 1], probes: [], scores: [])
    #expect(RankedScores(verification: unprobed).genuineCount == 0)
  }
}
