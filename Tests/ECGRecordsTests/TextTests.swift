import ECGTestSupport
import Foundation
import Testing

@testable import ECGRecords

@Suite struct TextTests {
  let scratch = Scratch()

  private func open(_ text: String, rate: Double? = nil) throws -> any RecordingFile {
    try scratch.write("s.csv", text)
    return try openRecording(scratch.url("s.csv"), samplingRate: rate)
  }

  private func samples(_ text: String, rate: Double? = 100) throws -> [[Float]] {
    try open(text, rate: rate).read().leads.map(\.samples)
  }

  /// The nearest `Float`, whatever the form: also where a detour through `Double` would round to another one.
  @Test func readsNumbersExactly() throws {
    let expected = try Vectors.float32("formats-numbers")
    let text = try String(contentsOf: FormatTests.url("numbers.txt"), encoding: .utf8)
    let samples = try readRecording(FormatTests.url("numbers.txt"), samplingRate: 100).leads[0].samples
    #expect(samples.count == expected.count)
    for (line, (sample, value)) in zip(text.split(separator: "\n"), zip(samples, expected)) {
      #expect(sample == value, "\(line)")
    }
  }

  @Test func readsNumbersInEveryForm() throws {
    let texts = [
      "1", "+1", "-1", "1.", ".5", "-.5", "1e3", "1E+3", "1.5e-3", "00012", "0.00000000000000000000000000001e29",
      "100000000000000000000000000000e-29", "-0", "16777217", "0.1", "3.4028235e38", "1e-45", "1e-60",
    ]
    let expected = texts.map { Float($0.hasSuffix(".") ? $0 + "0" : $0)! }
    #expect(try samples(texts.joined(separator: "\n")) == [expected])
    for text in ["1e", "1e+", "e3", ".", "-", "+", "--1", "1.2.3", "1,5.2", "0x10", "1e39", "inf", "1 2", "1_000", "١"]
    {
      let line = "7;7\n\(text);7\n"
      if text == "-" {
        #expect(try samples(line)[0][1].isNaN)
      } else {
        #expect(throws: RecordError.self, "\(text)") { try samples(line) }
      }
    }
  }

  @Test func readsMissingValues() throws {
    let lead = try samples("1,2\n,2\nnan,2\nNaN,2\nNA,2\nnull,2\n-,2\n\"\",2\n-nan,2\n")[0]
    #expect(lead.count == 9 && lead[0] == 1 && lead[1...].allSatisfy { $0.isNaN })
  }

