import ECGCore
import ECGExport
import ECGIdentity
import ECGSignal
import Foundation
import Testing

@testable import ECG

/// A stream says of a gallery what a session says of it with the same beats, and enrols as a session does.
@Suite struct StreamGalleryTests {
  typealias Runner = StreamTests.Runner

  /// A model that accepts a score from these thresholds on, look by look; nil: not calibrated.
  private static func model(_ thresholds: [Float]?) throws -> OpenedModel {
    var configuration = PipelineConfiguration()
    configuration.frontEnd = .bandPass
    var contents = TinyModel.contents()
    contents.preprocessing = TinyModel.preprocessing(configuration)
    if let thresholds {
      contents.verification = VerificationContents(
        beatCounts: [1, 2, 4, 8, 16], impostorRates: [0.5, 0.001],
        impostorScores: thresholds.flatMap { [-1, $0] }, people: 200, falseAcceptanceRate: 0.1)
    }
    return try OpenedModel(contents)
  }

  /// A gallery in memory that lives as long as this object.
  final class People {
    let pointer: UnsafeMutablePointer<Gallery>
    private let memory: AlignedBytes

    init(_ model: OpenedModel, capacity: Int = 8) throws {
      memory = AlignedBytes(count: 1 << 16)
      var arena = memory.arena
      pointer = .allocate(capacity: 1)
      pointer.initialize(
        to: try Gallery(
          capacity: capacity, dimensions: 6, modelDigest: try model.pointer.pointee.embeddingDigest(), arena: &arena))
    }

    deinit { pointer.deallocate() }

    func enrol(_ name: String, _ beats: [Float], _ session: Session) throws {
      try beats.withUnsafeBufferPointer { try session.enrol(try PersonName(name), $0, in: &pointer.pointee) }
    }
  }

  /// Ada, whose heart the signals here show, by a recording and by two beats; and Bob, who is noise.
  private static func people(_ model: OpenedModel) throws -> People {
    let people = try People(model)
    let ada = try Runner(model).push(StreamTests.signal(seconds: 20, seed: 9)).compactMap(\.beat)
    try model.withSession { session in
      try people.enrol("Bob", TinyModel.beats(count: 3, seed: 5), session)
      try people.enrol("Ada", Array(ada.joined()), session)
      try people.enrol("Ada", Array(ada[3...4].joined()), session)
    }
    return people
  }

  /// Pushes a signal sample by sample, so that `each` sees the stream right after each event.
  private static func run(_ runner: Runner, _ samples: [Float], _ each: (StreamTests.Told) throws -> Void) throws {
    for sample in samples {
      _ = try [sample].withUnsafeBufferPointer { try runner.stream.push($0) }
      while true {
        let event = try runner.stream.next()
        if event.kind == .none { break }
        try each(
          StreamTests.Told(
            event: event, identity: runner.stream.identity, probabilities: [],
            beat: event.kind == .beat ? runner.stream.lastBeat.map(Array.init) : nil, status: runner.stream.signalStatus
          ))
      }
    }
  }

  struct Case: CustomTestStringConvertible {
    var testDescription: String
    var thresholds: [Float]?
    /// What it comes to at last when everybody, Ada and Bob are asked for; beats at that look.
    var ends: [(Verdict, Int)]
  }

  static let cases = [
    Case(testDescription: "at once", thresholds: [0.9, 0.9, 0.9, 0.9, 0.9], ends: [(.accepted, 1), (.accepted, 1)]),
    Case(testDescription: "later", thresholds: [1.5, 1.5, 0.9, 1.5, 1.5], ends: [(.accepted, 4), (.accepted, 4)]),
    Case(testDescription: "at last", thresholds: [1.5, 1.5, 1.5, 1.5, 0.9], ends: [(.accepted, 16), (.accepted, 16)]),
    Case(testDescription: "never", thresholds: [1.5, 1.5, 1.5, 1.5, 1.5], ends: [(.rejected, 16), (.rejected, 16)]),
    Case(testDescription: "never sure", thresholds: [2, 2, 2, 2, 2], ends: [(.notSure, 16), (.notSure, 16)]),
    Case(testDescription: "not calibrated", thresholds: nil, ends: [(.notSure, 0), (.notSure, 0)]),
  ]

