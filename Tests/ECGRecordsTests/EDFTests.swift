import ECGTestSupport
import Foundation
import Testing

@testable import ECGRecords

@Suite struct EDFTests {
  let scratch = Scratch()

  /// `plus.edf` of the golden files: three data records of a second, four signals and the annotations.
  private func file() throws -> [UInt8] { [UInt8](try Data(contentsOf: FormatTests.url("plus.edf"))) }

  /// Writes a field of the header, padded with blanks.
  private func put(_ text: String, at byte: Int, length: Int = 8, in bytes: inout [UInt8]) {
    bytes.replaceSubrange(
      byte..<byte + length, with: Array(text.utf8) + Array(repeating: 32, count: length - text.utf8.count))
  }

  /// Where a field of a signal lies in the header of a file with five signals.
  private func place(_ perSignal: Int, _ length: Int, signal: Int) -> Int { 256 + 5 * perSignal + length * signal }

  private func open(_ bytes: [UInt8]) throws -> any RecordingFile {
    try scratch.write("x.edf", bytes)
    return try openRecording(scratch.url("x.edf"))
  }

  /// Checks that opening (or reading the first lead) complains of the field at `byte`.
  private func expectBadField(_ bytes: [UInt8], at byte: Int) throws {
    guard case .badField(_, let found, _, _, _) = recordError({ try open(bytes).read(lead: .first) }) else {
      return _ = Issue.record("accepted a bad field at byte \(byte)")
    }
    #expect(found == byte)
  }