  @Test func takesUnitsFromTheHeading() throws {
    let text = "I [uV],II(mV),V1_uV,V2 µV,aVR [V],V,lead_v,ECG (filtered),resp [%]\n1000,1,500,250,0.001,7,8,9,10\n"
    let file = try open(text, rate: 100)
    #expect(file.leads.map(\.name) == ["I", "II", "V1", "V2", "aVR", "V", "lead_v", "ECG (filtered)", "resp"])
    #expect(file.leads.map(\.unit) == ["uV", "mV", "uV", "µV", "V", "mV", "mV", "mV", "%"])
    let expected: [Float] = [1, 1, 0.5, 0.25, 1, 7, 8, 9]
    for (index, value) in expected.enumerated() {
      #expect(try file.read(lead: .index(index)).leads[0].samples == [value])
    }
    #expect(throws: RecordError.notAVoltage(file: file.name, signal: "resp", unit: "%")) {
      try file.read(lead: .name("resp"))
    }
  }

  /// Texts of two leads and their sampling rate.
  private static let rates: [(String, Double)] = [
    // PhysioNet's rdsamp and LightWAVE
    (
      "'Elapsed time','MLII','V5'\n'hh:mm:ss.mmm','mV','mV'\n'0:00.000',-0.145,-0.065\n'0:00.004',-0.145,-0.065\n",
      250.0
    ),
    // pandas with its row numbers
    (",time,MLII,V5\n0,0.0,1,2\n1,0.004,3,4\n2,0.008,5,6\n", 250),
    ("time (ms);MLII;V5\n0;1;2\n4;1;2\n8;1;2\n", 250), ("Time_us\tMLII\tV5\n0\t1\t2\n4000\t1\t2\n", 250),
    ("timestamp [ns],MLII,V5\n1600000000000000000,1,2\n1600000000004000000,1,2\n", 250),
    ("time,MLII,V5\n2020-02-29T23:59:59.998,1,2\n2020-03-01T00:00:00.002,1,2\n", 250),
    ("phone time;sensor timestamp [ms];MLII;V5\n12:00:00;10;1;2\n12:00:00;14;1;2\n12:00:00;18;1;2\n", 250),
    ("# recorded at home\n# fs = 250 Hz\nMLII,V5\n1,2\n3,4\n", 250), ("# Sampling Rate: 0.25 kHz\nMLII,V5\n1,2\n", 250),
    // Milliseconds that have been rounded
    ("t,MLII,V5\n" + (0..<1000).map { "\(String(format: "%.3f", Double($0) / 360)),1,2" }.joined(separator: "\n"), 360),
    ("t,MLII,V5\n" + (0..<500).map { "\(Float(0.25) + Float($0) / 62.5),1,2" }.joined(separator: "\n"), 62.5),
    ("sep=;\ntime_s;MLII;V5\n0,0;0,1;0,2\n0,004;0,1;0,2\n", 250), ("MLII,V5,time\n1,2,0\n1,2,0.004\n", 250),
    ("time,MLII,V5,\n0,1,2,\n0.004,1,2,\n", 250), ("time MLII V5\n 0.000  1 2\n 0.004  1 2\n", 250),
  ]

  @Test(arguments: rates)
  func findsTheRate(_ text: String, _ rate: Double) throws {
    let file = try open(text)
    #expect(file.leads.map(\.name) == ["MLII", "V5"])
    #expect(file.leads.map(\.samplingRate) == [rate, rate])
    #expect(try file.read().leads[1].samples.count == file.leads[0].sampleCount)
    // The caller knows better.
    #expect(try open(text, rate: 128).leads[0].samplingRate == 128)
  }

  /// Apple Watch: settings, then one column.
  @Test func readsSettingsBeforeTheNumbers() throws {
    let text = """
      Name,Ada
      Date of Birth,"1 Jan 1990"
      Recorded Date,2022-03-04 10:11:12 +0100
      Classification,Sinus Rhythm
      Symptoms,
      Sample Rate,512 hertz


      Lead,Lead I
      Unit,µV

      -47.252
      12.5
      """
    let file = try open(text)
    #expect(file.leads == [LeadDescription(name: "Lead I", unit: "µV", samplingRate: 512, sampleCount: 2)])
    #expect(file.date == RecordingDate(year: 2022, month: 3, day: 4))
    #expect(try file.read().leads[0].samples == [-0.047252, 0.0125])
  }

  @Test func readsDecimalCommas() throws {
    #expect(try samples("a;b\n0,5;-1,25\n1;2\n") == [[0.5, 1], [-1.25, 2]])
    #expect(try samples("0,5\t-1,25\n") == [[0.5], [-1.25]])
    #expect(try samples("0,5 -1,25\n") == [[0.5], [-1.25]])
    #expect(try samples("ECG\n0,5\n-1,25\n") == [[0.5, -1.25]])
    #expect(try samples("0,5,-1,25\n") == [[0], [5], [-1], [25]])
  }

  @Test func saysWhereTimesAreUneven() throws {
    var lines = (0..<3000).map { "\(Double($0) / 250),1" }
    lines[2500] = "9.99,1"
    let text = "time,I\n" + lines.joined(separator: "\n")
    let file = try open(text)
    guard case .badText(_, let line, let found, let expected) = recordError({ try file.read() }) else {
      return _ = Issue.record("uneven times were accepted")
    }
    #expect(line == 2502 && found == "9.99" && expected.contains("10.0") && expected.contains("250.0 Hz"))
    // Without verifying, or with a rate of the caller's, nobody looks; among the first rows it shows at once.
    #expect(try file.read(verifying: false).sampleCount == 3000)
    #expect(try open(text, rate: 250).read().sampleCount == 3000)
    #expect(throws: RecordError.self) { try open("time,I\n0,1\n0.004,1\n0.008,1\n0.04,1\n") }
  }

  @Test(arguments: ["time,I\n0,1\n1,2\n2,3\n", "time,I\n5,1\n4,2\n", "time,I\nx:y,1\n2,2\n", "t,I\n1,1\n1,1\n"])
  func refusesTimesThatMakeNoRate(_ text: String) throws { #expect(throws: RecordError.self) { try open(text) } }

  @Test func refusesWhatIsNoSignal() throws {
    for (text, words) in [
      ("a\nb\nc\n", "numbers"), ("{\"a\": [1,\n 2]}\n", "numbers"),
      ((0..<5000).map { "\($0)" }.joined(separator: ","), "transpose"),
      ("a,b\n1,2,3\n", "3 columns"), ("\u{FEFF}a,b\n1,2\n1\n", "1 columns"), ("1,2\n1,2,3\n", "3 columns"),
    ] {
      let error = try #require(recordError { try samples(text) }, "\(text.prefix(20))")
      #expect("\(error)".contains(words), "\(error)")
    }
    try scratch.write("s.csv", [0xFF, 0xFE, 0x31, 0, 0x0A, 0])
    let error = try #require(recordError { try openRecording(scratch.url("s.csv"), samplingRate: 100) })
    #expect("\(error)".contains("UTF-16"))
  }
}
