import ECGSignal

/// The detectors of R peaks; the raw values are the names that people type.
public enum RPeakMethod: String, Sendable, CaseIterable {
  /// The likeliest series of beats (`RPeakDetector`). Takes a signal as it comes, whatever its length.
  case beatPath = "beat-path"
  /// Pan and Tompkins 1985 (`PanTompkins`). Takes a signal as a whole.
  case panTompkins = "pan-tompkins"

  public init(_ detector: PipelineConfiguration.Detector) {
    switch detector {
    case .beatPath: self = .beatPath
    case .panTompkins: self = .panTompkins
    }
  }

  /// As the signal chain's configuration names it.
  public var detector: PipelineConfiguration.Detector {
    switch self {
    case .beatPath: .beatPath
    case .panTompkins: .panTompkins
    }
  }
}
