import ECGTestSupport
import Foundation
import Testing

@testable import ECGRecords

/// The small records beside the script that made them.
private let folder = Vectors.folder.appending(path: "records")

private func header(_ name: String) -> URL { folder.appending(path: "\(name).hea") }

/// Equal to the nearest `Float`, or both missing.
private func expectEqual(_ samples: [Float], _ expected: [Double], _ comment: Comment) {
  #expect(samples.count == expected.count, comment)
  for (a, b) in zip(samples, expected) where !(a.isNaN && b.isNaN) {
    // wfdb divides by the gain before a unit is converted, so one more rounding, in double precision.
    #expect(abs(Double(a) - b) <= abs(b) * 0x1p-23, comment)
  }
}

@Suite struct WFDBTests {
  @Test(arguments: ["sixteen", "pairs", "odd", "oddframes", "twofiles", "challenge"])
  func readsWhatWFDBReads(_ name: String) throws {
    let recording = try readRecording(header(name))
    let expected = try Vectors.float64("records-\(name)")
    let count = recording.leads.count
    let toMillivolts = name == "sixteen" ? [1, 1e-3, 1e3] : Array(repeating: 1.0, count: count)
    for (index, lead) in recording.leads.enumerated() {
      let column = stride(from: index, to: expected.count, by: count).map { expected[$0] * toMillivolts[index] }
      expectEqual(lead.samples, column, "\(name), signal \(index)")
      #expect(try readRecording(header(name), lead: .index(index)).leads.map(\.name) == [lead.name])
    }
  }

  @Test func marksMissingSamples() throws {
    let recording = try readRecording(header("sixteen"))
    #expect(recording.leads[0].samples.indices.filter { recording.leads[0].samples[$0].isNaN } == [3])
    #expect(recording.leads[1].samples.indices.filter { recording.leads[1].samples[$0].isNaN } == Array(100..<110))
    #expect(try readRecording(header("pairs")).leads[0].samples[7].isNaN)
  }

  @Test func readsCommentsAndDates() throws {
    let sixteen = try readRecording(header("sixteen"))
    #expect(sixteen.comments == ["Age: 25", "ECG date: 07.12.2004"])
    #expect(sixteen.date == RecordingDate(year: 2004, month: 12, day: 7))
    #expect(sixteen.samplingRate == 500)
    #expect(try readRecording(header("challenge")).date == RecordingDate(year: 2020, month: 2, day: 5))
  }

  @Test func choosesALeadByIndexOrName() throws {
    let all = try readRecording(header("challenge"))
    #expect(all.leads.map(\.name) == ["I", "II", "aVR", "V1"])
    #expect(try readRecording(header("challenge"), lead: .index(2)).leads == [all.leads[2]])
    #expect(try readRecording(header("challenge"), lead: .name("avr")).leads == [all.leads[2]])
    #expect(try readRecording(header("challenge"), lead: .first).leads == [all.leads[0]])
    #expect(LeadChoice("3") == .index(3))
    #expect(LeadChoice("V3") == .name("V3"))
    for choice in [LeadChoice.index(4), .index(-1), .name("V6")] {
      #expect(
        throws: RecordError.noSuchLead(
          file: "records/challenge.hea", choice: choice, available: ["I", "II", "aVR", "V1"])
      ) {
        try readRecording(header("challenge"), lead: choice)
      }
    }
  }

  @Test func readsOneLeadLessAnother() throws {
    let all = try readRecording(header("challenge"))
    let difference = try readRecording(header("challenge"), lead: LeadChoice("V1-ii"))
    #expect(difference.leads.map(\.name) == ["V1-II"])
    #expect(difference.leads[0].samples == zip(all.leads[3].samples, all.leads[1].samples).map { $0 - $1 })
    #expect(difference.samplingRate == all.samplingRate && difference.comments == all.comments)
    for wrong in ["V1-V6", "-V1", "V1-", "I-II-aVR"] {
      #expect(
        throws: RecordError.noSuchLead(
          file: "records/challenge.hea", choice: .name(wrong), available: ["I", "II", "aVR", "V1"])
      ) {
        try readRecording(header("challenge"), lead: LeadChoice(wrong))
      }
    }
    let frames = try openRecording(header("frames"))
    #expect(throws: RecordError.differentRates(file: "records/frames.hea")) { try LeadDifference(frames, 0, minus: 1) }
    // Its leads have no names.
    #expect(throws: RecordError.noSuchLead(file: "records/frames.hea", choice: .name("-"), available: ["", ""])) {
      try frames.chosen(.name("-"))
    }
  }

  /// A name with a hyphen counts before a difference, and names with hyphens have differences, too.
  @Test func hyphensInNamesAreFound() {
    let names = ["V1", "V2", "V1-V2", "F-1"]
    #expect(LeadChoice("V1-V2").position(in: names) == 2)
    #expect(LeadChoice("V2-V1").position(in: names) == nil)
    #expect(LeadChoice("V2-V1").difference(in: names)! == (1, 0))
    #expect(LeadChoice("F-1-V1").difference(in: names)! == (3, 0))
    #expect(LeadChoice("V1-F-1").difference(in: names)! == (0, 3))
    #expect(LeadChoice("F-1").difference(in: names) == nil)
  }

  @Test func readsLeadsWithSeveralSamplesPerFrame() throws {
    let slow = try readRecording(header("frames"), lead: .index(0))
    let fast = try readRecording(header("frames"), lead: .index(1))
    #expect(slow.samplingRate == 100)
    #expect(fast.samplingRate == 300)
    expectEqual(slow.leads[0].samples, try Vectors.float64("records-frames-slow"), "slow")
    expectEqual(fast.leads[0].samples, try Vectors.float64("records-frames-fast"), "fast")
    #expect(throws: RecordError.differentRates(file: "records/frames.hea")) { try readRecording(header("frames")) }
  }
}

