import ECGCore
import ECGTestSupport
import Testing

@Suite struct SeededGeneratorTests {
  @Test func isXoshiro256StarStar() throws {
    let halves = try Vectors.int32("core-xoshiro").map { UInt64(UInt32(bitPattern: $0)) }
    var offset = 0
    for seed: UInt64 in [0, 1, 42, 1 << 63, .max] {
      var generator = SeededGenerator(seed: seed)
      for _ in 0..<100 {
        #expect(generator.next() == halves[offset] | halves[offset + 1] << 32)
        offset += 2
      }
    }
    #expect(offset == halves.count)
  }

  @Test func uniformNumbersFillTheUnitInterval() {
    var generator = SeededGenerator(seed: 3)
    var counts = [Int](repeating: 0, count: 10)
    for _ in 0..<100_000 {
      let value = generator.uniform()
      guard value >= 0, value < 1 else {
        Issue.record("\(value) is not in [0, 1)")
        return
      }
      counts[Int(value * 10)] += 1
    }
    // Binomial with standard deviation 95: 5 of them.
    for count in counts { #expect(abs(count - 10_000) < 475) }
  }

  @Test func normalNumbersHaveTheMomentsOfTheDistribution() {
    var generator = SeededGenerator(seed: 4)
    let count = 200_000
    var moments = [0.0, 0, 0, 0]
    for _ in 0..<count {
      let value = generator.normal()
      for power in 1...4 {
        var term = 1.0
        for _ in 0..<power { term *= value }
        moments[power - 1] += term / Double(count)
      }
    }
    // Five standard errors: 1, √2, √15 and √96 over √count.
    let error = 5 / Double(count).squareRoot()
    #expect(abs(moments[0]) < error)
    #expect(abs(moments[1] - 1) < 1.42 * error)
    #expect(abs(moments[2]) < 3.88 * error)
    #expect(abs(moments[3] - 3) < 9.8 * error)
  }

  @Test func theSameSeedGivesTheSameSequence() {
    var first = SeededGenerator(seed: 9)
    var second = SeededGenerator(seed: 9)
    var other = SeededGenerator(seed: 10)
    let sequence = (0..<50).map { _ in first.normal() }
    #expect(sequence == (0..<50).map { _ in second.normal() })
    #expect(sequence != (0..<50).map { _ in other.normal() })
  }
}
