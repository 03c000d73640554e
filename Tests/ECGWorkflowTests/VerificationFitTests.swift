import ECGExport
import ECGIdentity
import ECGTestSupport
import Foundation
import Testing

@testable import ECGWorkflow

/// A calibrated scale against scores that `Tests/Vectors/gallery.py` drew.
@Suite struct VerificationFitTests {
  private static let people = 40

  /// Forty people's scores at three looks, with nothing of themselves.
  private func scores() throws -> VerificationScores {
    let drawn = try Vectors.float32("gallery-scale-impostors")
    let n = Self.people
    let looks = (0..<3).map { look in
      var rows = [Float](repeating: 1, count: n * n)
      var next = look * n * (n - 1)
      for probe in 0..<n {
        for template in 0..<n where template != probe {
          rows[probe * n + template] = drawn[next]
          next += 1
        }
      }
      return rows
    }
    return VerificationScores(
      beatCounts: [1, 2, 4], people: (0..<n).map { "P\($0)" }, impostors: looks,
      genuine: [[0.9, 0], [0.95, 0], [1, 0]],
      genuinePeople: [0, 1])
  }

  @Test func everyRateIsThatOfTheScoresCounted() throws {
    let scores = try scores()
    let fit = try VerificationContents(scores, falseAcceptanceRate: 0.08, source: "drawn")
    let all = Double(Self.people * (Self.people - 1))
    #expect(fit.comparisons == Int(all) && fit.people == Self.people)
    #expect(fit.impostorRates.first == 1 && Double(fit.impostorRates.last!) * (all + 1) < 1.001)
    for look in 0..<3 {
      let others = scores.impostors[look].enumerated().filter { $0.offset / 40 != $0.offset % 40 }.map(\.element)
      func rate(_ score: Float) -> Double { Double(1 + others.count { $0 >= score }) / (all + 1) }
      for (index, stated) in fit.impostorRates.enumerated() {
        let score = fit.impostorScores[look * fit.impostorRates.count + index]
        #expect(rate(score) <= Double(stated))
        // The next lower score that occurs has a higher rate: the table gives no score away.
        if let below = others.filter({ $0 < score }).max() { #expect(rate(below) > Double(stated)) }
      }
    }
  }

  @Test func theEvidenceIsCounted() throws {
    let scores = try scores()
    let fit = try VerificationContents(scores, falseAcceptanceRate: 0.08, source: "drawn")
    var accepted = 0
    for probe in 0..<40 {
      for template in 0..<40 where template != probe {
        if (0..<3).contains(where: { scores.impostors[$0][probe * 40 + template] >= fit.thresholds[$0] }) {
          accepted += 1
        }
      }
    }
    #expect(fit.falseAcceptances == accepted)
    #expect(fit.falseAcceptanceInterval.contains(Double(accepted) / 1560) && fit.falseAcceptanceInterval.upperBound > 0)
    // Accepted by the promise: (1 + 40 · share) / 41 is within it, all looks together.
    #expect((1 + 40 * Double(accepted) / 1560) / 41 <= 0.08)
    #expect(fit.genuineComparisons == 2 && fit.genuinePeople == 2 && fit.genuineAcceptances == 1)
    try fit.withScale { scale in
      for look in 0..<3 { #expect(scale.threshold(look: look, templates: 1) == fit.thresholds[look]) }
      #expect(scale.threshold(look: 2, templates: fit.mostTemplates) < VerificationScale.unreachable)
      #expect(scale.threshold(look: 2, templates: fit.mostTemplates + 1) == VerificationScale.unreachable)
    }
  }

  /// How many people a promise takes: the formula solved by hand for one look fewer and one person fewer.
  @Test func tooFewPeoplePromiseNothing() throws {
    for (rate, least) in [(0.001, 1004), (0.01, 104), (0.05, 24), (0.1, 14)] {
      #expect(VerificationContents.leastPeople(for: rate, looks: 5) == least)
    }
    // More people than there are: told at once.
    #expect(VerificationContents.leastPeople(for: 1e-12, looks: 5) >= 999_999_999_998)
    #expect(VerificationContents.leastPeople(for: 1e-300, looks: 5) >= 1_000_000_000_000_000_000)
    #expect(throws: WorkflowError.self) {
      try VerificationContents(scores(), falseAcceptanceRate: 0.01, source: "drawn")
    }
  }
}