/// Records written for one test: a header's text and a signal file's bytes.
@Suite struct WFDBBadInputTests {
  let scratch = Scratch()

  private func read(
    _ text: String, _ bytes: [UInt8]? = nil, lead: LeadChoice? = nil, verifying: Bool = true
  ) throws -> Recording {
    try scratch.write("r.hea", Array(text.utf8))
    if let bytes { try scratch.write("r.dat", bytes) }
    return try readRecording(scratch.url("r.hea"), lead: lead, verifying: verifying)
  }

  private func error(_ text: String, _ bytes: [UInt8]? = nil, lead: LeadChoice? = nil) -> RecordError? {
    #expect(throws: RecordError.self) { try read(text, bytes, lead: lead) }
    do { _ = try read(text, bytes, lead: lead) } catch { return error as? RecordError }
    return nil
  }

  @Test func defaultsFollowTheSpecification() throws {
    // No rate: 250 Hz. No gain: 200 per mV. No length: up to the end of the file. No baseline: the converter's zero.
    let recording = try read("r 1\nr.dat 16\n", [200, 0, 0x38, 0xFF, 7])
    #expect(recording.samplingRate == 250)
    #expect(recording.leads[0].samples == [1, -1])
    #expect(try read("r 1 500 0\nr.dat 16 0 12 100\n", [200, 0]).leads[0].samples == [0.5])
    #expect(try read("r 1 500/1000(3) 1\nr.dat 16 100(-50)/uV 12 7\n", [50, 0]).leads[0].samples == [0.001])
    #expect(try read("r 1 1e3 1\r\nr.dat 16 1e2\r\n\r\n# a\r\n", [50, 0]).comments == ["a"])
  }

  @Test func shiftsSkewedSignals() throws {
    let bytes: [UInt8] = [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0]
    let recording = try read("r 2 500 3\nr.dat 16 1\nr.dat 16:1 1\n", bytes)
    #expect(recording.leads[0].samples == [1, 3, 5])
    #expect(recording.leads[1].samples.prefix(2) == [4, 6])
    #expect(recording.leads[1].samples[2].isNaN)
    #expect(try read("r 2 500 3\nr.dat 16 1\nr.dat 16:9 1\n", bytes).leads[1].samples.allSatisfy(\.isNaN))
  }

