import ECGCore
import ECGTestSupport
import Foundation
import Testing

@Suite struct StatusTests {
  /// The rows of `ECG_STATUS_CODES` as the header's text has them: name, number, text.
  private func headerCodes() throws -> [(name: String, code: Int32, text: String)] {
    let path = Vectors.folder.appending(path: "../../include/ecg.h").standardizedFileURL
    let header = try String(contentsOf: path, encoding: .utf8)
    let row = /X\((ECG_(?:OK|ERROR_[A-Z0-9_]+)), (-?[0-9]+), "([^"]*)"\)/
    return try header.matches(of: row).map { match in
      (String(match.1), try #require(Int32(match.2)), String(match.3))
    }
  }

  /// Every constant of `Status`, by the name that the header gives it.
  private let constants: [(name: String, status: Status)] = [
    ("ECG_ERROR_ARGUMENT", .argument), ("ECG_ERROR_SAMPLING_RATE", .samplingRate),
    ("ECG_ERROR_MISSING_SAMPLES", .missingSamples), ("ECG_ERROR_FLAT_SIGNAL", .flatSignal),
    ("ECG_ERROR_SIGNAL_TOO_SHORT", .signalTooShort), ("ECG_ERROR_SIGNAL_TOO_LONG", .signalTooLong),
    ("ECG_ERROR_NO_BEATS", .noBeats), ("ECG_ERROR_BUFFER_TOO_SMALL", .bufferTooSmall),
    ("ECG_ERROR_ALIGNMENT", .alignment), ("ECG_ERROR_OUT_OF_MEMORY", .outOfMemory), ("ECG_ERROR_FILE", .file),
    ("ECG_ERROR_NOT_A_MODEL", .notAModel), ("ECG_ERROR_TRUNCATED", .truncated),
    ("ECG_ERROR_UNSUPPORTED_HDF5", .unsupportedHDF5), ("ECG_ERROR_FORMAT_VERSION", .formatVersion),
    ("ECG_ERROR_MISSING_ENTRY", .missingEntry), ("ECG_ERROR_MALFORMED", .malformed), ("ECG_ERROR_DIGEST", .digest),
    ("ECG_ERROR_SELF_TEST", .selfTest), ("ECG_ERROR_GRAPH", .graph),
    ("ECG_ERROR_UNSUPPORTED_LAYER", .unsupportedLayer), ("ECG_ERROR_CONFIGURATION", .configuration),
    ("ECG_ERROR_NO_OUTLIER_REFERENCE", .noOutlierReference), ("ECG_ERROR_POOR_SIGNAL", .poorSignal),
    ("ECG_ERROR_NOT_A_GALLERY", .notAGallery), ("ECG_ERROR_OTHER_MODEL", .otherModel),
    ("ECG_ERROR_UNKNOWN_PERSON", .unknownPerson), ("ECG_ERROR_NO_CLASSES", .noClasses),
  ]

  @Test func everyErrorOfTheHeaderIsAStatusWithItsNumberAndText() throws {
    let codes = try headerCodes()
    #expect(codes.first?.name == "ECG_OK")
    let errors = codes.filter { $0.code != 0 }
    #expect(errors.map(\.name) == constants.map(\.name))
    for (error, constant) in zip(errors, constants) {
      #expect(constant.status.code == error.code, "\(error.name)")
      #expect(String(cString: constant.status.text) == error.text, "\(error.name)")
    }
  }

  /// Released numbers never change: a C host may have been compiled with any earlier header.
  @Test func numbersAreConsecutiveAndNegative() throws {
    let codes = try headerCodes()
    #expect(codes.map(\.code) == (0..<codes.count).map { -Int32($0) })
  }
}
