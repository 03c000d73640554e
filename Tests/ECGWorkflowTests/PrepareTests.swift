import ECGCore
import ECGExport
import ECGRecords
import ECGSignal
import ECGTestSupport
import ECGWorkflow
import Foundation
import Testing

@Suite struct PrepareTests {
  private var configuration: PipelineConfiguration {
    var configuration = PipelineConfiguration()
    configuration.frontEnd = .bandPass
    return configuration
  }

  @Test func theNumberOfWorkersChangesNothing() throws {
    let dataset = try Simulator(seed: 2).dataset(people: 5, sessions: 2, duration: 10)
    let alone = try prepare(dataset, lead: .first, configuration: configuration, workers: 1)
    #expect(alone.beats.people.count == 5 && alone.beats.recordings.count == 10)
    for workers in [0, 2, 3, 16] {
      let shared = try prepare(dataset, lead: .first, configuration: configuration, workers: workers)
      #expect(shared.beats == alone.beats)
    }
  }

  @Test func progressCountsEveryRecordingOnce() throws {
    let dataset = try Simulator(seed: 2).dataset(people: 3, sessions: 2, duration: 10)
    let seen = Counter()
    _ = try prepare(dataset, lead: .first, configuration: configuration, workers: 3) { seen.add($0) }
    #expect(seen.values.sorted() == [1, 2, 3, 4, 5, 6])
  }

  @Test func beatsAreThoseOfTheSignalChain() throws {
    let dataset = try Simulator(seed: 3).dataset(people: 2, sessions: 2, duration: 10)
    let prepared = try prepare(dataset, lead: .first, configuration: configuration).beats
    let finder = try BeatFinder(configuration)
    var beats: [Float] = []
    var peaks: [Int64] = []
    for reference in dataset.recordings {
      let recording = try reference.read()
      let found = try finder.beats(in: recording.leads[0].samples, samplingRate: recording.samplingRate)
      beats += found.beats
      peaks += found.rPeaks.map { Int64($0) }
    }
    #expect(prepared.beats == beats && prepared.rPeaks == peaks)
    #expect(try PipelineConfiguration(prepared.preprocessing) == configuration)
  }

  @Test func recordingsThatCannotBeUsedAreNamedAndHarmNoOther() throws {
    let folder = try TemporaryFolder()
    func file(_ name: String, _ samples: [Float]) throws -> URL {
      let url = folder.url.appending(path: name)
      try samples.withUnsafeBytes { try Data($0).write(to: url) }
      return url
    }
    let good = try Simulator(seed: 4).dataset(people: 2, sessions: 2, duration: 10)
    func add(_ person: String, _ name: String, _ url: URL, _ rate: Double = 500) -> RecordingReference {
      RecordingReference(person: person, name: name, source: .file(url, samplingRate: rate))
    }
    let first = good.recordings[0].person
    let bad = [
      add(first, "rec_7", try file("flat.f32", .init(repeating: 1, count: 5000))),
      add(first, "rec_8", try file("short.f32", [1, 2, 3])),
      add("Somebody", "missing", folder.url.appending(path: "missing.f32")),
      add("Somebody", "gap", try file("gap.f32", .init(repeating: .nan, count: 5000))),
      add("Somebody", "rate", try file("rate.f32", (0..<5000).map { sin(Float($0)) }), 10),
      add("Zacharias", "empty", try file("empty.f32", [])),
    ]
    let mixed = Dataset(name: "mixed", recordings: bad + good.recordings)
    let prepared = try prepare(mixed, lead: .first, configuration: configuration)
    #expect(
      prepared.unusable.map(\.recording) == [
        "\(first)/rec_7", "\(first)/rec_8", "Somebody/gap", "Somebody/missing", "Somebody/rate", "Zacharias/empty",
      ])
    for (part, unusable) in zip(
      ["flat", "short", "missing (NaN)", "missing.f32", "rate", "empty.f32"], prepared.unusable)
    {
      #expect(unusable.reason.contains(part), "\(unusable.reason)")
    }
    let alone = try prepare(good, lead: .first, configuration: configuration)
    #expect(prepared.beats.beats == alone.beats.beats && prepared.beats.recordings == alone.beats.recordings)
    #expect(prepared.beats.people == alone.beats.people)
  }

  @Test func beatsCarryTheirQualityAndWhatWasLeftOutIsCounted() throws {
    let dataset = try Simulator(seed: 3).dataset(people: 2, sessions: 2, duration: 20)
    let all = try prepare(dataset, lead: .first, configuration: configuration).beats
    #expect(all.qualities.count == all.count && all.qualities.allSatisfy { $0 >= 0.8 && $0 <= 1 })
    #expect(all.recordings.allSatisfy { ($0.quality ?? 0) > 0.5 })
    #expect(all.leftOutReasons == SignalFault.reasons.map(\.name) && all.leftOutReasons.contains("noisy"))
    // With a higher limit exactly those above it are left, up to what the template of fewer beats changes.
    let limit = all.qualities.sorted()[all.count / 2]
    var strict = configuration
    strict.leastCorrelation = Double(limit)
    let fewer = try prepare(dataset, lead: .first, configuration: strict).beats
    let expected = all.qualities.count { $0 >= limit }
    #expect(abs(fewer.count - expected) <= 1 && fewer.qualities.allSatisfy { $0 >= limit })
    let unlike = try #require(fewer.leftOutReasons.firstIndex(of: "unlike the others"))
    #expect(fewer.recordings.reduce(0) { $0 + Int($1.leftOut[unlike]) } > 0)
  }

  @Test func aPoorSignalIsNamedWithItsReason() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "noise.f32")
    var generator = SeededGenerator(seed: 1)
    let noise = (0..<10_000).map { _ in Float(0.3 * generator.normal()) }
    try noise.withUnsafeBytes { try Data($0).write(to: url) }
    let good = try Simulator(seed: 4).dataset(people: 2, sessions: 1, duration: 20)
    let mixed = Dataset(
      name: "mixed",
      recordings: good.recordings + [.init(person: "Zoe", name: "noise", source: .file(url, samplingRate: 500))])
    let prepared = try prepare(mixed, lead: .first, configuration: configuration)
    #expect(prepared.unusable.count == 1 && prepared.beats.people.count == 2)
    #expect(prepared.unusable[0].category.hasPrefix("poor signal ("))
    #expect(prepared.unusable[0].reason.hasPrefix("Zoe/noise: poor signal ("))
    #expect(prepared.unusable[0].reason.contains("R peaks"))
  }

  @Test func withoutAnyBeatThereIsAnErrorThatSaysWhy() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "flat.f32")
    try Data(count: 20_000).write(to: url)
    let dataset = Dataset(
      name: "flats", recordings: [.init(person: "A", name: "rec_1", source: .file(url, samplingRate: 500))])
    let error = #expect(throws: WorkflowError.self) {
      try prepare(dataset, lead: .first, configuration: configuration)
    }
    let text = try #require(error).description
    #expect(text.contains("flats") && text.contains("A/rec_1") && text.contains("flat"))
    #expect(throws: WorkflowError.self) {
      try prepare(Dataset(name: "none", recordings: []), lead: .first, configuration: configuration)
    }
    var impossible = configuration
    impossible.samplingRate = 1
    #expect(throws: WorkflowError.self) { try prepare(dataset, lead: .first, configuration: impossible) }
  }
}

/// Collects numbers from several threads.
private final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private(set) var values: [Int] = []
  func add(_ value: Int) { lock.withLock { values.append(value) } }
}
