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
  /// Beats left out because their values span too little.
  public var flat = 0
  /// Beats left out because they are much larger or smaller than the recording's median beat.
  public var oddAmplitude = 0
  /// Iterations of SASS, 0 with another front end.
  public var sassIterations = 0
  /// Whether SASS came close enough to its minimum; true with another front end.
  public var converged = true

  public init() {}
}
