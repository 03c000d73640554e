import CECG
import ECG
import ECGExport
import Foundation

/// The static memory that a program without an allocator needs for a model, in bytes: what `ecg_model_size` and
/// `ecg_session_size` say here. Where pointers are smaller than here, less is needed, never more.
public struct StaticMemory {
  public var model: Int
  public var session: Int
  /// The most beats of one recording.
  public var beatCapacity: Int

  /// For recordings of up to `seconds` at `samplingRate` Hz. Throws `WorkflowError.model`.
  public init(contentsOf url: URL, longestSeconds seconds: Double, samplingRate: Double) throws {
    func check(_ status: Int32) throws {
      guard status == ECG_OK else {
        throw WorkflowError.model(file: url.path, reason: String(cString: ecg_status_string(status)))
      }
    }
    let file = try MappedFile(url)
    defer { withExtendedLifetime(file) {} }
    let bytes = file.content

    model = 0
    try check(ecg_model_size(bytes.baseAddress, bytes.count, &model))
    let modelMemory = AlignedMemory(byteCount: model)
    defer { withExtendedLifetime(modelMemory) {} }
    var opened: OpaquePointer?
    try check(ecg_model_init(bytes.baseAddress, bytes.count, modelMemory.bytes.baseAddress, model, &opened))

    session = 0
    try check(ecg_session_size(opened, seconds, samplingRate, &session))
    let sessionMemory = AlignedMemory(byteCount: session)
    defer { withExtendedLifetime(sessionMemory) {} }
    var working: OpaquePointer?
    try check(ecg_session_init(opened, seconds, samplingRate, sessionMemory.bytes.baseAddress, session, &working))
    beatCapacity = ecg_session_beat_capacity(working)
  }
}
