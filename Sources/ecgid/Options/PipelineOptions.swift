import ArgumentParser
import ECGSignal
import ECGWorkflow

/// How recordings become beats.
struct PipelineOptions: ParsableArguments {
  enum FrontEnd: String, ExpressibleByArgument, CaseIterable {
    case sass
    case bandPass = "band-pass"
  }

  @Option(help: "What cleans the signal: sparsity-assisted smoothing or a Butterworth band-pass.")
  var frontEnd = FrontEnd.bandPass

  @Option(help: "What finds R peaks: Pan and Tompkins' rules, or the likeliest series of beats.")
  var detector = RPeakMethod(PipelineConfiguration().detector)

  @Option(help: "The rate that recordings are resampled to, in Hz.")
  var samplingRate = PipelineConfiguration().samplingRate

  @Option(help: "Band-pass: lower cut-off frequency in Hz.")
  var lowCutoff = PipelineConfiguration().bandPassLow

  @Option(help: "Band-pass: upper cut-off frequency in Hz.")
  var highCutoff = PipelineConfiguration().bandPassHigh

  @Option(help: "Sparsity-assisted smoothing: weight of the L1 penalty.")
  var penalty = PipelineConfiguration().sassPenalty

  @Option(
    help: "Sparsity-assisted smoothing: what removes the baseline before it, cut-off in Hz; 0 leaves the baseline.")
  var baselineCutoff = PipelineConfiguration().baselineCutoff

  @Option(
    help: "How far a beat may be moved onto the recording's mean beat, in seconds; 0 leaves beats at their R peaks.")
  var alignment = PipelineConfiguration().alignmentSearch

  @Option(help: "What a beat holds before its R peak, in seconds.")
  var before = PipelineConfiguration().beatBefore

  @Option(help: "What a beat holds after its R peak, in seconds.")
  var after = PipelineConfiguration().beatAfter

  @Option(
    help: ArgumentHelp(
      "Leave out beats of less quality: the correlation with the recording's other beats, 0 to 1; 0 asks for none.",
      valueName: "quality"))
  var minQuality = PipelineConfiguration().leastCorrelation

  @Option(
    help: ArgumentHelp(
      "Refuse recordings of less quality as a poor signal, 0 to 1; 0 refuses none.", valueName: "quality"))
  var minRecordingQuality = PipelineConfiguration().leastQuality

  var configuration: PipelineConfiguration {
    var configuration = PipelineConfiguration()
    configuration.frontEnd = frontEnd == .sass ? .sass : .bandPass
    configuration.detector = detector.detector
    configuration.samplingRate = samplingRate
    configuration.bandPassLow = lowCutoff
    configuration.bandPassHigh = highCutoff
    configuration.sassPenalty = penalty
    configuration.baselineCutoff = baselineCutoff
    configuration.alignmentSearch = alignment
    configuration.beatBefore = before
    configuration.beatAfter = after
    configuration.leastCorrelation = minQuality
    configuration.leastQuality = minRecordingQuality
    return configuration
  }
}

extension RPeakMethod: ExpressibleByArgument {}
