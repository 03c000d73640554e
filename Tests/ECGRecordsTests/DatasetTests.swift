import ECGTestSupport
import Foundation
import Testing

@testable import ECGRecords

@Suite struct DatasetTests {
  let scratch = Scratch()

  private func header(_ comment: String = "") -> String { "r 1 500 2\nr.dat 16 1\n\(comment)" }

  private func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(at: scratch.url(name), withIntermediateDirectories: true)
  }

  @Test func listsECGIDByPersonDateAndNumber() throws {
    for (person, record, date) in [
      ("Person_02", "rec_1", "01.02.2005"), ("Person_01", "rec_10", "07.12.2004"), ("Person_01", "rec_2", "07.12.2004"),
      ("Person_01", "rec_1", "08.12.2004"), ("Person_10", "rec_1", "32.12.2004"),
    ] {
      try makeFolder(person)
      try scratch.write("\(person)/\(record).hea", header("# Age: 25\n# ECG date: \(date)\n"))
      try scratch.write("\(person)/r.dat", [1, 0, 2, 0])
    }
    try scratch.write("RECORDS", "Person_01/rec_1\n")
    let dataset = try openDataset(at: scratch.folder)
    #expect(
      dataset.recordings.map(\.description) == [
        "Person_01/rec_2", "Person_01/rec_10", "Person_01/rec_1", "Person_02/rec_1", "Person_10/rec_1",
      ])
    #expect(dataset.people == ["Person_01", "Person_02", "Person_10"])
    #expect(dataset.byPerson.map(\.recordings.count) == [3, 1, 1])
    #expect(dataset.recordings[0].date == RecordingDate(year: 2004, month: 12, day: 7))
    #expect(dataset.recordings[4].date == nil)
    #expect(try dataset.read(dataset.recordings[0]).leads[0].samples == [1, 2])
  }

  @Test func listsOnePersonPerRecord() throws {
    for name in ["A10", "A9", "A1"] { try scratch.write("\(name).hea", header()) }
    let dataset = try openDataset(at: scratch.folder)
    #expect(dataset.people == ["A1", "A9", "A10"])
    #expect(dataset.recordings.map(\.person) == dataset.recordings.map(\.name))
  }

  @Test func readsAManifest() throws {
    try scratch.write("r.hea", header())
    try scratch.write("r.dat", [1, 0, 2, 0])
    try scratch.write("s.csv", "time_s,I,II\n0,0.5,1\n0.01,,2\n0.02,-0.25,nan\n")
    try scratch.write("s.f32", [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0])
    try scratch.write(
      "people.csv",
      """
      recording,person,path,date,rate
      b,Anna,s.csv,2021-03-01,100
      a,Anna,r,01.04.2021,
      c,"Berg, Bo",s.f32,,250
      d,"Berg, Bo",\(scratch.url("r.hea").path),,

      """)
    let dataset = try openDataset(at: scratch.url("people.csv"))
    #expect(dataset.recordings.map(\.description) == ["Anna/b", "Anna/a", "Berg, Bo/c", "Berg, Bo/d"])
    let text = try dataset.read(dataset.recordings[0], lead: nil)
    #expect(text.samplingRate == 100)
    #expect(text.date == RecordingDate(year: 2021, month: 3, day: 1))
    #expect(text.leads.map(\.name) == ["I", "II"])
    #expect(text.leads[0].samples[0] == 0.5 && text.leads[0].samples[1].isNaN && text.leads[0].samples[2] == -0.25)
    #expect(try dataset.read(dataset.recordings[0], lead: .name("II")).leads[0].samples.prefix(2) == [1, 2])
    #expect(try dataset.read(dataset.recordings[1]).leads[0].samples == [1, 2])
    let floats = try dataset.read(dataset.recordings[2])
    #expect(floats.leads[0].samples == [1, -2])
    #expect(floats.samplingRate == 250)
    #expect(try dataset.read(dataset.recordings[3]).leads[0].samples == [1, 2])
  }

  @Test func readsAManifestAsSpreadsheetsWriteIt() throws {
    try scratch.write("m.csv", "\u{FEFF}Person;Recording;Path\r\nAnna;1;a/r.dat\r\n\r\nBo;2;b\r\n")
    let dataset = try openDataset(at: scratch.url("m.csv"))
    #expect(dataset.recordings.map(\.description) == ["Anna/1", "Bo/2"])
    #expect(dataset.recordings[0].url?.path == scratch.url("a/r.dat").path)
  }

  @Test(arguments: [
    ("person,recording,path\n,a,b\n", 2, "person"),
    ("person,recording,path\nx,a,b\nx,c\n", 3, "path"), ("person,recording,path\nx,a,b\nx,a,c\n", 3, "recording"),
    ("person,recording,path,date\nx,a,b,30.02.2020\n", 2, "date"),
    ("person,recording,path,rate\nx,a,b.f32,0\n", 2, "rate"), ("person,recording,path,rate\nx,a,b.csv,x\n", 2, "rate"),
  ])
  func namesTheCellThatIsWrong(_ text: String, _ line: Int, _ column: String) throws {
    try scratch.write("m.csv", text)
    do {
      _ = try openDataset(at: scratch.url("m.csv"))
      Issue.record("accepted: \(text)")
    } catch RecordError.badManifest(_, let foundLine, let foundColumn, _, _) {
      #expect(foundLine == line)
      #expect(foundColumn == column)
    }
  }

  @Test func saysWhatItLooksFor() throws {
    #expect(throws: RecordError.self) { try openDataset(at: scratch.url("absent")) }
    do {
      _ = try openDataset(at: scratch.folder)
      Issue.record("an empty folder is no data set")
    } catch {
      #expect("\(error)".contains("Person_NN") && "\(error)".contains("person,recording,path"))
    }
    guard case .noRecordings = errorOf({ try openDataset(at: scratch.folder, layout: .ecgID) }) else {
      return _ = Issue.record("an empty folder has no recordings")
    }
    try scratch.write("m.csv", "person,recording,path\n")
    guard case .noRecordings = errorOf({ try openDataset(at: scratch.url("m.csv")) }) else {
      return _ = Issue.record("a manifest without rows has no recordings")
    }
    try scratch.write("binary.csv", [0xFF, 0xFE, 0, 1])
    #expect(throws: RecordError.self) { try openDataset(at: scratch.url("binary.csv")) }
    try scratch.write("quote.csv", "person,recording,path\n\"x\"y,a,b\n")
    #expect(throws: RecordError.self) { try openDataset(at: scratch.url("quote.csv")) }
  }

  private func errorOf(_ body: () throws -> Dataset) -> RecordError? {
    do { _ = try body() } catch { return error as? RecordError }
    return nil
  }

  @Test func refusesBadTextAndFloats() throws {
    for (text, line) in [("1\n2\nx\n", 3), ("1,2\n3\n", 2), ("1\n1e99\n", 2), ("1\ninf\n", 2)] {
      try scratch.write("s.csv", text)
      do {
        _ = try readRecording(scratch.url("s.csv"), samplingRate: 100)
        Issue.record("accepted: \(text)")
      } catch RecordError.badText(_, let found, _, _) {
        #expect(found == line)
      }
    }
    for text in ["", "\n", "# nothing\n", "I\n", "time\n1\n"] {
      try scratch.write("s.csv", text)
      #expect(throws: RecordError.empty(file: scratch.name("s.csv"))) {
        try readRecording(scratch.url("s.csv"), samplingRate: 100)
      }
    }
    try scratch.write("s.f32", [])
    #expect(throws: RecordError.empty(file: scratch.name("s.f32"))) {
      try readRecording(scratch.url("s.f32"), samplingRate: 100)
    }
    for bytes: [UInt8] in [[1, 2, 3], [0, 0, 0x80, 0x7F]] {
      try scratch.write("s.f32", bytes)
      #expect(throws: RecordError.self) { try readRecording(scratch.url("s.f32"), samplingRate: 100) }
    }
  }

  /// References or a `RecordError`, samples or a `RecordError`, whatever the bytes.
  @Test func survivesDamagedManifestsAndText() throws {
    let manifest = Array("person,recording,path,date,rate\n\"A, b\",1,s.csv,2021-03-01,100\nB,2,r,,\n".utf8)
    let signal = Array("# a\ntime,I,II\n0,0.5,-1e-3\n1,,nan\n2,7,8\n".utf8)
    var generator = LinearGenerator(state: 5)
    func damaged(_ bytes: [UInt8]) -> [UInt8] {
      var bytes = bytes
      for _ in 0...generator.next() % 3 {
        bytes[Int(generator.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: generator.next())
      }
      return Array(bytes.prefix(bytes.count - Int(generator.next() % 4 == 0 ? generator.next() % 40 : 0)))
    }
    for _ in 0..<400 {
      try scratch.write("m.csv", damaged(manifest))
      try scratch.write("s.csv", damaged(signal))
      do {
        let dataset = try openDataset(at: scratch.url("m.csv"))
        #expect(dataset.recordings.count <= 8)
      } catch {
        #expect(!"\(error)".isEmpty)
      }
      do {
        let recording = try readRecording(scratch.url("s.csv"), samplingRate: 100)
        #expect(recording.leads.allSatisfy { $0.samples.count == recording.sampleCount && $0.samples.count <= 5 })
      } catch {
        #expect(!"\(error)".isEmpty)
      }
    }
  }

  @Test func readsTextWithOtherSeparators() throws {
    for text in ["1 2\n3 4\n", "1\t2\n3\t4\n", "1;2\n3; 4\n", "\u{FEFF}1, 2\r\n3,4\r\n", "I,II\n1,2\n3,4"] {
      try scratch.write("s.txt", text)
      let leads = try readRecording(scratch.url("s.txt"), samplingRate: 100).leads
      #expect(leads.map(\.samples) == [[1, 3], [2, 4]], "\(text)")
    }
  }

  @Test func ordersNumbersInNamesAsNumbers() {
    let names = ["rec_10", "rec_2", "rec_02", "rec", "a", "rec_2b", "rec_99999999999999999999999", "rec_1"]
    #expect(
      names.sorted(by: inNaturalOrder) == [
        "a", "rec", "rec_1", "rec_02", "rec_2", "rec_2b", "rec_10", "rec_99999999999999999999999",
      ])
  }

  @Test(arguments: [
    ("2004-12-07", 2004, 12, 7), ("07.12.2004", 2004, 12, 7), ("1/05/2000", 2000, 5, 1), ("05-Feb-2020", 2020, 2, 5),
    ("29.02.2000", 2000, 2, 29),
  ])
  func readsDates(_ text: String, _ year: Int, _ month: Int, _ day: Int) {
    #expect(RecordingDate(text) == RecordingDate(year: year, month: month, day: day))
    #expect(RecordingDate(text) != nil)
  }

  @Test(arguments: ["", "29.02.1900", "2004-13-01", "00.01.2000", "1.2.3.4", "12:00:05", "1/2/99", "--", "31.04.2020"])
  func refusesDaysThatDoNotExist(_ text: String) { #expect(RecordingDate(text) == nil) }

  @Test(.enabled(if: RealData.has("ecg-id"), "needs ../shared/data/ecg-id"))
  func opensECGID() throws {
    let dataset = try openDataset(at: RealData.folder.appending(path: "ecg-id"))
    #expect(dataset.recordings.count == 196)
    #expect(dataset.people.count == 55)
    #expect(dataset.recordings.allSatisfy { $0.date != nil })
    let severalDays = dataset.byPerson.filter { Set($0.recordings.map(\.date)).count > 1 }
    #expect(severalDays.count == 14)
  }

  @Test(.enabled(if: RealData.has("cinc2017"), "needs ../shared/data/cinc2017"))
  func opensCinC2017() throws {
    let dataset = try openDataset(at: RealData.folder.appending(path: "cinc2017"))
    #expect(dataset.people.count == 1300)
    let recording = try dataset.read(dataset.recordings[0])
    #expect(recording.samplingRate == 300)
    #expect(recording.sampleCount == 9000)
  }
}
