import ECGCore
import ECGTestSupport
import Testing

@testable import ECGIdentity

/// What scores mean on a calibrated scale; expected numbers from `Tests/Vectors/gallery.py`.
@Suite struct VerificationScaleTests {
  private func withScale<R>(
    beats: [Int32]? = nil, rates: [Float]? = nil, scores: [Float]? = nil, people: Int = 40, promised: Double = 0.08,
    _ body: (VerificationScale) throws -> R
  ) throws -> R {
    try (beats ?? Vectors.int32("gallery-scale-beats")).withUnsafeBufferPointer { beats in
      try (rates ?? Vectors.float32("gallery-scale-rates")).withUnsafeBufferPointer { rates in
        try (scores ?? Vectors.float32("gallery-scale-scores")).withUnsafeBufferPointer { scores in
          try body(
            VerificationScale(
              beatCounts: beats, rates: rates, scores: scores, people: people, promisedRate: promised))
        }
      }
    }
  }

  @Test func probabilitiesAndThresholdsAreThoseOfNumPy() throws {
    let queries = try Vectors.float32("gallery-scale-queries")
    let templates = try Vectors.int32("gallery-scale-templates").map(Int.init)
    let probabilities = try Vectors.float64("gallery-scale-probabilities")
    let thresholds = try Vectors.float32("gallery-scale-thresholds")
    try withScale { scale in
      #expect(scale.lookCount == 3 && scale.mostBeats == 4)
      for look in 0..<3 {
        for (t, count) in templates.enumerated() {
          let row = look * templates.count + t
          for (q, query) in queries.enumerated() {
            let told = scale.falseAcceptanceProbability(query, look: look, templates: count)
            #expect(abs(told - probabilities[row * queries.count + q]) < 1e-9)
            // Nobody is accepted for certain, however high the score.
            #expect(told >= 1.0 / 41)
          }
          #expect(scale.threshold(look: look, templates: count) == thresholds[row])
        }
      }
      // The vectors have both: what can be promised, and what cannot.
      #expect(thresholds.contains { $0 < 1 } && thresholds.contains(VerificationScale.unreachable))
    }
  }

  @Test func verdictsFollowTheThreshold() throws {
    try withScale { scale in
      for look in 0..<3 {
        let threshold = scale.threshold(look: look, templates: 1)
        func verdict(_ score: Float, _ templates: Int = 1) -> Verdict {
          GalleryAnswer(Gallery.Best(template: 0, score: score), look: look, templates: templates, scale: scale).verdict
        }
        #expect(verdict(threshold) == .accepted)
        #expect(verdict(1) == .accepted)
        #expect(verdict(threshold.nextDown) == (look == 2 ? .rejected : .notSure))
        // Too many templates for what was measured.
        #expect(verdict(1, 1000) == .notSure)
      }
    }
  }

  @Test func tablesThatAreNoneAreRefused() throws {
    func refuse(
      beats: [Int32] = [1, 2], rates: [Float] = [1, 0.1], scores: [Float] = [-1, 0.5, -1, 0.4], people: Int = 10,
      promised: Double = 0.1
    ) {
      #expect(throws: Status.malformed) {
        try withScale(beats: beats, rates: rates, scores: scores, people: people, promised: promised) { _ in }
      }
    }
    #expect(throws: Never.self) {
      try withScale(beats: [1, 2], rates: [1, 0.1], scores: [-1, 0.5, -1, 0.4], people: 10) { _ in }
    }
    for beats in [[], [0, 1], [2, 1], [1, 1], [1, 1001], [1], [1, 2, 3]] as [[Int32]] { refuse(beats: beats) }
    for rates in [[], [1, 1], [0.1, 1], [1.1, 0.1], [1, 0], [1, -1], [.nan, 0.1], [1, .nan]] as [[Float]] {
      refuse(rates: rates)
    }
    for scores in [[0.5, -1, -1, 0.4], [-1, 3, -1, 0.4], [-1, .nan, -1, 0.4], [-.infinity, 0, 0, 0], [0]] as [[Float]] {
      refuse(scores: scores)
    }
    for people in [0, -1] { refuse(people: people) }
    for promised in [0, 1, -0.1, .nan, .infinity] { refuse(promised: promised) }
  }
}
