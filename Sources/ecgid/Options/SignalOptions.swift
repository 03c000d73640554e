import ArgumentParser
import ECGRecords
import ECGWorkflow

/// Which signal of a recording counts.
struct SignalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The lead to use, the one that the model was trained on: its number from 0, or its name.", valueName: "lead"))
  var lead = LeadChoice.first

  @Option(help: "The sampling rate in Hz, for files that do not say it.")
  var rate: Double?

  /// A recording's usable beats; a signal that nothing can be said of is an error that names it.
  func beats(of recording: String, for loaded: LoadedModel) throws -> BeatFinder.Found {
    let file = try openRecording(at: recording, rate: rate)
    do {
      return try loaded.beatFinder().beats(of: file, lead: try file.position(of: lead))
    } catch let refusal as Refusal {
      throw WorkflowError.signal(recording: recording, reason: refusal.description)
    }
  }
}