  @Test func verifiesInitialValueAndChecksum() throws {
    let bytes: [UInt8] = [1, 0, 0xFE, 0xFF]  // 1, -2
    #expect(try read("r 1 500 2\nr.dat 16 1 12 0 1 -1 0 I\n", bytes).leads[0].samples == [1, -2])
    #expect(try read("r 1 500 2\nr.dat 16 1 12 0 1 65535 0 I\n", bytes).leads[0].samples == [1, -2])
    #expect(
      error("r 1 500 2\nr.dat 16 1 12 0 1 1 0 I\n", bytes)
        == .wrongChecksum(file: scratch.name("r.dat"), signal: "I", found: -1, promised: 1))
    #expect(
      error("r 1 500 2\nr.dat 16 1 12 0 2 -1 0 I\n", bytes)
        == .wrongInitialValue(file: scratch.name("r.dat"), signal: "I", found: 1, promised: 2))
    // 0 stands for a checksum that was never filled in.
    #expect(try read("r 1 500 2\nr.dat 16 1 12 0 2 0 0 I\n", bytes).leads[0].samples == [1, -2])
    #expect(try read("r 1 500 2\nr.dat 16 1 12 0 2 9 0 I\n", bytes, verifying: false).leads[0].samples == [1, -2])
  }

  @Test func refusesAFileShorterThanPromised() {
    for (format, samples, needed) in [(16, 5, 10), (212, 4, 6), (212, 5, 8)] {
      let text = "r 1 500 \(samples)\nr.dat \(format) 200\n"
      #expect(throws: Never.self) { try read(text, Array(repeating: 0, count: needed)) }
      #expect(throws: Never.self) { try read(text, Array(repeating: 0, count: needed + 1)) }
      #expect(
        error(text, Array(repeating: 0, count: needed - 1))
          == .truncated(file: scratch.name("r.dat"), bytes: needed - 1, promised: needed))
    }
    #expect(
      error("r 1 500 1\nr.dat 16+24 200\n", Array(repeating: 0, count: 25))
        == .truncated(file: scratch.name("r.dat"), bytes: 25, promised: 26))
  }

  @Test func saysWhatIsWrongInWords() {
    let error = error("r 2 500 10000\nr.dat 16\nr.dat 16\n", Array(repeating: 0, count: 39_998))
    #expect("\(error!)" == "\(scratch.name("r.dat")): 39,998 bytes, the header promises 40,000; fetch the file again")
    #expect(shortName("/data/ecg-id/Person_07/rec_2.dat") == "Person_07/rec_2.dat")
    let header = RecordError.badHeader(
      file: "r.hea", line: 2, field: "gain", found: "a\u{1B}[31m", expected: "a number")
    #expect("\(header)" == "r.hea, line 2: the gain is \"a?[31m\", expected a number")
  }

  @Test(arguments: [1_000_000_000_000, Int.max / 2, Int.max])
  func refusesAbsurdLengthsBeforeAllocating(_ count: Int) {
    for format in ["16", "212", "16+2000000000"] {
      guard case .truncated = error("r 1 500 \(count)\nr.dat \(format) 200\n", [1, 2, 3]) else {
        Issue.record("not refused as too short: \(count)")
        continue
      }
    }
  }

  @Test(arguments: [
    "", "\n", "# only a comment\n", "r\n", "r -1\n", "r 99999999999999999999\n", "r one\n", "r 2\nr.dat 16\n",
    "r 1\n", "r 1 0\nr.dat 16\n", "r 1 nan\nr.dat 16\n", "r 1 inf\nr.dat 16\n", "r 1 -5\nr.dat 16\n",
    "r 1 1e300\nr.dat 16\n", "r/0 1\n", "r/x 1\n", "r/2 1 500 9\na 4\n", "r/2 1 500 9\na 4\n~ 4\n", "r/1 1\n../a 4\n",
    "r/1 1\na -4\n", "r/2 1\na 9223372036854775807\nb 9223372036854775807\n", "r 1 500 -1\nr.dat 16\n",
    "r 1 500 x\nr.dat 16\n", "r 1\nr.dat\n", "r 1\nr.dat x\n",
    "r 1\nr.dat 16x0\n", "r 1\nr.dat 16x99999\n", "r 1\nr.dat 16:\n", "r 1\nr.dat 16+\n", "r 1\nr.dat 16-3\n",
    "r 1\nr.dat 16 nan\n", "r 1\nr.dat 16 inf\n", "r 1\nr.dat 16 1e-300\n", "r 1\nr.dat 16 5(x)\n",
    "r 1\nr.dat 16 5(99999999999)\n", "r 1\nr.dat 16 5 twelve\n", "r 1\nr.dat 16 5 12 0 99999999999\n",
    "r 1\n/etc/hostname 16\n",
  ])
  func namesTheFieldThatIsWrong(_ text: String) {
    guard case .badHeader(let file, let line, let field, _, let expected) = error(text, [0, 0, 0, 0]) else {
      Issue.record("not refused as a bad header: \(text)")
      return
    }
    #expect(file == scratch.name("r.hea"))
    #expect(line >= 1)
    #expect(!field.isEmpty && !expected.isEmpty)
  }

  @Test func namesWhatItCannotRead() throws {
    #expect("\(error("r 1\nr.dat 17\n", [0, 0])!)".contains("format 17"))
    #expect(
      error("r 1\nr.dat 16 100/mmHg 12 0 0 0 0 ABP\n", [0, 0])
        == .notAVoltage(file: scratch.name("r.dat"), signal: "ABP", unit: "mmHg"))
    #expect(error("r 1\nr.dat 16\n", []) == .empty(file: scratch.name("r.dat")))
    #expect(error("r 0 500 1\n") == .empty(file: scratch.name("r.hea")))
    #expect(error("r 2\nr.dat 16\nr.dat 212\n", [0, 0, 0]) != nil)
    // A signal in an unreadable format does not stand in the way of another.
    #expect(try read("r 2\nr.dat 16 1\nq.dat 17 1\n", [3, 0], lead: .first).leads[0].samples == [3])
  }

  @Test func refusesWhatIsNoRegularFile() throws {
    guard case .unreadable = error("r 1\nabsent.dat 16\n") else { return _ = Issue.record("absent file read") }
    try FileManager.default.createDirectory(at: scratch.url("folder.dat"), withIntermediateDirectories: true)
    guard case .unreadable = error("r 1\nfolder.dat 16\n") else { return _ = Issue.record("folder read") }
    #expect(mkfifo(scratch.url("pipe.dat").path, 0o600) == 0)
    guard case .unreadable = error("r 1\npipe.dat 16\n") else { return _ = Issue.record("pipe read") }
    #expect(throws: RecordError.self) { try readRecording(scratch.url("absent.hea")) }
    try scratch.write("large.hea", Array(repeating: 65, count: WFDBHeader.maximumSize + 1))
    #expect(throws: RecordError.self) { try readRecording(scratch.url("large.hea")) }
  }

  /// As many signals as fit into a header are still read in no time.
  @Test func readsManySignals() throws {
    let count = 60_000
    let lines = String(repeating: "r.dat 16 1\n", count: count)
    let text = "r \(count) 500 1\n\(lines)"
    let start = ContinuousClock.now
    let recording = try read(text, (0..<count).flatMap { [UInt8(truncatingIfNeeded: $0), 0] })
    #expect(recording.leads.count == count)
    #expect(recording.leads[300].samples == [44])
    let files = (0..<count).map { "\($0).dat 16 1\n" }.joined()
    #expect(error("r \(count) 500 1\n\(files)") != nil)
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  /// A recording or a `RecordError` (nothing else can be thrown), and never more samples than the file can hold.
  private func survives(_ header: some Collection<UInt8>, signalBytes: Int) {
    do {
      let header = try WFDBHeader(text: String(decoding: Array(header), as: UTF8.self), path: "r.hea")
      let recording = try WFDBRecord(header: header, path: scratch.url("r.hea").path).read()
      #expect(recording.leads.reduce(0) { $0 + $1.samples.count } <= signalBytes)
      #expect(recording.samplingRate.isFinite && recording.samplingRate >= 1)
    } catch {
      #expect(!"\(error)".isEmpty)
    }
  }

  @Test(arguments: ["sixteen", "oddframes", "challenge", "frames"])
  func survivesTruncationAndByteFlips(_ name: String) throws {
    let files = Vectors.folder.appending(path: "records")
    let text = try String(contentsOf: files.appending(path: "\(name).hea"), encoding: .utf8)
    let header = Array(text.replacing("\(name).dat", with: "r.dat").replacing("\(name).mat", with: "r.dat").utf8)
    let signalName = name == "challenge" ? "challenge.mat" : "\(name).dat"
    let signal = Array(try Data(contentsOf: files.appending(path: signalName)))
    try scratch.write("r.hea", header)
    try scratch.write("r.dat", signal)
    if name != "frames" { #expect(throws: Never.self) { try readRecording(scratch.url("r.hea")) } }

    for length in 0...header.count { survives(header[..<length], signalBytes: signal.count) }
    var generator = LinearGenerator(state: 212)
    for _ in 0..<5000 {
      var damaged = header
      for _ in 0...generator.next() % 3 {
        damaged[Int(generator.next() % UInt64(damaged.count))] = UInt8(truncatingIfNeeded: generator.next())
      }
      survives(damaged, signalBytes: signal.count)
    }
    for length in (0..<signal.count).reversed() {
      #expect(truncate(scratch.url("r.dat").path, length) == 0)
      #expect(throws: RecordError.self) { try readRecording(scratch.url("r.hea"), lead: .first) }
    }
  }
}
