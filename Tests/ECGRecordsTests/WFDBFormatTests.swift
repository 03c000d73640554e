import ECGTestSupport
import Foundation
import Testing

@testable import ECGRecords

private let folder = Vectors.folder.appending(path: "wfdb_formats")

private func open(_ name: String) throws -> any RecordingFile {
  try openRecording(folder.appending(path: "\(name).hea"))
}

/// All samples of a stream, taken in pieces of `length`.
private func samples(_ stream: any LeadStream, piecesOf length: Int) throws -> [Float] {
  var stream = stream
  var samples: [Float] = []
  let piece = UnsafeMutableBufferPointer<Float>.allocate(capacity: length)
  defer { piece.deallocate() }
  while true {
    let count = try stream.next(piece)
    samples += piece[..<count]
    if count < length { break }
  }
  #expect(try stream.next(piece) == 0)
  return samples
}

private func isEqual(_ a: [Float], _ b: [Float]) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
}

/// Every format of signal(5) and every way to join signals, against what the Python package wfdb reads:
/// `Tests/Vectors/wfdb_formats.py`.
@Suite struct WFDBFormatTests {
  @Test func readsWhatWFDBReads() throws {
    let golden = try Vectors.float64("wfdb_formats")
    var position = 0
    let cases = try String(contentsOf: folder.appending(path: "cases.txt"), encoding: .utf8).split(separator: "\n")
    for line in cases {
      let fields = line.split(separator: " ")
      let name = String(fields[0])
      let recording = try open(name)
      try #require(recording.leads.count == fields.count - 1, "\(name)")
      for (lead, count) in fields.dropFirst().map({ Int($0)! }).enumerated() {
        let expected = golden[position..<position + count]
        position += count
        let read = try recording.read(lead: .index(lead))
        let found = read.leads[0].samples
        #expect(recording.leads[lead].sampleCount == count, "\(name)")
        #expect(read.samplingRate == recording.leads[lead].samplingRate)
        try #require(found.count == count, "\(name)")
        for (a, b) in zip(found, expected) {
          #expect(Float(b) == a || a.isNaN && b.isNaN, "\(name), lead \(lead)")
        }
        for length in [1, 7, 16, 1000] {
          let streamed = try samples(recording.stream(lead: lead, verifying: true), piecesOf: length)
          #expect(isEqual(streamed, found), "\(name), lead \(lead), in pieces of \(length)")
        }
      }
      if Set(recording.leads.map(\.samplingRate)).count == 1 {
        let all = try recording.read()
        for lead in all.leads.indices {
          #expect(isEqual(all.leads[lead].samples, try recording.read(lead: .index(lead)).leads[0].samples))
        }
      }
    }
    #expect(position == golden.count)
    #expect(cases.count > 90)
  }

  @Test func readsFLACInSeveralBlocks() throws {
    let first = (0..<9000).map { Float($0 * 7919 % 101 - 50) / 200 }
    let second = (0..<9000).map { Float($0 * $0 % 211 - 100) / 200 }
    #expect(try open("blocks").read().leads.map(\.samples) == [first, second])
    let offset = try open("blocksoffset").read().leads.map(\.samples)
    #expect(offset == [Array(first[3000...]), Array(second[3000...])])
    for length in [4095, 4096, 5000] {
      #expect(try samples(open("blocks").stream(lead: 1, verifying: true), piecesOf: length) == second)
    }
  }

  @Test func leadsKeepTheirOwnRates() throws {
    let mixed = try open("mixed")
    #expect(mixed.leads.map(\.samplingRate) == [250, 500, 250, 250, 750])
    #expect(throws: RecordError.differentRates(file: "wfdb_formats/mixed.hea")) { try mixed.read() }
    #expect(try mixed.read(lead: .name("b")).samplingRate == 500)
    let variable = try open("variable")
    #expect(variable.leads.map(\.name) == ["V", "II", "I"])
    #expect(variable.comments == ["of the layout"])
  }

