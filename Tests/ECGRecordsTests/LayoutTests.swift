import ECGTestSupport
import Foundation
import Testing

@testable import ECGRecords

@Suite struct LayoutTests {
  let scratch = Scratch()

  /// A WFDB record of two samples, in a folder that is made if need be.
  private func record(_ path: String, comment: String = "") throws {
    let url = scratch.url(path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try scratch.write("\(path).hea", "r 1 500 2\n\(url.lastPathComponent).dat 16 1\n\(comment)")
    try scratch.write("\(path).dat", [1, 0, 2, 0])
  }

  private func copy(_ vector: String, _ path: String) throws {
    let url = scratch.url(path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: FormatTests.url(vector), to: url)
  }

  private func names(_ place: String = "", layout: DatasetLayout = .automatic, rate: Double? = nil) throws -> [String] {
    try openDataset(at: scratch.url(place), layout: layout, samplingRate: rate).recordings.map(\.description)
  }

  @Test func listsPTBDiagnosticByDate() throws {
    try record("patient002/s0020_re", comment: "# ECG date: 01/10/1990\n")
    try record("patient002/s0010_re", comment: "# ECG date: 02/11/1990\n")
    try record("patient001/s0003_re", comment: "# ECG date: 17/10/1990\n")
    try scratch.write("CONTROLS", "patient001\n")
    let dataset = try openDataset(at: scratch.folder)
    #expect(
      dataset.recordings.map(\.description) == ["patient001/s0003_re", "patient002/s0020_re", "patient002/s0010_re"])
    #expect(dataset.recordings[1].date == RecordingDate(year: 1990, month: 10, day: 1))
  }

  /// Quotation marks, line breaks within them and columns that nobody needs, as the original has.
  private let ptbXL = """
    ecg_id,patient_id,age,recording_date,report,filename_lr,filename_hr
    1,15709.0,56.0,1984-11-09 09:17:34,"sinus, ""normal""
    second line",records100/00000/00001_lr,records500/00000/00001_hr
    2,13243.0,19.0,1984-11-14 12:55:37,,records100/00000/00002_lr,records500/00000/00002_hr
    3,15709.0,56.0,1984-11-08 08:00:00,,records100/00000/00003_lr,records500/00000/00003_hr
    4,20372.0,24.0,1984-11-15 12:49:10,,records100/00000/00004_lr,records500/00000/00004_hr

    """

  @Test func listsPTBXL() throws {
    try scratch.write("ptbxl_database.csv", ptbXL)
    for number in 1...3 {
      try record("records100/00000/0000\(number)_lr")
      if number != 2 { try record("records500/00000/0000\(number)_hr") }
    }
    let dataset = try openDataset(at: scratch.folder)
    #expect(dataset.recordings.map(\.description) == ["15709/00003_hr", "15709/00001_hr"])
    #expect(dataset.recordings[1].date == RecordingDate(year: 1984, month: 11, day: 9))
    #expect(dataset.remarks == ["2 of the 4 rows of ptbxl_database.csv name files that are not here"])
    #expect(try dataset.read(dataset.recordings[0]).leads[0].samples == [1, 2])
    #expect(try names(rate: 500) == ["15709/00003_hr", "15709/00001_hr"])
    #expect(try names(rate: 100) == ["13243/00002_lr", "15709/00003_lr", "15709/00001_lr"])
    #expect(try names("ptbxl_database.csv") == ["15709/00003_hr", "15709/00001_hr"])
    // The folders alone would make every recording another person's.
    #expect(try names("records500/00000") == ["15709/00003_hr", "15709/00001_hr"])
    #expect(try names("records100") == ["13243/00002_lr", "15709/00003_lr", "15709/00001_lr"])
    #expect(throws: RecordError.self) { try names(rate: 250) }
  }

  @Test func takesPTBXLAt100HertzWhereNothingElseIs() throws {
    try scratch.write("ptbxl_database.csv", ptbXL)
    try record("records100/00000/00004_lr")
    let dataset = try openDataset(at: scratch.folder)
    #expect(dataset.recordings.map(\.description) == ["20372/00004_lr"])
    #expect(dataset.remarks.count == 2)
    try scratch.write("ptbxl_database.csv", "ecg_id,patient_id\n1,2\n")
    guard case .missingColumns(_, _, let missing, let found) = recordError({ try names() }) else {
      return _ = Issue.record("accepted a table without files")
    }
    #expect(missing == ["recording_date", "filename_hr", "filename_lr"] && found == ["ecg_id", "patient_id"])
  }

  @Test func knowsThatTwoMITBIHRecordsAreOnePersons() throws {
    for name in ["100", "201", "202", "203"] { try record(name) }
    #expect(try names() == ["100/100", "201/201", "201/202", "203/203"])
    try record("x1")
    #expect(try names() == ["100/100", "201/201", "202/202", "203/203", "x1/x1"])
  }

