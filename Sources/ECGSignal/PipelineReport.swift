/// What became of a recording.
public struct PipelineReport: Equatable, Sendable {
  /// Beats that were cut.
  public var beatCount = 0
  /// R peaks that were found; those without a beat were left out for one of the reasons below.
  public var peakCount = 0
  /// Beats left out because their window reaches beyond the recording's ends.
  public var bordering = 0
  /// Beats left out because their window touches missing samples.
  public var gapped = 0
  /// Beats left out because nothing moves in them, or for too long.
  public var flat = 0
  /// Beats left out because the recording stands at its largest or smallest value.
  public var clipped = 0
  /// Beats left out for fast noise.
  public var noisy = 0
  /// Beats left out because the baseline moves.
  public var wandering = 0
  /// Beats left out because they are much larger or smaller than the recording's median beat.
  public var oddAmplitude = 0
  /// Beats left out because they are of another shape than the recording's, and came early.
  public var ectopic = 0
  /// Beats left out because they are of another shape than the recording's.
  public var unlike = 0
  /// Beats left out with their stretch of a long recording, in which beats do not follow each other as heartbeats do.
  public var withoutRhythm = 0
  /// The quality of the recording, 0 to 1.
  public var quality: Float = 0
  /// Why the recording is not to be trusted: what spoils most of its beats, or its rhythm. `none` when it is good.
  public var fault = SignalFault.none
  /// Iterations of SASS, 0 with another front end.
  public var sassIterations = 0
  /// Whether SASS came close enough to its minimum; true with another front end.
  public var converged = true

  public init() {}

  /// Beats left out for one reason; with `none` those that were cut.
  public subscript(_ fault: SignalFault) -> Int {
    get {
      switch fault {
      case .none: beatCount
      case .border: bordering
      case .gap: gapped
      case .flat: flat
      case .clipped: clipped
      case .noisy: noisy
      case .wandering: wandering
      case .oddAmplitude: oddAmplitude
      case .ectopic: ectopic
      case .unlike: unlike
      case .rhythm: withoutRhythm
      }
    }
    set {
      switch fault {
      case .none: beatCount = newValue
      case .border: bordering = newValue
      case .gap: gapped = newValue
      case .flat: flat = newValue
      case .clipped: clipped = newValue
      case .noisy: noisy = newValue
      case .wandering: wandering = newValue
      case .oddAmplitude: oddAmplitude = newValue
      case .ectopic: ectopic = newValue
      case .unlike: unlike = newValue
      case .rhythm: withoutRhythm = newValue
      }
    }
  }

  /// The reason for which most beats were left out, of those that speak of the signal; `unlike` when there is none.
  public var mostFrequentFault: SignalFault {
    var (most, found) = (0, SignalFault.unlike)
    for number in SignalFault.gap.rawValue...SignalFault.rhythm.rawValue {
      guard let fault = SignalFault(rawValue: number), fault != .ectopic, self[fault] > most else { continue }
      (most, found) = (self[fault], fault)
    }
    return found
  }
}
