import CECG
import CECGKernels

/// Why a call on the device line failed: one of the `ECG_ERROR_…` codes of `ecg.h`, which is the only list of them.
///
/// A struct, since an `enum` that is an `Error` would bring hashing, and with it a source of randomness, into the
/// embedded library.
public struct Status: Error, Equatable, Sendable {
  /// The code as the C interface returns it: negative.
  public let code: Int32

  init(_ constant: Int) { code = Int32(truncatingIfNeeded: constant) }

  public static var argument: Status { Status(ECG_ERROR_ARGUMENT) }
  public static var samplingRate: Status { Status(ECG_ERROR_SAMPLING_RATE) }
  public static var missingSamples: Status { Status(ECG_ERROR_MISSING_SAMPLES) }
  public static var flatSignal: Status { Status(ECG_ERROR_FLAT_SIGNAL) }
  public static var signalTooShort: Status { Status(ECG_ERROR_SIGNAL_TOO_SHORT) }
  public static var signalTooLong: Status { Status(ECG_ERROR_SIGNAL_TOO_LONG) }
  public static var noBeats: Status { Status(ECG_ERROR_NO_BEATS) }
  public static var bufferTooSmall: Status { Status(ECG_ERROR_BUFFER_TOO_SMALL) }
  public static var alignment: Status { Status(ECG_ERROR_ALIGNMENT) }
  public static var outOfMemory: Status { Status(ECG_ERROR_OUT_OF_MEMORY) }
  public static var file: Status { Status(ECG_ERROR_FILE) }
  public static var notAModel: Status { Status(ECG_ERROR_NOT_A_MODEL) }
  public static var truncated: Status { Status(ECG_ERROR_TRUNCATED) }
  public static var unsupportedHDF5: Status { Status(ECG_ERROR_UNSUPPORTED_HDF5) }
  public static var formatVersion: Status { Status(ECG_ERROR_FORMAT_VERSION) }
  public static var missingEntry: Status { Status(ECG_ERROR_MISSING_ENTRY) }
  public static var malformed: Status { Status(ECG_ERROR_MALFORMED) }
  public static var digest: Status { Status(ECG_ERROR_DIGEST) }
  public static var selfTest: Status { Status(ECG_ERROR_SELF_TEST) }
  public static var graph: Status { Status(ECG_ERROR_GRAPH) }
  public static var unsupportedLayer: Status { Status(ECG_ERROR_UNSUPPORTED_LAYER) }
  public static var configuration: Status { Status(ECG_ERROR_CONFIGURATION) }
  public static var noOutlierReference: Status { Status(ECG_ERROR_NO_OUTLIER_REFERENCE) }
  public static var poorSignal: Status { Status(ECG_ERROR_POOR_SIGNAL) }
  public static var notAGallery: Status { Status(ECG_ERROR_NOT_A_GALLERY) }
  public static var otherModel: Status { Status(ECG_ERROR_OTHER_MODEL) }
  public static var unknownPerson: Status { Status(ECG_ERROR_UNKNOWN_PERSON) }
  public static var noClasses: Status { Status(ECG_ERROR_NO_CLASSES) }

  /// The static, zero-terminated English text of this status.
  public var text: UnsafePointer<CChar> { ecg_kernel_status_text(code) }
}
