import ArgumentParser
import ECG
import ECGCore
import ECGIdentity
import ECGSignal
import ECGWorkflow

/// What is told of a signal too poor to say anything, in place of an answer.
private struct PoorSignal: Encodable {
  var recording: String
  /// What spoils the recording most.
  var poorSignal: String
  var rPeaks: Int
  var leftOut: [String: Int]
  var quality: Float
}

/// The exit code for such a signal: no answer, but no error either.
private let poorSignalCode: Int32 = 3

extension SignalOptions {
  /// A recording's usable beats. A signal too poor to say anything is told, and ends the program with exit code 3.
  func foundUnlessPoor(
    in recording: String, for loaded: LoadedModel, asJSON: Bool
  ) throws -> BeatFinder.Found {
    do {
      return try found(in: recording, for: loaded)
    } catch let refusal as Refusal {
      guard refusal.status == .poorSignal else { return try blaming(recording) { throw refusal } }
      if asJSON {
        try printJSON(
          PoorSignal(
            recording: recording, poorSignal: refusal.report.fault.name, rPeaks: refusal.report.peakCount,
            leftOut: refusal.report.leftOutByName, quality: refusal.report.quality))
      } else {
        remark("\(recording): \(refusal)")
      }
      throw ExitCode(poorSignalCode)
    }
  }
}

extension PipelineReport {
  /// How many beats were left out, by reason.
  var leftOutByName: [String: Int] { Dictionary(leftOut.map { ($0.fault.name, $0.count) }, uniquingKeysWith: +) }
}
