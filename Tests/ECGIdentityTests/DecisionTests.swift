import ECGCore
import ECGIdentity
import Foundation
import Testing

@Suite struct DecisionTests {
  private func joint(_ probabilities: [Float], _ persons: Int) throws -> (Decision, [Float]) {
    var joint = [Float](repeating: -1, count: persons)
    let decision = try probabilities.withUnsafeBufferPointer { probabilities in
      try joint.withUnsafeMutableBufferPointer { try Decision.joint(probabilities, into: $0) }
    }
    return (decision, joint)
  }

  @Test func oneBeatSpeaksForItself() throws {
    let (decision, joint) = try joint([0.1, 0.6, 0.3], 3)
    #expect(decision.person == 1)
    for (value, expected) in zip(joint, [0.1, 0.6, 0.3] as [Float]) { #expect(abs(value - expected) < 1e-6) }
    #expect(decision.probability == joint[1])
  }

  @Test func severalBeatsGiveTheNormalisedGeometricMean() throws {
    let (decision, joint) = try joint([0.2, 0.8, 0.9, 0.1], 2)
    let first = (0.2 * 0.9).squareRoot()
    let second = (0.8 * 0.1).squareRoot()
    #expect(decision.person == 0)
    #expect(abs(Double(joint[0]) - first / (first + second)) < 1e-6)
    #expect(abs(joint[0] + joint[1] - 1) < 1e-6)
  }

  @Test func oneBeatCannotVeto() throws {
    let sure: [Float] = [0.97, 0.03]
    let wrong: [Float] = [0, 1]
    #expect(try joint(sure + sure + wrong, 2).0.person == 0)
    #expect(try joint(sure + wrong + wrong, 2).0.person == 1)
  }

  @Test func manyPersonsThatNoBeatKnowsStayNumbers() throws {
    let (decision, joint) = try joint([Float](repeating: 0, count: 3 * 1000), 1000)
    #expect(decision.person == 0)
    #expect(joint.allSatisfy { abs($0 - 0.001) < 1e-6 })
  }

  @Test func refusesWhatIsNoProbability() {
    for row in [[.nan, 1], [-0.1, 1], [.infinity, 0], [], [1, 0, 0]] as [[Float]] {
      #expect(throws: Status.argument) { try joint(row, 2) }
    }
    #expect(throws: Status.argument) { try joint([1], 0) }
  }
}

@Suite struct OutlierThresholdTests {
  private func median(_ scores: [Float]) throws -> Float {
    var scores = scores
    return try scores.withUnsafeMutableBufferPointer { try OutlierThreshold.median(sorting: $0) }
  }

  private func threshold(_ rate: Double, _ scores: [Float]) throws -> Float {
    var scores = scores
    return try scores.withUnsafeMutableBufferPointer {
      try OutlierThreshold.threshold(forFalseAlarmRate: rate, sorting: $0)
    }
  }

  @Test func medianIsTheMiddle() throws {
    #expect(try median([3]) == 3)
    #expect(try median([4, 1]) == 2.5)
    #expect(try median([9, 1, 2]) == 2)
    #expect(try median([5, 1, 100, 2]) == 3.5)
    #expect(throws: Status.argument) { try median([]) }
    #expect(throws: Status.argument) { try median([1, .nan]) }
  }

  @Test func sortsWhateverComes() throws {
    var generator = SeededGenerator(seed: 3)
    for count in 1...70 {
      let scores = (0..<count).map { _ in Float(generator.next() % 20) }
      let sorted = scores.sorted()
      let middle = count / 2
      #expect(try median(scores) == (count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2))
    }
  }

  /// With n scores the threshold's rank is ⌈(n + 1)(1 − rate)⌉: 19 scores are the fewest that can promise 5 %.
  @Test func thresholdTakesTheConservativeRank() throws {
    func ascending(_ count: Int) -> [Float] { (1...count).map(Float.init).reversed() }
    #expect(try threshold(0.05, ascending(19)) == 19)
    #expect(throws: Status.argument) { try threshold(0.05, ascending(18)) }
    #expect(try threshold(0.05, ascending(38)) == 38)
    #expect(try threshold(0.05, ascending(39)) == 38)
    #expect(try threshold(0.1, ascending(99)) == 90)
    for rate in [0, 1, -1, .nan] { #expect(throws: Status.argument) { try threshold(rate, ascending(50)) } }
    #expect(throws: Status.argument) { try threshold(0.5, []) }
  }

  /// Over many draws, new scores exceed the threshold no more often than promised.
  @Test func thresholdKeepsItsPromise() throws {
    var generator = SeededGenerator(seed: 11)
    var alarms = 0
    let trials = 20_000
    for _ in 0..<trials {
      let chosen = try threshold(0.1, (0..<25).map { _ in Float(generator.normal()) })
      if Float(generator.normal()) > chosen { alarms += 1 }
    }
    // ⌊0.1 × 26⌋ / 26 = 7.7 %; the standard deviation of 20,000 draws is 0.2 %.
    #expect(abs(Double(alarms) / Double(trials) - 2.0 / 26) < 0.008)
  }
}
