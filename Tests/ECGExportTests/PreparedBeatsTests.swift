import ECGCore
import ECGExport
import ECGTestSupport
import Foundation
import Testing

@Suite struct PreparedBeatsTests {
  private func sample() -> PreparedBeats {
    var generator = SeededGenerator(seed: 1)
    var prepared = PreparedBeats(beatLength: 5, samplingRate: 500, source: "two people, for tests")
    prepared.people = ["Ada", "Ĝ"]
    prepared.recordings = [
      .init(name: "Ada/1", person: 0, date: "2001-02-03", leftOut: [1, 0]),
      .init(name: "Ada/2", person: 0, leftOut: [0, 2]),
      .init(name: "Ĝ/1", person: 1, date: "2004", leftOut: [0, 0]),
    ]
    prepared.leftOutReasons = ["flat", "at the border"]
    prepared.recordingOfBeat = [0, 0, 1, 2]
    prepared.personOfBeat = [0, 0, 0, 1]
    prepared.rPeaks = [100, 600, 1 << 40, 7]
    prepared.beats = (0..<20).map { _ in Float(generator.normal()) }
    prepared.preprocessing = [.init("sampling_rate_hz", 500), .init("beat_before_s", 0.2)]
    return prepared
  }

  @Test func whatIsWrittenIsReadBackUnchanged() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "beats.h5")
    let prepared = sample()
    let digest = try prepared.write(to: url)
    #expect(try PreparedBeats(contentsOf: url) == prepared)
    let read = try PreparedBeats.read(url)
    #expect(read.digest == digest)
    #expect(digest.count == 64)
    #expect(try prepared.write(to: folder.url.appending(path: "again.h5")) == digest)
    var other = prepared
    other.rPeaks[0] += 1
    #expect(try other.write(to: url) != digest)
  }

  @Test func qualitiesAreReadBackWhereTheyAreKnown() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "beats.h5")
    var prepared = sample()
    prepared.qualities = [1, 0.75, 0.5, 0]
    prepared.recordings[0].quality = 0.9
    prepared.recordings[2].quality = 0.6
    try prepared.write(to: url)
    #expect(try PreparedBeats(contentsOf: url) == prepared)
    prepared.qualities.removeLast()
    let error = #expect(throws: ExportError.self) { try prepared.write(to: url) }
    #expect(error?.description.contains("length") == true)
  }

  @Test func tablesWithoutRowsAreRead() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "beats.h5")
    var prepared = sample()
    prepared.leftOutReasons = []
    for index in prepared.recordings.indices { prepared.recordings[index].leftOut = [] }
    prepared.preprocessing = []
    prepared.source = ""
    try prepared.write(to: url)
    #expect(try PreparedBeats(contentsOf: url) == prepared)
  }

  @Test func whatDoesNotFitTogetherIsRefused() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "beats.h5")
    func expectRefusal(_ part: String, _ change: (inout PreparedBeats) -> Void) {
      var prepared = sample()
      change(&prepared)
      let error = #expect(throws: ExportError.self) { try prepared.write(to: url) }
      #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }
    expectRefusal("none") { $0 = PreparedBeats(beatLength: 5, samplingRate: 500) }
    expectRefusal("19 values") { $0.beats.removeLast() }
    expectRefusal("not finite") { $0.beats[6] = .nan }
    expectRefusal("person 2") { $0.personOfBeat[3] = 2 }
    expectRefusal("person -1") { $0.personOfBeat[3] = -1 }
    expectRefusal("recording 3") { $0.recordingOfBeat[3] = 3 }
    expectRefusal("different people") { $0.personOfBeat[0] = 1 }
    expectRefusal("length") { $0.rPeaks.removeLast() }
    expectRefusal("Ada/2") { $0.recordings[1].leftOut = [] }
    expectRefusal("0.0 Hz") { $0.samplingRate = 0 }
    expectRefusal("beats of 0 samples") { $0.beatLength = 0 }
    #expect(!FileManager.default.fileExists(atPath: url.path))
  }

  @Test func foreignAndDamagedFilesAreNamed() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "beats.h5")
    func expectError(_ part: String, _ bytes: Data?) throws {
      try? FileManager.default.removeItem(at: url)
      try bytes?.write(to: url)
      let error = #expect(throws: ExportError.self) { try PreparedBeats(contentsOf: url) }
      let text = error?.description ?? ""
      #expect(text.contains(url.path) && text.contains(part), "\(text)")
    }
    try expectError("cannot read", nil)
    try expectError("not an HDF5", Data())
    try expectError("not an HDF5", Data("person,recording,path\n".utf8))
    try write(Samples.model(.convolutionOverBeats), to: url)
    try expectError("not a file of prepared beats", Data(contentsOf: url))
    try sample().write(to: url)
    let good = try Data(contentsOf: url)
    try expectError("too early", good.dropLast())
    try expectError("too early", good.prefix(50))
    var damaged = good
    damaged[damaged.count - 1] ^= 1
    try expectError("damaged", damaged)
  }

  /// Whatever byte is wrong, it is found.
  @Test func everyFlippedByteIsFound() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "beats.h5")
    try sample().write(to: url)
    let good = try Data(contentsOf: url)
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<400 {
      var damaged = good
      let place = Int.random(in: 0..<good.count, using: &generator)
      damaged[place] ^= UInt8.random(in: 1...255, using: &generator)
      try damaged.write(to: url)
      #expect(throws: ExportError.self, "byte \(place)") { try PreparedBeats(contentsOf: url) }
    }
  }
}
