import Foundation

/// Reads a WFDB annotation file, in the order of the file.
///
/// - Throws: `RecordError.unreadable` or `.badAnnotations`.
public func readAnnotations(_ url: URL) throws(RecordError) -> [Annotation] {
  try AnnotationFile(contentsOf: url).annotations
}

/// Writes a WFDB annotation file, whole or not at all.
///
/// - Parameters:
///   - annotations: each sample at most 2³¹ − 1 samples before the one before it; the order of time is usual.
///   - samplingRate: what `sample` counts, in hertz; nil leaves it to the record's header.
/// - Throws: `RecordError.unwritable`.
public func writeAnnotations(
  _ annotations: [Annotation], samplingRate: Double? = nil, to url: URL
) throws(RecordError) {
  try AnnotationFile(annotations, samplingRate: samplingRate).write(to: url)
}

/// A WFDB annotation file of the MIT format, as annot(5) of the WFDB Applications Guide describes it: `100.atr`.
///
/// Two notes at its beginning may carry what concerns all annotations, as the WFDB library has it since version 10.5:
/// the sampling rate and definitions of codes. They are no annotations here.
public struct AnnotationFile: Sendable, Equatable {
  public var annotations: [Annotation]
  /// What the samples of the annotations count, in hertz. Nil when the record's header tells.
  public var samplingRate: Double?
  public var definitions: [AnnotationDefinition]

  public init(
    _ annotations: [Annotation], samplingRate: Double? = nil, definitions: [AnnotationDefinition] = []
  ) {
    self.annotations = annotations
    self.samplingRate = samplingRate
    self.definitions = definitions
  }

  /// - Throws: `RecordError.unreadable` or `.badAnnotations`.
  public init(contentsOf url: URL) throws(RecordError) {
    let path = url.path
    try self.init(bytes: FileBytes(path).withBytes { Array($0) }, file: shortName(path))
  }

  /// - Throws: `RecordError.unwritable`; the file is then as before.
  public func write(to url: URL) throws(RecordError) {
    let bytes = try encoded(file: shortName(url.path))
    do {
      try Data(bytes).write(to: url, options: .atomic)
    } catch {
      throw .unwritable(file: shortName(url.path), reason: "cannot be written (\(error.localizedDescription))")
    }
  }

  /// The words of annot(5) hold a code in their upper 6 bits and a number in the lower 10; these codes are no
  /// annotations.
  enum Word {
    /// The next four bytes are an interval, its upper half first.
    static let skip = 59
    /// The field `number` of this and later annotations.
    static let number = 60
    /// The field `subtype` of this annotation.
    static let subtype = 61
    /// The field `channel` of this and later annotations.
    static let channel = 62
    /// So many bytes follow, and a zero if their number is odd.
    static let auxiliary = 63
  }

  /// Notes at sample 0 that begin with this concern the whole file.
  static let remark = "## "
  static let samplingRateRemark = "## time resolution: "
  static let definitionsRemark = "## annotation type definitions"
  static let endOfDefinitionsRemark = "## end of definitions"
}
