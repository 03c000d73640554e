import ECGMetrics
import ECGTestSupport
import Testing

/// Figures of the same predictions by scikit-learn: see Tests/Vectors/metrics.py.
@Suite struct ClassificationTests {
  private struct Case {
    var classes: Int
    var probabilities: [Float]
    var truths: [Int]
    var expected: [Double]

    var judgements: [Judgement] {
      truths.indices.map { beat in
        probabilities.withUnsafeBufferPointer {
          Judgement(
            UnsafeBufferPointer(rebasing: $0[beat * classes..<(beat + 1) * classes]), truth: truths[beat])
        }
      }
    }

    var matrix: ConfusionMatrix {
      var matrix = ConfusionMatrix(classCount: classes)
      for judgement in judgements { matrix.add(truth: judgement.truth, predicted: judgement.named) }
      return matrix
    }

    func mean(_ value: (Judgement) -> Double) -> Double {
      judgements.reduce(0) { $0 + value($1) } / Double(truths.count)
    }
  }

  private static let cases: [Case] = {
    let shapes = try! Vectors.int32("metrics-shapes")
    let probabilities = try! Vectors.float32("metrics-probabilities")
    let truths = try! Vectors.int32("metrics-truths")
    let expected = try! Vectors.float64("metrics-expected")
    var cases: [Case] = []
    var (value, beat, figure) = (0, 0, 0)
    for index in stride(from: 0, to: shapes.count, by: 2) {
      let (beats, classes) = (Int(shapes[index]), Int(shapes[index + 1]))
      let figures = 11 + 12 * classes + 30
      cases.append(
        Case(
          classes: classes, probabilities: Array(probabilities[value..<value + beats * classes]),
          truths: truths[beat..<beat + beats].map { Int($0) }, expected: Array(expected[figure..<figure + figures])))
      value += beats * classes
      beat += beats
      figure += figures
    }
    precondition(figure == expected.count && beat == truths.count && value == probabilities.count)
    return cases
  }()

  /// NaN in the vectors is nil here: undefined.
  private func expectSame(_ found: Double?, _ expected: Double, _ what: String) {
    if expected.isNaN {
      #expect(found == nil, "\(what)")
    } else {
      #expect(found.map { abs($0 - expected) < 1e-12 } == true, "\(what): \(found ?? .nan), not \(expected)")
    }
  }

  @Test(arguments: cases.indices) func figuresOfAllBeats(number: Int) {
    let this = Self.cases[number]
    expectSame(Double(this.matrix.correct) / Double(this.matrix.total), this.expected[0], "accuracy")
    expectSame(this.mean(\.crossEntropy), this.expected[1], "cross-entropy")
    expectSame(this.mean { $0.truthRank <= 5 ? 1 : 0 }, this.expected[2], "top-5")
    expectSame(this.mean(\.squaredError), this.expected[3], "Brier score")
    let calibration = Calibration(this.judgements.lazy.map { (Double($0.confidence), $0.isCorrect) })
    expectSame(calibration.expectedError, this.expected[4], "expected calibration error")
  }

  @Test(arguments: cases.indices) func averages(number: Int) {
    let this = Self.cases[number]
    let people = (0..<this.classes).map(this.matrix.outcomes)
    let (macro, weighted) = (Averages.macro(people), Averages.weighted(people))
    let found = [macro.precision, macro.recall, macro.f1, weighted.precision, weighted.recall, weighted.f1]
    for (index, value) in found.enumerated() { expectSame(value, this.expected[5 + index], "average \(index)") }
  }

  @Test(arguments: cases.indices) func everyPerson(number: Int) {
    let this = Self.cases[number]
    for person in 0..<this.classes {
      let outcomes = this.matrix.outcomes(of: person)
      let found: [Double?] = [
        outcomes.precision, outcomes.sensitivity, outcomes.f1, Double(outcomes.support),
        Double(outcomes.truePositives), Double(outcomes.falsePositives), Double(outcomes.trueNegatives),
        Double(outcomes.falseNegatives), outcomes.specificity, outcomes.negativePredictiveValue, outcomes.fallOut,
        outcomes.falseDiscoveryRate,
      ]
      for (index, value) in found.enumerated() {
        expectSame(value, this.expected[11 + 12 * person + index], "person \(person), figure \(index)")
      }
    }
  }

  @Test(arguments: cases.indices) func calibrationBins(number: Int) {
    let this = Self.cases[number]
    let calibration = Calibration(this.judgements.lazy.map { (Double($0.confidence), $0.isCorrect) })
    #expect(calibration.bins.count == 10)
    for (index, bin) in calibration.bins.enumerated() {
      let place = 11 + 12 * this.classes + 3 * index
      #expect(Double(bin.count) == this.expected[place])
      expectSame(bin.confidence, this.expected[place + 1], "confidence of bin \(index)")
      expectSame(bin.accuracy, this.expected[place + 2], "accuracy of bin \(index)")
    }
  }

  @Test func nothingIsUndefinedRatherThanZero() {
    let nothing = BinaryOutcomes(truePositives: 0, falsePositives: 0, trueNegatives: 0, falseNegatives: 0)
    #expect(nothing.precision == nil && nothing.sensitivity == nil && nothing.f1 == nil)
    #expect(nothing.specificity == nil && nothing.negativePredictiveValue == nil)
    #expect(nothing.fallOut == nil && nothing.falseDiscoveryRate == nil)
    #expect(Averages.macro([nothing]).f1 == nil && Averages.weighted([]).recall == nil)
    #expect(Calibration([(confidence: Double, isCorrect: Bool)]()).expectedError == nil)
  }

  @Test func binsHoldTheirUpperEdge() {
    let edges = (0...10).map { (confidence: $0 == 10 ? 1 : Double($0) * 0.1, isCorrect: true) }
    #expect(Calibration(edges).bins.map(\.count) == [2, 1, 1, 1, 1, 1, 1, 1, 1, 1])
  }

  @Test func confusionsComeMostFrequentFirst() {
    var matrix = ConfusionMatrix(classCount: 3)
    for (truth, predicted, count) in [(0, 0, 5), (0, 1, 1), (1, 2, 3), (2, 0, 1)] {
      for _ in 0..<count { matrix.add(truth: truth, predicted: predicted) }
    }
    #expect(matrix.confusions.map { [$0.truth, $0.predicted, $0.count] } == [[1, 2, 3], [0, 1, 1], [2, 0, 1]])
    #expect(matrix.cells.reduce(0) { $0 + $1.count } == matrix.total)
  }
}
