import CECG
import ECG
import ECGExport
import Foundation

/// The static memory that a program without an allocator needs for a model, in bytes: what `ecg_model_size`,
/// `ecg_session_size`, `ecg_stream_size` and `ecg_gallery_size` say here. Where pointers are smaller than here, less is needed, never more.
public struct StaticMemory {
  public var model: Int
  public var session: Int
  /// The most beats of one recording.
  public var beatCapacity: Int
  public var stream: Int
  /// nil without a gallery.
  public var gallery: Int?

  /// What the memory is for.
  public struct Use: Sendable {
    /// The longest recording of a session, in seconds.
    public var longestSeconds: Double
    /// Of recordings and streams, in Hz.
    public var samplingRate: Double
    public var stream = StreamChoice()
    /// Templates in a gallery; nil is none.
    public var templates: Int?

    public init(longestSeconds: Double, samplingRate: Double) {
      self.longestSeconds = longestSeconds
      self.samplingRate = samplingRate
    }
  }

  /// The fields of `ecg_stream_options`; 0 is the default.
  public struct StreamChoice: Sendable {
    public var beatCount = 0
    public var windowSeconds = 0.0
    public var intervalSeconds = 0.0
    public var lookaheadSeconds = 0.0
    public init() {}
  }

  /// Throws `WorkflowError.model`, and `.option` for a stream or a gallery that there cannot be.
  public init(contentsOf url: URL, for use: Use) throws {
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
    try check(ecg_session_size(opened, use.longestSeconds, use.samplingRate, &session))
    let sessionMemory = AlignedMemory(byteCount: session)
    defer { withExtendedLifetime(sessionMemory) {} }
    var working: OpaquePointer?
    try check(
      ecg_session_init(
        opened, use.longestSeconds, use.samplingRate, sessionMemory.bytes.baseAddress, session, &working))
    beatCapacity = ecg_session_beat_capacity(working)

    stream = 0
    var options = ecg_stream_options()
    options.struct_size = UInt32(MemoryLayout<ecg_stream_options>.size)
    options.beat_count = UInt32(clamping: use.stream.beatCount)
    options.window_seconds = use.stream.windowSeconds
    options.interval_seconds = use.stream.intervalSeconds
    options.lookahead_seconds = use.stream.lookaheadSeconds
    guard ecg_stream_size(opened, use.samplingRate, &options, &stream) == ECG_OK else {
      throw WorkflowError.option(
        "there can be no such stream: ecg.h says what ecg_stream_options may be at \(use.samplingRate) Hz")
    }

    gallery = nil
    if let templates = use.templates {
      var size = 0
      guard ecg_gallery_size(opened, templates, &size) == ECG_OK else {
        throw WorkflowError.option("there can be no gallery of \(templates) templates")
      }
      gallery = size
    }
  }
}