  @Test func describesLeadsWithTheirOwnRates() throws {
    let file = try open(file())
    #expect(file.leads.map(\.name) == ["ECG I", "ECG V5", "chest", "SaO2"])
    #expect(file.leads.map(\.unit) == ["mV", "uV", "V", "%"])
    #expect(file.leads.map(\.samplingRate) == [500, 250, 100, 10])
    #expect(file.leads.map(\.sampleCount) == [1500, 750, 300, 30])
    #expect(file.date == RecordingDate(year: 2019, month: 2, day: 28))
    #expect(file.comments == ["0.5 s: lights off", "1.25 s: Ruhe, müde"])
    #expect(throws: RecordError.differentRates(file: file.name)) { try file.read() }
    #expect(throws: RecordError.notAVoltage(file: file.name, signal: "SaO2", unit: "%")) {
      try file.read(lead: .name("SaO2"))
    }
  }

  @Test func readsNumbersInEveryLegalForm() throws {
    let expected = try open(file()).read(lead: .first)
    for minimum in ["-5", "-5.0", "-5.", "-.5e1", "-0.5E1", "-50e-1"] {
      for (records, duration) in [("3", "1"), ("+3", "1.0"), ("3.0", "+1e0"), ("-1", ".1e1"), ("  3", " 1")] {
        var bytes = try file()
        put(minimum, at: place(104, 8, signal: 0), in: &bytes)
        put(records, at: 236, in: &bytes)
        put(duration, at: 244, in: &bytes)
        #expect(try open(bytes).read(lead: .first) == expected, "\(minimum) \(records) \(duration)")
      }
    }
  }

  @Test func takesTheYearFromWhereItIsWhole() throws {
    func date(_ start: String, recording: String) throws -> RecordingDate? {
      var bytes = try file()
      put(start, at: 168, in: &bytes)
      put(recording, at: 88, length: 80, in: &bytes)
      return try open(bytes).date
    }
    #expect(try date("28.02.19", recording: "Startdate 02-MAR-2102 x") == RecordingDate(year: 2102, month: 3, day: 2))
    #expect(try date("28.02.19", recording: "Startdate X X X X") == RecordingDate(year: 2019, month: 2, day: 28))
    #expect(try date("31.12.84", recording: "") == RecordingDate(year: 2084, month: 12, day: 31))
    #expect(try date("01.01.85", recording: "") == RecordingDate(year: 1985, month: 1, day: 1))
    #expect(try date("31.02.19", recording: "") == nil)
    #expect(try date("x", recording: "") == nil)
  }

  /// A discontinuous file whose third record begins so many seconds later than it would without a gap.
  private func discontinuous(_ onset: String) throws -> [UInt8] {
    var bytes = try file()
    put("EDF+D", at: 192, length: 44, in: &bytes)
    let old = Array("+2\u{14}\u{14}".utf8)
    let position = try #require(bytes.indices.last { bytes[$0...].starts(with: old) })
    let new = Array("\(onset)\u{14}\u{14}\0".utf8)
    bytes.replaceSubrange(position..<position + new.count, with: new)
    return bytes
  }

  @Test func fillsGaps() throws {
    let whole = try open(file())
    let gapped = try open(discontinuous("+3.5"))
    for (index, rate) in [500, 250, 100].enumerated() {
      let expected = try whole.read(lead: .index(index)).leads[0].samples
      let samples = try gapped.read(lead: .index(index)).leads[0].samples
      #expect(samples.count == 9 * rate / 2 && gapped.leads[index].sampleCount == samples.count)
      #expect(Array(samples[..<(2 * rate)]) == Array(expected[..<(2 * rate)]))
      let gap = samples[(2 * rate)..<(7 * rate / 2)]
      #expect(gap.allSatisfy { $0.isNaN })
      #expect(Array(samples[(7 * rate / 2)...]) == Array(expected[(2 * rate)...]))
    }
    // Less than half a sample is no gap.
    #expect(try open(discontinuous("+2.0009")).read(lead: .first) == whole.read(lead: .first))
  }

  @Test func refusesTimesThatCannotBe() throws {
    for onset in ["+1.5", "-7", "+1e300", "x"] {
      guard case .badField(_, _, let field, _, _) = recordError({ try open(discontinuous(onset)) }) else {
        return _ = Issue.record("accepted \(onset)")
      }
      #expect(field == "time of data record 2")
    }
    // Gaps are filled, so one of three years is refused before memory is taken for it.
    guard case .unsupported(_, let what) = recordError({ try open(discontinuous("+1e8")) }) else {
      return _ = Issue.record("accepted a gap of three years")
    }
    #expect(what.contains("gaps"))
  }

  @Test(arguments: [
    (184, "1537"), (184, "x"), (236, "-2"), (236, "1.5"), (236, ""), (244, "-1"), (244, "0"), (244, "nan"),
    (244, "1e-9"),
    (244, "1e9"), (252, "0"), (252, "-1"),
  ])
  func namesTheByteOfABadField(_ byte: Int, _ text: String) throws {
    var bytes = try file()
    put(text, at: byte, length: byte == 252 ? 4 : 8, in: &bytes)
    try expectBadField(bytes, at: byte)
  }

  @Test func namesTheByteOfABadSignal() throws {
    for (perSignal, text) in [(104, "x"), (112, "-5"), (120, ""), (128, "-32768"), (216, "-1"), (216, "1e7")] {
      var bytes = try file()
      put(text, at: place(perSignal, 8, signal: 0), in: &bytes)
      try expectBadField(bytes, at: place(perSignal, 8, signal: 0))
    }
    // A signal that nobody reads may have nonsense there.
    var bytes = try file()
    put("x", at: place(104, 8, signal: 3), in: &bytes)
    #expect(try open(bytes).read(lead: .first).sampleCount == 1500)
  }

  @Test func refusesPromisesBeyondTheFile() throws {
    for (byte, text) in [(236, "4"), (236, "99999999"), (236, "1e9"), (place(216, 8, signal: 0), "999999")] {
      var bytes = try file()
      put(text, at: byte, in: &bytes)
      guard case .truncated(_, let found, let promised) = recordError({ try open(bytes) }) else {
        return _ = Issue.record("accepted \(text)")
      }
      #expect(found == bytes.count && promised > found)
    }
  }

  /// While it is recorded, the number of records is -1 and the last record may be incomplete.
  @Test func readsAnUnfinishedFile() throws {
    var bytes = try file()
    put("-1", at: 236, in: &bytes)
    let recording = try open(Array(bytes.dropLast(5))).read(lead: .first)
    #expect(recording.leads[0].samples == Array(try open(file()).read(lead: .first).leads[0].samples[..<1000]))
  }
}
