import ECGTestSupport
import ECGWorkflow
import Testing

@Suite struct AreaUnderCurveTests {
  @Test func areasAreScikitLearns() throws {
    let scores = try Vectors.float32("workflow-scores")
    let strangers = try Vectors.int32("workflow-strangers")
    let expected = try Vectors.float64("workflow-areas")
    var start = 0
    for (size, area) in zip(try Vectors.int32("workflow-sizes"), expected) {
      let range = start..<start + Int(size)
      let positives = range.filter { strangers[$0] == 1 }.map { scores[$0] as Float? }
      let negatives = range.filter { strangers[$0] == 0 }.map { scores[$0] as Float? }
      let found = try #require(areaUnderCurve(negatives: negatives, positives: positives))
      #expect(abs(found - area) < 1e-12)
      start += Int(size)
    }
    #expect(start == scores.count)
  }

  @Test func withoutEitherSideThereIsNoArea() {
    #expect(areaUnderCurve(negatives: [], positives: [1]) == nil)
    #expect(areaUnderCurve(negatives: [1], positives: []) == nil)
    #expect(areaUnderCurve(negatives: [nil], positives: [1, nil]) == nil)
    // Scores that are missing count on neither side.
    #expect(areaUnderCurve(negatives: [nil, 1, nil], positives: [2, nil]) == 1)
  }
}
