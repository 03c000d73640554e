import ECGMetrics
import ECGTestSupport
import Testing

@Suite struct ROCCurveTests {
  @Test func curvesAreScikitLearns() throws {
    let sizes = try Vectors.int32("metrics-roc-sizes").map { Int($0) }
    let scores = try Vectors.float32("metrics-roc-scores")
    let expected = try Vectors.float64("metrics-roc-points")
    let areas = try Vectors.float64("metrics-roc-areas")
    var (score, place) = (0, 0)
    for (number, area) in areas.enumerated() {
      let (known, strangers, points, corners) =
        (sizes[4 * number], sizes[4 * number + 1], sizes[4 * number + 2], sizes[4 * number + 3])
      let curve = try #require(
        ROCCurve(
          negatives: Array(scores[score..<score + known]),
          positives: Array(scores[score + known..<score + known + strangers])))
      score += known + strangers
      #expect(abs(curve.area - area) < 1e-12)
      for (found, count) in [(curve.points, points), (curve.corners, corners)] {
        #expect(found.count == count, "curve \(number)")
        for (index, point) in found.enumerated() where index < count {
          let wanted = expected[place + 3 * index..<place + 3 * index + 3]
          #expect(point.threshold == wanted.first || abs(point.threshold - wanted[wanted.startIndex]) < 1e-12)
          #expect(abs(point.falseAlarmRate - wanted[wanted.startIndex + 1]) < 1e-12)
          #expect(abs(point.detectionRate - wanted[wanted.startIndex + 2]) < 1e-12)
        }
        place += 3 * count
      }
    }
    #expect(score == scores.count && place == expected.count)
  }

  @Test func withoutEitherSideThereIsNoCurve() {
    #expect(ROCCurve(negatives: [], positives: [1]) == nil)
    #expect(ROCCurve(negatives: [1], positives: []) == nil)
  }
}
