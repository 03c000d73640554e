import ECGMetrics
import ECGTestSupport
import Testing

@Suite struct RateIntervalTests {
  @Test func intervalsAreThoseOfTheFormula() throws {
    let sizes = try Vectors.int32("metrics-group-sizes").map { Int($0) }
    let groups = try Vectors.int32("metrics-groups").map { Int($0) }
    let expected = try Vectors.float64("metrics-intervals")
    var first = 0
    for (number, size) in sizes.enumerated() {
      let people = (first..<first + size).map { (correct: groups[2 * $0], count: groups[2 * $0 + 1]) }
      first += size
      let interval = try #require(RateInterval(people))
      #expect(abs(interval.lower - expected[2 * number]) < 1e-9, "\(number)")
      #expect(abs(interval.upper - expected[2 * number + 1]) < 1e-9, "\(number)")
    }
    #expect(2 * first == groups.count)
  }

  @Test func alikeAnswersOfOnePersonSayLess() throws {
    let independent = try #require(RateInterval((0..<100).map { (correct: $0 < 80 ? 1 : 0, count: 1) }))
    let alike = try #require(RateInterval((0..<10).map { (correct: $0 < 8 ? 10 : 0, count: 10) }))
    #expect(alike.lower < independent.lower && alike.upper > independent.upper)
  }

  @Test func noAnswersHaveNoInterval() {
    #expect(RateInterval([(correct: Int, count: Int)]()) == nil)
    #expect(RateInterval([(correct: 0, count: 0)]) == nil)
  }
}
