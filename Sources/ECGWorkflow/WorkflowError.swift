/// What keeps a whole step (preparing, training, evaluating, identifying) from being done.
public enum WorkflowError: Error, CustomStringConvertible {
  /// No recording of the data set gave beats; the reasons are listed.
  case nothingUsable(source: String, reasons: [String])
  /// R peaks could be sought in no recording; the reasons are listed.
  case noPeaks(source: String, reasons: [String])
  /// The signal chain refused a recording.
  case signal(recording: String, reason: String)
  /// A weights file cannot be used.
  case model(file: String, reason: String)
  /// A gallery cannot be used.
  case gallery(file: String, reason: String)
  /// A split leaves nobody to tell apart.
  case split(String)
  /// Model and beats do not belong together.
  case mismatch(String)
  /// A file cannot be written.
  case output(file: String, reason: String)
  /// A setting that does not fit.
  case option(String)

  public var description: String {
    switch self {
    case .nothingUsable(let source, let reasons): "\(source): no recording gave a usable beat" + list(reasons)
    case .noPeaks(let source, let reasons): "\(source): no recording in which R peaks could be sought" + list(reasons)
    case .signal(let recording, let reason): "\(recording): \(reason)"
    case .model(let file, let reason), .gallery(let file, let reason): "\(file): \(reason)"
    case .output(let file, let reason): "\(file): cannot be written: \(reason)"
    case .split(let reason): reason
    case .mismatch(let reason): reason
    case .option(let reason): reason
    }
  }
}

/// The first reasons, a line each.
private func list(_ reasons: [String]) -> String {
  reasons.prefix(10).map { "\n  \($0)" }.joined() + (reasons.count > 10 ? "\n  … and \(reasons.count - 10) more" : "")
}
