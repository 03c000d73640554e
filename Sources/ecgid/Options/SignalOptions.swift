import ArgumentParser
import ECGCore
import ECGRecords
import ECGWorkflow

/// Which signal of a recording counts.
struct SignalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The lead to use, the one that the model was trained on: its number from 0, its name, or one less another (V5-V1).",
      valueName: "lead"))
  var lead = LeadChoice.first

  @Option(help: "The sampling rate in Hz, for files that do not say it.")
  var rate: Double?

  /// A recording's usable beats. Throws `Refusal` for a signal that nothing can be said of.
  func found(in recording: String, for loaded: LoadedModel) throws -> BeatFinder.Found {
    let chosen = try openRecording(at: recording, rate: rate).chosen(lead)
    return try loaded.beatFinder().beats(of: chosen.file, lead: chosen.lead)
  }

  /// The same; what nothing can be said of is an error that names the recording.
  func beats(of recording: String, for loaded: LoadedModel) throws -> BeatFinder.Found {
    try blaming(recording) { try found(in: recording, for: loaded) }
  }
}

/// Makes what is wrong with a signal or its beats an error that names the recording.
func blaming<Result>(_ recording: String, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let refusal as Refusal {
    throw WorkflowError.signal(recording: recording, reason: refusal.description)
  } catch let status as Status {
    throw WorkflowError.signal(recording: recording, reason: String(cString: status.text))
  }
}
