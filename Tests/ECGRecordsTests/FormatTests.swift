import ECGTestSupport
import Foundation
import Testing

@testable import ECGRecords

/// Files that other packages wrote, against what these packages read from them: `Tests/Vectors/formats.py`.
@Suite struct FormatTests {
  /// A file of `Tests/Vectors/formats`.
  static func url(_ name: String) -> URL { Vectors.folder.appending(path: "formats/\(name)") }

  /// Compares all voltages of a file with the expected ones, lead after lead.
  private func compare(_ name: String, rate: Double? = nil, ulps: Float = 0) throws {
    let expected = try Vectors.float64("formats-\(name.replacing(".", with: "-"))")
    let file = try openRecording(Self.url(name), samplingRate: rate)
    var position = 0
    for (index, lead) in file.leads.enumerated() where millivolts(perUnit: lead.unit) != nil {
      let samples = try #require(try file.read(leads: index..<index + 1, verifying: true).first).samples
      #expect(samples.count == lead.sampleCount)
      try #require(position + samples.count <= expected.count)
      for (sample, value) in zip(samples, expected[position...]) {
        if sample.isNaN, value.isNaN { continue }
        #expect(abs(sample - Float(value)) <= ulps * max(Float(value).ulp, 0x1p-40), "\(name), lead \(index)")
      }
      position += samples.count
    }
    #expect(position == expected.count)
  }

  /// Calibrated in another order of operations than EDFlib's, hence the last place.
  @Test(arguments: ["plain.edf", "plus.edf", "wide.bdf", "tenths.edf"])
  func readsWhatEDFlibReads(_ name: String) throws { try compare(name, ulps: 1) }

  @Test(
    arguments: ["f8", "f4", "i4", "i2", "u2", "u1"].flatMap { ["\($0).mat", "\($0)-big.mat"] } + ["several.mat"])
  func readsWhatSciPyReads(_ name: String) throws { try compare(name, rate: 100) }

  @Test(
    arguments: ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"].flatMap {
      ["\($0).npy", "\($0)-big.npy"]
    } + ["halves.npy", "rows.npy", "fortran.npy", "batch.npy", "version2.npy", "version3.npy"])
  func readsWhatNumPyReads(_ name: String) throws { try compare(name, rate: 100) }

  /// Microvolts become millivolts after rounding there and before it here, hence the last place.
  @Test(
    arguments: [("pandas.csv", nil, 0), ("german.csv", nil, 1), ("savetxt.txt", 100, 0)] as [(String, Double?, Float)])
  func readsWhatPandasAndNumPyRead(_ name: String, _ rate: Double?, _ ulps: Float) throws {
    try compare(name, rate: rate, ulps: ulps)
  }

  @Test func tellsFormatsByTheirContent() throws {
    let scratch = Scratch()
    for (name, format) in [
      ("plain.edf", "EDF"), ("wide.bdf", "EDF"), ("i2.mat", "MATLAB v4"), ("f4-big.npy", "NumPy"),
      ("pandas.csv", "text"),
    ] {
      let url = scratch.url("renamed.xyz")
      try? FileManager.default.removeItem(at: url)
      try FileManager.default.copyItem(at: Self.url(name), to: url)
      let head = try FileHead(url)
      #expect(recordingFormats.first { $0.recognises(head) }?.name == format, "\(name)")
      #expect(try readRecording(url, samplingRate: 250, lead: .first).sampleCount > 0)
    }
  }

  @Test(arguments: [
    ("five.mat", "version 5.0"), ("objects.npy", "pickled"), ("fields.npy", "array of records"),
    ("complex.npy", "<c16"),
    ("archive.npz", "archive"),
  ])
  func refusesWithAReason(_ name: String, _ words: String) throws {
    let error = try #require(recordError { try openRecording(Self.url(name), samplingRate: 100) })
    #expect("\(error)".contains(words), "\(error)")
    #expect("\(error)".contains("formats/\(name)"), "\(error)")
  }

  @Test(arguments: ["rows.npy", "f4.mat", "savetxt.txt"])
  func asksForTheRateThatAFileDoesNotCarry(_ name: String) throws {
    #expect(throws: RecordError.noSamplingRate(file: "formats/\(name)", given: nil)) {
      try openRecording(Self.url(name))
    }
  }

  /// Pieces of any size give what one piece gives.
  @Test(arguments: ["plain.edf", "wide.bdf", "f8-big.mat", "fortran.npy", "german.csv"])
  func streamsPieceByPiece(_ name: String) throws {
    let file = try openRecording(Self.url(name), samplingRate: name.hasSuffix("csv") ? nil : 100)
    let whole = try file.read(leads: 1..<2, verifying: true)[0].samples
    for length in [1, 7, 249, 250, 251, 10_000] {
      var stream = try file.stream(lead: 1, verifying: true)
      var samples: [Float] = []
      let piece = UnsafeMutableBufferPointer<Float>.allocate(capacity: length)
      defer { piece.deallocate() }
      while case let filled = try stream.next(piece), filled > 0 { samples += piece[..<filled] }
      #expect(samples == whole)
      #expect(try stream.next(piece) == 0)
    }
  }

  // MARK: Bad input

  /// Every file cut off at every byte: a recording that is no longer than promised, or a `RecordError`.
  @Test(arguments: ["tenths.edf", "i2.mat", "several.mat", "f4.npy", "version2.npy"])
  func survivesBeingCutOff(_ name: String) throws {
    let scratch = Scratch()
    let bytes = [UInt8](try Data(contentsOf: Self.url(name)))
    // The first 8 bytes of EDF alone are a text with a number in it.
    for length in (name.hasSuffix("edf") ? 8 : 0)..<min(bytes.count, 900) {
      try scratch.write("cut", Array(bytes[..<length]))
      #expect(throws: RecordError.self, "\(length) bytes") {
        try readRecording(scratch.url("cut"), samplingRate: 100, lead: .first)
      }
    }
  }

  /// More than a test needs: `ECG_FUZZ_ROUNDS=1000000 swift test …`.
  private static let rounds = ProcessInfo.processInfo.environment["ECG_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 600

  /// Bytes changed at random: samples that fit into the file, or a `RecordError`.
  @Test(arguments: ["plus.edf", "wide.bdf", "several.mat", "f8-big.npy", "version3.npy", "german.csv", "pandas.csv"])
  func survivesDamage(_ name: String) throws {
    let scratch = Scratch()
    let original = [UInt8](try Data(contentsOf: Self.url(name)))
    var generator = LinearGenerator(state: 11)
    // Headers are at the start, and what is damaged there matters most.
    let headerLength = min(original.count, name.hasSuffix("edf") || name.hasSuffix("bdf") ? 1536 : 160)
    for round in 0..<Self.rounds {
      var bytes = original
      for _ in 0...generator.next() % 4 {
        let place = Int(generator.next()) % (round % 4 == 0 ? bytes.count : headerLength)
        let digits = Array("0123456789-+.,eE \n".utf8)
        bytes[place] =
          round % 2 == 0 ? UInt8(truncatingIfNeeded: generator.next()) : digits[Int(generator.next()) % digits.count]
      }
      try scratch.write("damaged", bytes)
      do {
        let file = try openRecording(scratch.url("damaged"), samplingRate: round % 3 == 0 ? nil : 100)
        _ = file.comments
        for index in file.leads.indices.prefix(4) {
          guard let read = try? file.read(leads: index..<index + 1, verifying: true) else { continue }
          #expect(read[0].samples.count <= max(file.leads[index].sampleCount, bytes.count))
        }
      } catch {
        #expect(!"\(error)".isEmpty)
      }
    }
  }
}
