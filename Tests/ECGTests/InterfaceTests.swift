import CECG
import ECGCore
import ECGIdentity
import ECGSignal
import ECGTestSupport
import Foundation
import Testing

@testable import ECG

/// What `ecg.h` promises about sizes, numbers and texts.
@Suite struct InterfaceTests {
  @Test func structsHaveTheSizesThatAreReleased() {
    // Fields in the order of the header, without padding: 8 × 4 + 3 × 8, 14 × 4, 3 × 4, 4 × 4 bytes.
    #expect(MemoryLayout<ecg_model_info>.size == 56 && MemoryLayout<ecg_model_info>.stride == 56)
    #expect(MemoryLayout<ecg_signal_report>.size == 56 && MemoryLayout<ecg_signal_report>.stride == 56)
    #expect(MemoryLayout<ecg_identity>.size == 12 && MemoryLayout<ecg_identity>.stride == 12)
    #expect(MemoryLayout<ecg_outlier>.size == 16 && MemoryLayout<ecg_outlier>.stride == 16)
    #expect(MemoryLayout<ecg_stream_options>.size == 32 && MemoryLayout<ecg_stream_options>.stride == 32)
    #expect(MemoryLayout<ecg_stream_event>.size == 48 && MemoryLayout<ecg_stream_event>.stride == 48)
    #expect(MemoryLayout<ecg_stream_event>.offset(of: \.position) == 8)
    #expect(MemoryLayout<ecg_stream_event>.offset(of: \.outlier_score) == 44)
    #expect(MemoryLayout<ecg_status>.size == 4)
    // What the first version of the report had still lies where it lay, in 28 bytes.
    #expect(MemoryLayout<ecg_signal_report>.offset(of: \.denoising_converged) == 24)
    #expect(MemoryLayout<ecg_signal_report>.offset(of: \.beats_clipped) == 28)
    #expect(MemoryLayout<ecg_model_info>.offset(of: \.sampling_rate) == 16)
    #expect(MemoryLayout<ecg_model_info>.offset(of: \.parameter_count) == 24)
    #expect(MemoryLayout<ecg_model_info>.offset(of: \.outlier_threshold) == 36)
    #expect(MemoryLayout<ecg_model_info>.offset(of: \.embedding_length) == 40)
    #expect(MemoryLayout<ecg_match>.size == 80 && MemoryLayout<ecg_match>.offset(of: \.person) == 8)
    #expect(Int(ECG_PERSON_SIZE) == PersonName.size)
  }

  /// Name, number and text of each line of the header's list, read from the header itself.
  private func listedCodes(_ kind: String = "(?:OK|ERROR_)") throws -> [(name: String, number: Int32, text: String)] {
    let header = Vectors.folder.appending(path: "../../include/ecg.h")
    let pattern = try Regex(
      "X\\((ECG_\(kind)\\w*), (-?\\d+), \"(.*)\"\\)", as: (Substring, Substring, Substring, Substring).self)
    return try String(contentsOf: header, encoding: .utf8).split(separator: "\n").compactMap { line in
      guard let match = line.firstMatch(of: pattern) else { return nil }
      return ("\(match.1)", Int32(match.2)!, "\(match.3)")
    }
  }

  @Test func statusNumbersArePinned() throws {
    let codes = try listedCodes()
    #expect(
      codes.map(\.name) == [
        "ECG_OK", "ECG_ERROR_ARGUMENT", "ECG_ERROR_SAMPLING_RATE", "ECG_ERROR_MISSING_SAMPLES", "ECG_ERROR_FLAT_SIGNAL",
        "ECG_ERROR_SIGNAL_TOO_SHORT", "ECG_ERROR_SIGNAL_TOO_LONG", "ECG_ERROR_NO_BEATS", "ECG_ERROR_BUFFER_TOO_SMALL",
        "ECG_ERROR_ALIGNMENT", "ECG_ERROR_OUT_OF_MEMORY", "ECG_ERROR_FILE", "ECG_ERROR_NOT_A_MODEL",
        "ECG_ERROR_TRUNCATED", "ECG_ERROR_UNSUPPORTED_HDF5", "ECG_ERROR_FORMAT_VERSION", "ECG_ERROR_MISSING_ENTRY",
        "ECG_ERROR_MALFORMED", "ECG_ERROR_DIGEST", "ECG_ERROR_SELF_TEST", "ECG_ERROR_GRAPH",
        "ECG_ERROR_UNSUPPORTED_LAYER", "ECG_ERROR_CONFIGURATION", "ECG_ERROR_NO_OUTLIER_REFERENCE",
        "ECG_ERROR_POOR_SIGNAL", "ECG_ERROR_NOT_A_GALLERY", "ECG_ERROR_OTHER_MODEL", "ECG_ERROR_UNKNOWN_PERSON",
        "ECG_ERROR_NO_CLASSES",
      ])
    #expect(codes.map(\.number) == (0..<29).map { Int32(-$0) })
  }

  @Test func everyStatusHasItsText() throws {
    let codes = try listedCodes()
    for code in codes { #expect(String(cString: ecg_status_string(code.number)) == code.text) }
    #expect(Set(codes.map(\.text)).count == codes.count)
    for unknown in [1, -29, Int32.min, Int32.max] {
      #expect(String(cString: ecg_status_string(unknown)) == "unknown status")
    }
  }

  @Test func faultNumbersArePinnedAndHaveTheirText() throws {
    let faults = try listedCodes("FAULT_")
    #expect(
      faults.map(\.name)
        == [
          "NONE", "BORDER", "GAP", "FLAT", "CLIPPED", "NOISY", "WANDERING", "ODD_AMPLITUDE", "ECTOPIC", "UNLIKE",
          "RHYTHM",
        ].map { "ECG_FAULT_\($0)" })
    #expect(faults.map(\.number) == (0..<11).map { Int32($0) })
    for fault in faults {
      #expect(String(cString: ecg_fault_string(fault.number)) == fault.text)
      #expect(SignalFault(rawValue: fault.number).map { String(cString: $0.text) } == fault.text)
    }
    #expect(Set(faults.map(\.text)).count == SignalFault.count)
    for unknown in [-1, 11, Int32.min, Int32.max] {
      #expect(String(cString: ecg_fault_string(unknown)) == "unknown fault")
    }
  }

  @Test func versionsAgree() {
    #expect(String(cString: ecg_version()) == libraryVersion)
    #expect(ecg_abi_version() == 1)
  }
}
