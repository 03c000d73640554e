import ECGTestSupport
import Foundation
import Testing

@testable import ECGRecords

/// The real recordings against what the Python package wfdb reads from them: `Tests/Vectors/records.py`.
@Suite struct RealRecordsTests {
  /// Compares every signal of every record; returns the records whose header contradicts their signal file.
  private func compare(_ name: String) throws -> [String] {
    let folder = RealData.folder.appending(path: name)
    let expected = try Vectors.float64("records-real-\(name)")
    let enumerator = FileManager.default.enumerator(atPath: folder.path)!
    let headers = enumerator.compactMap { $0 as? String }.filter { $0.hasSuffix(".hea") }
      .sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    var row = 0
    var damaged: [String] = []
    for path in headers {
      let url = folder.appending(path: path)
      let header = try WFDBHeader(contentsOf: url)
      if (try? readRecording(url)) == nil { damaged.append(path) }
      let recording = try readRecording(url, verifying: false)
      for (lead, signal) in zip(recording.leads, header.signals) {
        try #require(row + 3 <= expected.count)
        let stored = lead.samples.reduce(0.0) {
          $0 + ($1.isNaN ? 0 : (Double($1) * signal.gain + Double(signal.baseline)).rounded())
        }
        #expect(stored == expected[row], "\(path) \(lead.name)")
        #expect(abs(Double(lead.samples.first!) - expected[row + 1]) <= abs(expected[row + 1]) * 0x1p-23)
        #expect(abs(Double(lead.samples.last!) - expected[row + 2]) <= abs(expected[row + 2]) * 0x1p-23)
        row += 3
      }
    }
    #expect(row == expected.count)
    return damaged
  }

  @Test(.enabled(if: RealData.has("mitdb"), "needs ../shared/data/mitdb"))
  func readsMITBIH() throws { #expect(try compare("mitdb") == []) }

  @Test(.enabled(if: RealData.has("cpsc2018"), "needs ../shared/data/cpsc2018"))
  func readsCPSC2018() throws { #expect(try compare("cpsc2018") == []) }

  @Test(.enabled(if: RealData.has("cinc2017"), "needs ../shared/data/cinc2017"))
  func readsCinC2017() throws { #expect(try compare("cinc2017") == []) }

  /// Initial values and checksums are expectation enough.
  @Test(.enabled(if: RealData.has("ptb-xl"), "needs ../shared/data/ptb-xl"))
  func readsPTBXL() throws {
    let folder = RealData.folder.appending(path: "ptb-xl/records500/00000")
    let dataset = try openDataset(at: folder, layout: .onePersonPerRecord)
    #expect(dataset.recordings.count == 250)
    for reference in dataset.recordings {
      let recording = try dataset.read(reference, lead: nil)
      #expect(recording.leads.count == 12)
      #expect(recording.sampleCount == 5000)
    }
  }

  /// Einthoven's triangle: III is II less I, to the two microvolts that rounding each leaves.
  @Test(.enabled(if: RealData.has("ptb-xl"), "needs ../shared/data/ptb-xl"))
  func leadIIIIsTheDifferenceOfTheOthers() throws {
    let folder = RealData.folder.appending(path: "ptb-xl/records500/00000")
    let dataset = try openDataset(at: folder, layout: .onePersonPerRecord)
    for reference in dataset.recordings.prefix(20) {
      let third = try dataset.read(reference, lead: .name("III")).leads[0].samples
      let difference = try dataset.read(reference, lead: .name("II-I")).leads[0].samples
      #expect(zip(third, difference).allSatisfy { abs($0 - $1) < 0.0021 })
      #expect(third.contains { $0 != 0 })
    }
  }

  /// In seven recordings the first one or two pages of 4,096 bytes are overwritten with 0xFF.
  @Test(.enabled(if: RealData.has("ecg-id"), "needs ../shared/data/ecg-id"))
  func readsECGIDAndFindsDamage() throws {
    #expect(
      try compare("ecg-id") == [
        "Person_13/rec_2.hea", "Person_15/rec_1.hea", "Person_24/rec_5.hea", "Person_25/rec_4.hea",
        "Person_26/rec_3.hea", "Person_27/rec_3.hea", "Person_44/rec_1.hea",
      ])
  }
}