  @Test func verifiesEverySegment() throws {
    let scratch = Scratch()
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
    where ["fixed", "seg1", "seg2", "seg3"].contains(String(name.prefix { $0 != "." })) {
      try FileManager.default.copyItem(at: folder.appending(path: name), to: scratch.url(name))
    }
    #expect(throws: Never.self) { try readRecording(scratch.url("fixed")) }
    var bytes = Array(try Data(contentsOf: scratch.url("seg2.dat")))
    bytes[40] ^= 1
    try scratch.write("seg2.dat", bytes)
    for lead in [LeadChoice.first, .index(1), nil] {
      guard case .wrongChecksum(let file, _, _, _) = error({ try readRecording(scratch.url("fixed"), lead: lead) })
      else {
        // The bit belongs to one of the two leads.
        continue
      }
      #expect(file == scratch.name("seg2.dat"))
    }
    guard case .wrongChecksum = error({ try readRecording(scratch.url("fixed")) }) else {
      return _ = Issue.record("a damaged segment was read")
    }
    #expect(throws: Never.self) { try readRecording(scratch.url("fixed"), verifying: false) }
  }

  private func error(_ body: () throws -> Recording) -> RecordError? {
    do { _ = try body() } catch { return error as? RecordError }
    return nil
  }

  @Test func refusesSegmentsThatContradictTheirHeader() throws {
    let scratch = Scratch()
    try scratch.write("a.dat", [1, 0, 2, 0, 3, 0])
    try scratch.write("a.hea", "a 1 500 3\na.dat 16 1 12 0 0 0 0 I\n")
    func message(_ header: String) throws -> String {
      try scratch.write("m.hea", header)
      guard let error = error({ try readRecording(scratch.url("m.hea")) }) else { return "" }
      return "\(error)"
    }
    #expect(try message("m/3 1 500 8\na 3\n~ 2\na 3\n") == "")
    #expect(try message("m/1 1 500 4\na 4\n").contains("says 4"))
    #expect(try message("m/1 1 250 3\na 3\n").contains("Hz"))
    #expect(try message("m/2 1 500 6\na 3\nm 3\n").contains("segments itself"))
    #expect(try message("m/1 1 500 3\nm 3\n").contains("segments itself"))
    #expect(try message("m/1 1 500 3\n~ 3\n").contains("no samples"))
    #expect(try message("m/2 1 500 1000000000003\na 3\n~ 1000000000000\n").contains("too many to hold in memory"))
    // Null signals need no file, and the sum of these four lengths is 0 modulo 2⁶⁴.
    let null = String(repeating: "~ 0\n", count: 4)
    #expect(try message("m 4 500 \(1 << 62)\n\(null)").contains("too many to hold in memory"))
    #expect(try message("m 1 500 \(1 << 62)\n~ 0x4\n").contains("too many to hold in memory"))
    let many = String(repeating: "a 3\n", count: 40_000)
    #expect(try message("m/40000 1 500 120000\n\(many)") == "")
    try scratch.write("b.hea", "b 2 500 3\na.dat 16 1\nb.dat 16 1\n")
    #expect(try message("m/2 2 500 6\nb 3\na 3\n").contains("b.dat"))
    try scratch.write("b.dat", [1, 0, 2, 0, 3, 0])
    #expect(try message("m/2 2 500 6\nb 3\na 3\n").contains("1 signals"))
    try scratch.write("a.hea", "a 1 500 3\na.dat 16x2 1\n")
    #expect(try message("m/2 1 500 6\nb 3\na 3\n").contains("samples per frame"))
    // Null signals, as in the header(5) example "multi".
    try scratch.write("null.hea", "null 1 500 2\n~ 0\n")
    try scratch.write("a.hea", "a 1 500 3\na.dat 16 1 12 0 0 0 0 I\n")
    try scratch.write("m.hea", "m/3 1 500 8\na 3\nnull 2\na 3\n")
    let samples = try readRecording(scratch.url("m.hea")).leads[0].samples
    #expect(isEqual(samples, [1, 2, 3, .nan, .nan, 1, 2, 3]))
  }