  @Test(arguments: cases) func theMatchIsThatOfASession(_ asked: Case) throws {
    let model = try Self.model(asked.thresholds)
    let people = try Self.people(model)
    let gallery = people.pointer.pointee
    #expect(gallery.count == 3 && gallery.personCount == 2)
    for (place, claimed) in [nil, "Ada", "Bob"].enumerated() {
      let name = try claimed.map { try PersonName($0) }
      let candidates = name.map { gallery.templates(of: $0) } ?? 0..<gallery.count
      let runner = try Runner(model)
      try runner.stream.compare(with: people.pointer, person: name)
      #expect(runner.stream.match.verdict == .notSure && runner.stream.match.beatCount == 0)
      var beats: [[Float]] = []
      try model.withSession { session in
        try Self.run(runner, StreamTests.signal(seconds: 24)) { told in
          if let beat = told.beat { beats.append(beat) }
          guard !beats.isEmpty else { return }
          let expected = try Array(beats.joined()).withUnsafeBufferPointer {
            try session.compare($0, with: candidates, of: gallery)
          }
          let match = runner.stream.match
          #expect(match.verdict == expected.verdict && match.template == expected.template)
          #expect(match.beatCount == expected.beatCount && match.templateCount == expected.templateCount)
          #expect(abs(match.score - expected.score) < 1e-6 && match.threshold == expected.threshold)
          #expect(match.falseAcceptanceProbability == expected.falseAcceptanceProbability)
          #expect((runner.stream.acceptedPerson != nil) == (match.verdict == .accepted))
        }
      }
      #expect(beats.count > 20)
      let match = runner.stream.match
      if claimed == "Bob" {
        #expect(match.template == 0 && match.templateCount == 1)
        continue
      }
      #expect(match.verdict == asked.ends[place].0)
      #expect(match.beatCount == (asked.thresholds == nil ? beats.count : asked.ends[place].1))
      if match.verdict == .accepted { #expect(try runner.stream.acceptedPerson! == PersonName("Ada")) }
    }
  }

  @Test func aGalleryChangesNoEvent() throws {
    let model = try Self.model([1.5, 0.9, 0.9, 0.9, 0.9])
    let people = try Self.people(model)
    let samples = StreamTests.signal(seconds: 20)
    let runner = try Runner(model)
    let expected = try runner.push(samples) + runner.finish()
    runner.stream.reset()
    try runner.stream.compare(with: people.pointer)
    #expect(try runner.push(samples) + runner.finish() == expected)
    #expect(runner.stream.match.verdict == .accepted)
  }

  /// With a new person, on the caller's wish, after `reset`; and without a gallery there is none.
  @Test func comparisonsBeginAnew() throws {
    let model = try Self.model([1.5, 0.9, 0.9, 0.9, 0.9])
    let people = try Self.people(model)
    let samples = StreamTests.signal(seconds: 12)
    let runner = try Runner(model)
    try runner.stream.compare(with: people.pointer)
    func isAccepted() -> Bool { runner.stream.match.verdict == .accepted && runner.stream.match.beatCount == 2 }
    func isNew() -> Bool {
      runner.stream.match.verdict == .notSure && runner.stream.match.beatCount == 0
        && runner.stream.acceptedPerson == nil
    }
    _ = try runner.push(samples)
    #expect(isAccepted())
    try runner.stream.compare(with: people.pointer)
    #expect(isNew())
    _ = try runner.push(samples)
    #expect(isAccepted())
    runner.stream.reset()
    #expect(isNew())
    _ = try runner.push(samples)
    #expect(isAccepted())
    _ = try runner.push([Float](repeating: 0.2, count: 6000))
    #expect(isNew() && runner.stream.identity.beatCount == 0)
    _ = try runner.push(samples)
    #expect(isAccepted())
    try runner.stream.compare(with: nil)
    #expect(!runner.stream.hasGallery)
    _ = try runner.push(samples)
    #expect(isNew())
  }

  @Test func aGalleryMayChangeBetweenLooks() throws {
    let model = try Self.model([1.5, 0.9, 0.9, 0.9, 0.9])
    let people = try Self.people(model)
    let ada = try PersonName("Ada")
    let samples = StreamTests.signal(seconds: 12)
    let runner = try Runner(model)
    try runner.stream.compare(with: people.pointer)
    _ = try runner.push(samples)
    try people.pointer.pointee.remove(ada)
    _ = try runner.push(samples)
    #expect(try #require(runner.stream.acceptedPerson) == ada)
    // Of whom nothing is left: nobody it can be.
    try runner.stream.compare(with: people.pointer, person: ada)
    _ = try runner.push(samples)
    #expect(runner.stream.match.verdict == .rejected && runner.stream.match.templateCount == 0)
  }

  @Test func aStreamEnrolsAsASessionDoes() throws {
    let model = try Self.model(nil)
    let runner = try Runner(model)
    let byStream = try People(model, capacity: 2)
    let bySession = try People(model)
    let ada = try PersonName("Ada")
    #expect(throws: Status.noBeats) { try runner.stream.enrol(ada, in: &byStream.pointer.pointee) }
    // What comes before a window without beats is forgotten, as the identity is.
    let flat = [Float](repeating: 0.2, count: 6000)
    let told = try runner.push(StreamTests.signal(seconds: 10, seed: 3) + flat + StreamTests.signal(seconds: 30))
    let start = try #require(told.lastIndex { $0.identity.beatCount == 0 })
    let beats = told[start...].compactMap(\.beat)
    #expect(beats.count > 20 && beats.count < told.compactMap(\.beat).count)
    #expect(try runner.stream.enrol(ada, in: &byStream.pointer.pointee) == beats.count)
    try model.withSession { try bySession.enrol("Ada", Array(beats.joined()), $0) }
    let enrolled = byStream.pointer.pointee
    #expect(enrolled.count == 1 && enrolled.name(0) == ada && enrolled.beatCount(0) == beats.count)
    for (value, expected) in zip(enrolled.embedding(0), bySession.pointer.pointee.embedding(0)) {
      #expect(abs(value - expected) < 1e-6)
    }
    #expect(try runner.stream.enrol(ada, in: &byStream.pointer.pointee) == beats.count)
    #expect(throws: Status.bufferTooSmall) { try runner.stream.enrol(ada, in: &byStream.pointer.pointee) }
    runner.stream.reset()
    #expect(throws: Status.noBeats) { try runner.stream.enrol(ada, in: &byStream.pointer.pointee) }
  }

  @Test func galleriesOfOtherDimensionsAreRefused() throws {
    let model = try Self.model(nil)
    let memory = AlignedBytes(count: 1 << 12)
    var arena = memory.arena
    var other = try Gallery(capacity: 1, dimensions: 7, modelDigest: SHA256.Digest(repeating: 0), arena: &arena)
    let runner = try Runner(model)
    #expect(throws: Status.otherModel) { try runner.stream.compare(with: &other) }
    #expect(!runner.stream.hasGallery)
    _ = try runner.push(StreamTests.signal(seconds: 8))
    let ada = try PersonName("Ada")
    #expect(throws: Status.otherModel) { try runner.stream.enrol(ada, in: &other) }
  }
}
