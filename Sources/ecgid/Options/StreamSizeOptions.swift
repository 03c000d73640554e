import ArgumentParser
import ECGWorkflow

/// The options of a stream whose size is asked for, as `ecg_stream_options` has them.
struct StreamSizeOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The size of streams: beats that decide together (16 if left out).", valueName: "count"))
  var streamBeats = 0

  @Option(
    help: ArgumentHelp("… signal in which beats are judged, in seconds (10 if left out).", valueName: "seconds"))
  var streamWindow = 0.0

  @Option(
    help: ArgumentHelp("… from one judgement to the next, in seconds (1 if left out).", valueName: "seconds"))
  var streamInterval = 0.0

  @Option(
    help: ArgumentHelp("… signal behind a beat that is waited for, in seconds (1 if left out).", valueName: "seconds"))
  var streamLookahead = 0.0

  func validate() throws {
    guard streamBeats >= 0 else { throw ValidationError("--stream-beats takes 1 or more, not \(streamBeats)") }
  }

  var choice: StaticMemory.StreamChoice {
    var choice = StaticMemory.StreamChoice()
    choice.beatCount = streamBeats
    choice.windowSeconds = streamWindow
    choice.intervalSeconds = streamInterval
    choice.lookaheadSeconds = streamLookahead
    return choice
  }
}
