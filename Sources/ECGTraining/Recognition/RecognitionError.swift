/// Why there is no trial.
public enum RecognitionError: Error, Equatable, CustomStringConvertible {
  /// Enrolment and probes are not apart, or a probe is not new to the model.
  case violation(String)
  /// Too few people are left.
  case people(String)

  public var description: String {
    switch self {
    case .violation(let text), .people(let text): text
    }
  }
}
