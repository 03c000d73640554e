import ECGCore
import ECGExport
import ECGIdentity
import ECGNetwork
import ECGTestSupport
import Foundation
import Testing

@testable import ECG

/// A session adds nothing of its own: what it answers is what the parts answer when they are called one by one.
@Suite struct SessionTests {
  private static let counts = [1, 2, 3, 15, 16, 17, 31, 32, 33]

  /// Probabilities of each beat alone, by ECGNetwork.
  private func probabilities(of beats: [Float]) -> [[Float]] {
    let contents = TinyModel.contents()
    let runner = PlainRunner(contents.network, contents.parameters)
    return (0..<beats.count / TinyModel.beatLength).map { runner.run(TinyModel.beat($0, of: beats)).output }
  }

  @Test(arguments: counts) func severalBeatsDecideAsTheirMeanLogProbabilities(count: Int) throws {
    let beats = TinyModel.beats(count: count, seed: 8)
    let rows = probabilities(of: beats)
    // The formula of JointDecision, in double precision: the mean logarithm, from a hundredth of chance on.
    let logarithms = (0..<3).map { person in
      rows.reduce(0.0) { $0 + log(max(Double($1[person]), 0.01 / 3)) } / Double(count)
    }
    let total = logarithms.reduce(0) { $0 + exp($1) }
    let expected = logarithms.map { exp($0) / total }

    try OpenedModel(TinyModel.contents()).withSession { session in
      let decision = try beats.withUnsafeBufferPointer { try session.identify($0) }
      #expect(decision.person == expected.indices.max { expected[$0] < expected[$1] })
      for person in 0..<3 { #expect(abs(Double(session.probabilities[person]) - expected[person]) < 1e-5) }
      #expect(decision.probability == session.probabilities[decision.person])
    }
  }

  @Test func theBatchSizeChangesNothing() throws {
    let model = try OpenedModel(TinyModel.contents())
    let beats = TinyModel.beats(count: 37, seed: 9)
    var first: [Float]?
    for batch in 1...Session.largestBatch {
      try model.withSession(batch: batch) { session in
        let decision = try beats.withUnsafeBufferPointer { try session.identify($0) }
        let score = try beats.withUnsafeBufferPointer { try session.outlierScore($0) }
        let answer = Array(session.probabilities) + [Float(decision.person), score]
        if let first {
          for (value, expected) in zip(answer, first) { #expect(abs(value - expected) < 1e-6, "batch \(batch)") }
        }
        first = first ?? answer
      }
    }
    for batch in [-1, 0, 17, Int.max] {
      #expect(throws: Status.argument) { try model.withSession(batch: batch) { _ in } }
    }
  }

  @Test(arguments: [TinyModel.Features.beat, .hidden], counts)
  func outlierScoresAreThoseOfTheLocalOutlierFactor(features: TinyModel.Features, count: Int) throws {
    try expectOutlierScores(TinyModel.contents(features: features), features, count)
  }

  /// References in fewer bits score as the values that they stand for.
  @Test(arguments: [TinyModel.Features.beat, .hidden], [Layer.Storage.float16, .int8])
  func compactReferencesScoreAsTheirValuesDo(features: TinyModel.Features, storage: Layer.Storage) throws {
    var contents = TinyModel.contents(features: features)
    let reference = try #require(contents.outlierReference)
    contents.outlierReference?.features = try #require(
      CompactFeatures.rounded(reference.features, dimensions: reference.dimensions, as: storage))
    contents.outlierReference?.storage = storage
    #expect(contents.outlierReference?.features != reference.features)
    try expectOutlierScores(contents, features, 5)
  }

  private func expectOutlierScores(_ contents: ModelContents, _ features: TinyModel.Features, _ count: Int) throws {
    let reference = try #require(contents.outlierReference)
    let beats = TinyModel.beats(count: count, seed: 10)
    let runner = PlainRunner(contents.network, contents.parameters)
    var logarithms = 0.0
    for index in 0..<count {
      let beat = TinyModel.beat(index, of: beats)
      let query = features == .beat ? beat : runner.run(beat).embedding
      logarithms += log(Double(try score(query, reference)))
    }
    let expected = exp(logarithms / Double(count))
    try OpenedModel(contents).withSession { session in
      let score = try beats.withUnsafeBufferPointer { try session.outlierScore($0) }
      #expect(abs(Double(score) / expected - 1) < 1e-5)
      #expect(score > 0.5 && score < 20)
    }
  }

  private func score(_ query: [Float], _ reference: OutlierReferenceContents) throws -> Float {
    let memory = AlignedBytes(count: 1 << 16)
    return try reference.features.withUnsafeBufferPointer { features in
      try reference.kDistances.withUnsafeBufferPointer { distances in
        try reference.reachabilityDensities.withUnsafeBufferPointer { densities in
          let factor = try LocalOutlierFactor(
            features: .float32(features), dimensions: reference.dimensions, kDistances: distances, densities: densities,
            neighbourCount: reference.neighbourCount)
          var arena = memory.arena
          return try query.withUnsafeBufferPointer { try factor.score($0, working: &arena) }
        }
      }
    }
  }

  @Test func withoutAReferenceThereIsNoScore() throws {
    let model = try OpenedModel(TinyModel.contents(features: .none))
    #expect(model.pointer.pointee.outliers == nil)
    try model.withSession { session in
      let beats = TinyModel.beats(count: 1, seed: 1)
      #expect(throws: Status.noOutlierReference) { try beats.withUnsafeBufferPointer { try session.outlierScore($0) } }
      try session.verify()
    }
  }

  @Test func partsOfABeatAndNumbersBeyondABeatAreRefused() throws {
    try OpenedModel(TinyModel.contents()).withSession { session in
      var beats = TinyModel.beats(count: 2, seed: 1)
      func expectRefusal(_ beats: [Float]) {
        #expect(throws: Status.argument) { try beats.withUnsafeBufferPointer { try session.identify($0) } }
        #expect(throws: Status.argument) { try beats.withUnsafeBufferPointer { try session.outlierScore($0) } }
      }
      expectRefusal([])
      expectRefusal(Array(beats.dropLast()))
      expectRefusal(beats + [0])
      for value in [Float.nan, .infinity, -.infinity, 2.5, -1e30] {
        beats[399] = value
        expectRefusal(beats)
      }
    }
  }

  @Test func anAnswerThatIsNotReproducedFailsTheSelfTest() throws {
    var contents = TinyModel.contents()
    try OpenedModel(contents).withSession { try $0.verify() }
    contents.knownAnswer.output[1] += 2e-4
    _ = try OpenedModel(contents).withSession { session in
      #expect(throws: Status.selfTest) { try session.verify() }
    }
  }

  @Test func aFileThatChangesInUseFailsTheDigest() throws {
    let bytes = try TinyModel.bytes(TinyModel.contents())
    let model = try OpenedModel(bytes)
    _ = try model.withSession { session in
      bytes.bytes[bytes.bytes.count / 2] ^= 1
      #expect(throws: Status.digest) { try session.verify() }
    }
  }

  @Test(arguments: 4000...4040) func aRecordingAsLongAsTheSessionHasRoom(count: Int) throws {
    let model = try OpenedModel(TinyModel.contents())
    let noise = TinyModel.beats(count: 21, seed: 5)
    try model.withSession(seconds: Double(count) / 500) { session in
      // Durations are reckoned by a division that rounds: one sample more is taken or too long, never out of memory.
      for extra in 0...1 {
        do {
          _ = try session.preprocess(noise.span.extracting(first: count + extra), samplingRate: 500)
        } catch {
          #expect(error as? Status == .poorSignal || (extra == 1 && error as? Status == .signalTooLong), "\(error)")
        }
      }
    }
  }

  @Test func sessionsRefuseWhatTheyWereNotMadeFor() throws {
    let model = try OpenedModel(TinyModel.contents())
    func expect(_ status: Status, _ seconds: Double, _ rate: Double) {
      #expect(throws: status) {
        try Session.memorySize(model.pointer, longestSeconds: seconds, samplingRate: rate, batch: 1)
      }
    }
    for seconds in [0, -1, .nan, .infinity, 1e9] { expect(.argument, seconds, 500) }
    for rate in [0, 49.9, 10_001, .nan, .infinity] { expect(.samplingRate, 10, rate) }
    _ = try model.withSession { session in
      let long = [Float](repeating: 0.1, count: 5002)
      #expect(throws: Status.signalTooLong) { try session.preprocess(long.span, samplingRate: 500) }
      #expect(throws: Status.flatSignal) {
        try session.preprocess(long.span.extracting(first: 5000), samplingRate: 500)
      }
      #expect(throws: Status.signalTooShort) {
        try session.preprocess(long.span.extracting(first: 2), samplingRate: 500)
      }
    }
  }
}
