import ECGMetrics
import ECGTestSupport
import Testing

@testable import ECGWorkflow

/// Strangers among beats of known people, by scikit-learn's LocalOutlierFactor(novelty=True): see Tests/Vectors/metrics.py.
@Suite struct OutlierTests {
  @Test func scoresAndAreasAreScikitLearns() throws {
    let training = try Vectors.float32("metrics-outliers-training")
    let known = try Vectors.float32("metrics-outliers-known")
    let strange = try Vectors.float32("metrics-outliers-strange")
    let expected = try Vectors.float64("metrics-outliers-expected")
    let count = (known.count + strange.count) / 12
    for (number, neighbours) in [1, 20].enumerated() {
      let scorer = try OutlierScorer(features: training, dimensions: 12, neighbourCount: neighbours)
      let scores = try scorer.scores(of: known) + scorer.scores(of: strange)
      #expect(scores.count == count)
      let wanted = expected[number * (count + 1)..<(number + 1) * (count + 1)]
      for (found, wanted) in zip(scores, wanted) { #expect(abs(Double(found) - wanted) < 2e-5 * wanted) }
      let rounded = scores.map { ($0 * 1e4).rounded() }
      let curve = try #require(
        ROCCurve(negatives: Array(rounded[..<(known.count / 12)]), positives: Array(rounded[(known.count / 12)...])))
      #expect(abs(curve.area - wanted.last!) < 1e-12)
    }
  }
}