  @Test func survivesDamagedFLAC() throws {
    let scratch = Scratch()
    for name in ["f516_3", "f508_2", "f524_frames"] {
      let header = try String(contentsOf: folder.appending(path: "\(name).hea"), encoding: .utf8)
      try scratch.write("\(name).hea", header)
      let good = Array(try Data(contentsOf: folder.appending(path: "\(name).dat")))
      func read(_ bytes: [UInt8]) throws {
        try scratch.write("\(name).dat", bytes)
        _ = try readRecording(scratch.url("\(name).hea"), lead: .first, verifying: false)
      }
      #expect(throws: Never.self) { try read(good) }
      for length in stride(from: 0, to: good.count - 1, by: 3) {
        #expect(throws: RecordError.self) { try read(Array(good[..<length])) }
      }
      var generator = LinearGenerator(state: 516)
      for _ in 0..<300 {
        var damaged = good
        for _ in 0...generator.next() % 3 {
          damaged[Int(generator.next() % UInt64(damaged.count))] = UInt8(truncatingIfNeeded: generator.next())
        }
        do { try read(damaged) } catch { #expect(error is RecordError) }
      }
    }
  }

  /// Examples and rules of header(5).
  @Test func readsHeadersAsTheSpecificationAsks() throws {
    func header(_ text: String) throws -> WFDBHeader { try WFDBHeader(text: text, path: "r.hea") }
    let full = try header(
      "100 2 360/25.5(-7.5) 650000 13:5:0.25 25/4/1989\nd 212 200 11 1024 995 -22131 0 MLII\nd 212\n")
    #expect(full.frameRate == 360)
    #expect(full.counterRate == 25.5)
    #expect(full.baseCounter == -7.5)
    #expect(full.frameCount == 650_000)
    #expect(full.timeOfDay == 47_100.25)
    #expect(full.date == RecordingDate(year: 1989, month: 4, day: 25))
    #expect(full.signals[0].baseline == 1024 && full.signals[0].gain == 200 && full.signals[0].unit == "mV")
    #expect(full.signals[0].description == "MLII")
    #expect(full.signals[1].gain == 200 && full.signals[1].initialValue == nil && full.signals[1].baseline == 0)
    // A base date of 0/0/0 is none.
    #expect(try header("100 1 360 650000 0:0:0 0/0/0\nd 212\n").date == nil)
    #expect(try header("100 1 360. 650000 0:0:0 0/0/0\nd 212\n").timeOfDay == 0)
    for rate in ["360", "360.", "360.0", "3.6e2"] { #expect(try header("r 1 \(rate)\nd 16\n").frameRate == 360) }
    // One sample a minute, as in records of vital signs.
    #expect(try header("r 1 0.0166666666667\nd 16\n").frameRate == 0.0166666666667)
    let gain = try header("r 1\n# a\nd 16x2:3+24 -1.5e1(-40)/uV/s 0 7 -3 5 0  two words  \nmore lines 16\n#b\n ## c\n")
    #expect(gain.signals.count == 1)
    #expect(gain.signals[0].samplesPerFrame == 2 && gain.signals[0].skew == 3 && gain.signals[0].byteOffset == 24)
    #expect(gain.signals[0].gain == -15 && gain.signals[0].baseline == -40 && gain.signals[0].unit == "uV/s")
    #expect(gain.signals[0].zero == 7 && gain.signals[0].initialValue == -3 && gain.signals[0].checksum == 5)
    #expect(gain.signals[0].description == "two words")
    #expect(gain.comments == ["a", "b", "c"])
    #expect(try header("r 0\n").signals.isEmpty)
    // Format 8 begins at the zero of the converter where no initial value is given.
    let scratch = Scratch()
    try scratch.write("e.hea", "e 1 500 2\ne.dat 8 1(0) 10 100\n")
    try scratch.write("e.dat", [1, 0xFE])
    #expect(try readRecording(scratch.url("e.hea")).leads[0].samples == [101, 99])
  }
}
