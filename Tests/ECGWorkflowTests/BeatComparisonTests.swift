import ECGTestSupport
import Testing

@testable import ECGWorkflow

private struct MatchingCase {
  var tolerance: Double
  var reference: [Int]
  var found: [Int]
  /// The number of pairs.
  var count: Int
  var pairs: [[Int]] = []

  /// As Tests/Vectors/beat_comparison.py writes them.
  static func load(_ name: String, withPairs: Bool) throws -> [MatchingCase] {
    var rest = try Vectors.int32("beat_comparison-\(name)").map(Int.init)[...]
    func take(_ count: Int) -> [Int] {
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
    var cases: [MatchingCase] = []
    while !rest.isEmpty {
      let sizes = take(4)
      var one = MatchingCase(
        tolerance: Double(sizes[0]), reference: take(sizes[1]), found: take(sizes[2]), count: sizes[3])
      if withPairs { one.pairs = (0..<sizes[3]).map { _ in take(2) } }
      cases.append(one)
    }
    return cases
  }
}

@Suite struct BeatMatchingTests {
  @Test func pairsAsTheBestAssignmentDoes() throws {
    let cases = try MatchingCase.load("far", withPairs: true)
    #expect(cases.count == 40)
    for (index, one) in cases.enumerated() {
      let pairs = matchBeats(reference: one.reference, found: one.found, tolerance: one.tolerance)
      #expect(pairs.map { [$0.reference, $0.found] } == one.pairs, "case \(index)")
      let swapped = matchBeats(reference: one.found, found: one.reference, tolerance: one.tolerance)
      #expect(swapped.map { [$0.found, $0.reference] } == one.pairs, "case \(index), lists exchanged")
    }
  }

  @Test func neverPairsTwiceOrTooFarApartOrMoreThanPossible() throws {
    for one in try MatchingCase.load("dense", withPairs: false) {
      let pairs = matchBeats(reference: one.reference, found: one.found, tolerance: one.tolerance)
      #expect(pairs.count <= one.count)
      #expect(one.count == 0 || !pairs.isEmpty)
      for (a, b) in zip(pairs, pairs.dropFirst()) { #expect(a.reference < b.reference && a.found < b.found) }
      for pair in pairs {
        #expect(Double(abs(one.reference[pair.reference] - one.found[pair.found])) <= one.tolerance)
      }
    }
  }

  @Test func prefersTheNearerBeatUnlessItsNeighbourNeedsIt() {
    func pairs(_ reference: [Int], _ found: [Int]) -> [[Int]] {
      matchBeats(reference: reference, found: found, tolerance: 54).map { [$0.reference, $0.found] }
    }
    #expect(pairs([100], [60, 95]) == [[0, 1]])
    #expect(pairs([100], [105, 140]) == [[0, 0]])
    #expect(pairs([60, 95], [100]) == [[1, 0]])
    // 50 is nearer to 40 than 0 is, but 52 is nearer still to 50.
    #expect(pairs([0, 50], [40, 52]) == [[0, 0], [1, 1]])
  }

  @Test func toleranceItselfIsWithin() {
    for (found, count) in [(153, 1), (154, 1), (155, 0), (46, 1), (45, 0)] {
      #expect(matchBeats(reference: [100], found: [found], tolerance: 54).count == count, "\(found)")
    }
    #expect(matchBeats(reference: [], found: [1], tolerance: 54).isEmpty)
    #expect(matchBeats(reference: [1], found: [], tolerance: 54).isEmpty)
    #expect(matchBeats(reference: [.min, .max], found: [.min, .max], tolerance: 0).count == 2)
  }
}

@Suite struct BeatComparisonTests {
  /// Four reference beats a second apart at 100 Hz; one is missed, one found beat is none.
  private let reference = [100, 200, 300, 400]
  private let found = [102, 196, 250, 401]

  @Test func countsEveryBeatFromTheFirstToTheLast() {
    let comparison = BeatComparison(reference: reference, found: found, samplingRate: 100)
    #expect(comparison.truePositives == 3)
    #expect(comparison.falseNegatives == 1)
    #expect(comparison.falsePositives == 1)
    #expect(comparison.sensitivity == 0.75)
    #expect(comparison.positivePredictivity == 0.75)
    let inOtherOrder = BeatComparison(
      reference: reference.reversed(), found: found.shuffled(), samplingRate: 100)
    #expect(inOtherOrder == comparison)
  }

  @Test func measuresWhereBeatsWereFound() {
    let comparison = BeatComparison(reference: reference, found: found, samplingRate: 100)
    #expect(comparison.locationErrors == [0.02, -0.04, 0.01])
    #expect(abs(comparison.meanError - -0.01 / 3) < 1e-15)
    #expect(abs(comparison.meanAbsoluteError - 0.07 / 3) < 1e-15)
    #expect(comparison.absoluteError(atShare: 0.5) == 0.02)
    // numpy.percentile([0.01, 0.02, 0.04], 95)
    #expect(abs(comparison.absoluteError(atShare: 0.95) - 0.038) < 1e-15)
    #expect(comparison.absoluteError(atShare: 1) == 0.04)
  }

  @Test func toleranceIsInSeconds() {
    for (tolerance, hits) in [(0.041, 3), (0.04, 3), (0.039, 2), (0, 0)] {
      let comparison = BeatComparison(
        reference: reference, found: found, samplingRate: 100, tolerance: tolerance)
      #expect(comparison.truePositives == hits, "\(tolerance)")
    }
    // 0.075 · 1000 is 75 exactly; 0.15 · 360 is 54.
    #expect(BeatComparison(reference: [0], found: [75], samplingRate: 1000, tolerance: 0.075).truePositives == 1)
    #expect(BeatComparison(reference: [0], found: [54], samplingRate: 360, tolerance: 0.15).truePositives == 1)
    #expect(BeatComparison(reference: [0], found: [55], samplingRate: 360, tolerance: 0.15).truePositives == 0)
  }

  @Test func canBeginLater() {
    let comparison = BeatComparison(reference: reference, found: found, samplingRate: 100, from: 1.98)
    #expect(comparison.truePositives == 2)
    #expect(comparison.falseNegatives == 1)
    #expect(comparison.falsePositives == 1)
    // The beat found at 1.96 s belongs to the one at 2.00 s: it does not become an error because the count begins between.
    #expect(BeatComparison(reference: [200], found: [205], samplingRate: 100, from: 2.02).falsePositives == 0)
  }

  @Test func countsNothingInFlutter() {
    let comparison = BeatComparison(
      reference: reference, found: found + [270, 280], samplingRate: 100, uncounted: [240...310])
    #expect(comparison.truePositives == 3)
    #expect(comparison.falseNegatives == 0)
    #expect(comparison.falsePositives == 0)
  }

  @Test func addsUp() {
    var total = BeatComparison(reference: reference, found: found, samplingRate: 100)
    total += BeatComparison(reference: [10, 500], found: [10], samplingRate: 100)
    #expect(total.truePositives == 4)
    #expect(total.falseNegatives == 2)
    #expect(total.falsePositives == 1)
    #expect(total.locationErrors == [0.02, -0.04, 0.01, 0])
  }

  @Test func nothingGivesNoFigures() {
    let comparison = BeatComparison(reference: [], found: [], samplingRate: 100)
    #expect(comparison.sensitivity.isNaN && comparison.positivePredictivity.isNaN)
    #expect(comparison.meanError.isNaN && comparison.meanAbsoluteError.isNaN)
    #expect(comparison.absoluteError(atShare: 0.95).isNaN)
  }
}
