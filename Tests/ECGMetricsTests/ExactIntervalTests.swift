import ECGMetrics
import ECGTestSupport
import Foundation
import Testing

@Suite struct ExactIntervalTests {
  /// `Tests/Vectors/gallery.py`.
  @Test func intervalsAreThoseOfSciPy() throws {
    let rows = try Vectors.float64("gallery-intervals")
    for row in stride(from: 0, to: rows.count, by: 4) {
      let interval = try #require(ExactInterval(successes: rows[row], trials: Int(rows[row + 1])))
      #expect(abs(interval.lower - rows[row + 2]) < 1e-9)
      #expect(abs(interval.upper - rows[row + 3]) < 1e-9)
    }
  }

  @Test func noneOfManyIsNotZero() throws {
    for n in [10, 100, 1000] {
      let interval = try #require(ExactInterval(successes: 0, trials: n))
      #expect(interval.lower == 0 && abs(interval.upper - (1 - pow(0.025, 1 / Double(n)))) < 1e-9)
    }
  }

  @Test func whatIsNoShareHasNoInterval() {
    for (successes, trials) in [(0.0, 0), (-1, 3), (4, 3), (.nan, 3)] {
      #expect(ExactInterval(successes: successes, trials: trials) == nil)
    }
  }
}