  @Test func listsFoldersOfAnyFormat() throws {
    try copy("plain.edf", "a.edf")
    try copy("f4.npy", "b.npy")
    try copy("f4.mat", "b.mat")
    try copy("pandas.csv", "c.csv")
    try copy("plus.edf", "renamed")
    try scratch.write("README.txt", "Recordings of 2024\n")
    try scratch.write("labels.csv", "file,label\na,1\n")
    try scratch.write(".hidden.csv", "1\n2\n")
    #expect(try names() == ["a/a", "b.mat/b.mat", "b.npy/b.npy", "c/c", "renamed/renamed"])
    let dataset = try openDataset(at: scratch.folder, samplingRate: 200)
    #expect(
      try dataset.recordings.map { try dataset.read($0, lead: .first).samplingRate } == [500, 200, 200, 200, 500])
  }

  /// Beside WFDB records, tables and lists are about them.
  @Test func leavesTablesBesideRecordsAlone() throws {
    try record("a")
    try scratch.write("beats.csv", "1,2\n3,4\n")
    try scratch.write("a.csv", "1,2\n3,4\n")
    try scratch.write("RECORDS", "1\n2\n")
    try copy("plain.edf", "b.edf")
    #expect(try names() == ["a/a", "b/b"])
  }

  @Test func leavesSegmentsToTheirRecord() throws {
    try record("a_0001")
    try record("a_0002")
    try record("b")
    try scratch.write("a.hea", "a/2 1 500 4\na_0001 2\na_0002 2\n")
    #expect(try names() == ["a/a", "b/b"])
  }

  @Test func looksIntoDividedFolders() throws {
    try record("g1/A0001")
    try record("g2/A0002")
    #expect(try names() == ["A0001/A0001", "A0002/A0002"])
    try record("other/A0001")
    // Whether these are people or parts, only somebody who knows can say.
    guard case .unknownLayout(_, let folders, _) = recordError({ try names() }) else {
      return _ = Issue.record("folders were taken for parts")
    }
    #expect(folders == ["g1", "g2", "other"])
    #expect(try names(layout: .onePersonPerRecord) == ["A0002/A0002", "g1/A0001/g1/A0001", "other/A0001/other/A0001"])
    #expect(try names(layout: .folderPerPerson) == ["g1/A0001", "g2/A0002", "other/A0001"])
  }

  @Test func takesASingleRecording() throws {
    try record("r")
    try copy("plain.edf", "a.edf")
    try copy("pandas.csv", "c.csv")
    try scratch.write("note.md", "# nothing\n")
    for (place, name) in [("r.hea", "r"), ("r", "r"), ("r.dat", "r"), ("a.edf", "a"), ("c.csv", "c")] {
      #expect(try names(place) == ["\(name)/\(name)"])
    }
    guard case .unknownFormat = recordError({ try names("note.md") }) else {
      return _ = Issue.record("a note is no recording")
    }
  }

  @Test func saysWhichColumnsAManifestLacks() throws {
    for (heading, missing) in [
      ("name,file", ["person", "recording", "path"]), ("Person;Path", ["recording"]),
      ("path", ["person", "recording"]),
    ] {
      try scratch.write("m.csv", "\(heading)\nx,y\n")
      guard case .missingColumns(_, _, let found, _) = recordError({ try names("m.csv") }) else {
        return _ = Issue.record("accepted \(heading)")
      }
      #expect(found == missing)
    }
    // Records that are called by numbers do not make a manifest a signal.
    try scratch.write("m.csv", "person,recording,path\n1,1,100\n1,2,101\n")
    #expect(try names("m.csv") == ["1/1", "1/2"])
  }

  @Test(.enabled(if: RealData.has("ptb-xl"), "needs ../shared/data/ptb-xl"))
  func opensPTBXL() throws {
    let dataset = try openDataset(at: RealData.folder.appending(path: "ptb-xl"))
    #expect(dataset.recordings.count == 250)
    #expect(dataset.people.count == 228)
    #expect(dataset.remarks.count == 1)
    #expect(dataset.recordings.allSatisfy { $0.date != nil })
  }

  @Test(.enabled(if: RealData.has("mitdb"), "needs ../shared/data/mitdb"))
  func opensMITBIH() throws {
    #expect(try openDataset(at: RealData.folder.appending(path: "mitdb")).people.count == 12)
  }

  @Test(.enabled(if: RealData.has("cpsc2018"), "needs ../shared/data/cpsc2018"))
  func opensCPSC2018() throws {
    #expect(try openDataset(at: RealData.folder.appending(path: "cpsc2018")).people.count == 5)
  }
}
