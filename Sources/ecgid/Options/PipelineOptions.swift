import ArgumentParser
import ECGArchitectures
import ECGSignal
import ECGWorkflow

/// How recordings become beats.
struct PipelineOptions: ParsableArguments {
  enum FrontEnd: String, ExpressibleByArgument, CaseIterable {
    case sass
    case bandPass = "band-pass"
  }

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp(
      "Settings that this network was made for: embedder1d takes 250 Hz, 0.5 to 40 Hz, and beats from 0.25 s before to"
        + " 0.45 s after R; options given besides change them.", valueName: "network"))
  var target: String?

  @Option(help: "What cleans the signal: sparsity-assisted smoothing or a Butterworth band-pass.")
  var frontEnd = FrontEnd.bandPass

  @Option(help: "What finds R peaks: Pan and Tompkins' rules, or the likeliest series of beats.")
  var detector = RPeakMethod(PipelineConfiguration().detector)

  @Option(help: "The rate that recordings are resampled to, in Hz (500 if left out).")
  var samplingRate: Double?

  @Option(help: "Band-pass: lower cut-off frequency in Hz (1 if left out).")
  var lowCutoff: Double?

  @Option(help: "Band-pass: upper cut-off frequency in Hz (40 if left out).")
  var highCutoff: Double?

  @Option(help: "Sparsity-assisted smoothing: weight of the L1 penalty.")
  var penalty = PipelineConfiguration().sassPenalty

  @Option(
    help: "Sparsity-assisted smoothing: what removes the baseline before it, cut-off in Hz; 0 leaves the baseline.")
  var baselineCutoff = PipelineConfiguration().baselineCutoff

  @Option(
    help:
      "How far a beat may be moved onto the recording's mean beat, in seconds (0.02 if left out); 0 leaves beats at their R peaks."
  )
  var alignment: Double?

  @Option(help: "What a beat holds before its R peak, in seconds (0.2 if left out).")
  var before: Double?

  @Option(help: "What a beat holds after its R peak, in seconds (0.2 if left out).")
  var after: Double?

  @Option(
    help: ArgumentHelp(
      "Leave out beats of less quality: the correlation with the recording's other beats, 0 to 1; 0 asks for none.",
      valueName: "quality"))
  var minQuality = PipelineConfiguration().leastCorrelation

  @Option(
    help: ArgumentHelp(
      "Refuse recordings of less quality as a poor signal, 0 to 1; 0 refuses none.", valueName: "quality"))
  var minRecordingQuality = PipelineConfiguration().leastQuality

  func validate() throws {
    if let target, Architecture.named(target) == nil {
      throw ValidationError(
        "there is no network \(target); there are \(Architecture.all.map(\.name).joined(separator: ", "))")
    }
  }

  var configuration: PipelineConfiguration {
    var configuration = PipelineConfiguration(for: target ?? "")
    configuration.frontEnd = frontEnd == .sass ? .sass : .bandPass
    configuration.detector = detector.detector
    if let samplingRate { configuration.samplingRate = samplingRate }
    if let lowCutoff { configuration.bandPassLow = lowCutoff }
    if let highCutoff { configuration.bandPassHigh = highCutoff }
    configuration.sassPenalty = penalty
    configuration.baselineCutoff = baselineCutoff
    if let alignment { configuration.alignmentSearch = alignment }
    if let before { configuration.beatBefore = before }
    if let after { configuration.beatAfter = after }
    configuration.leastCorrelation = minQuality
    configuration.leastQuality = minRecordingQuality
    return configuration
  }
}

extension RPeakMethod: ExpressibleByArgument {}
