import ArgumentParser
import ECG
import ECGCore
import ECGIdentity
import ECGModelFile
import ECGRecords
import ECGReport
import ECGSignal
import ECGWorkflow
import Foundation

struct Identify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Names the person in a recording, or says that the model does not know them.",
    discussion: """
      The recording is a WFDB record (its .hea file), or a CSV or .f32 file of millivolts with --rate.

      Example: ecgid identify model.h5 Person_07/rec_2.hea
      """)

  @Argument(help: "The weights file.")
  var model: String

  @Argument(help: "The recording.")
  var recording: String

  @Option(
    help: ArgumentHelp(
      "The lead to use, the one that the model was trained on: its number from 0, or its name.", valueName: "lead"))
  var lead = LeadChoice.first

  @Option(help: "The sampling rate in Hz, for files that do not say it.")
  var rate: Double?

  @Flag(help: "Print the result as JSON, with everybody's probability.")
  var json = false

  private struct Summary: Encodable {
    var recording: String
    /// Left out when it is nobody the model knows.
    var person: String?
    var isStranger: Bool
    var mostLike: String
    var probability: Float
    var outlierScore: Float?
    var outlierThreshold: Float?
    var beats: Int
    var rPeaks: Int
    var probabilities: [String: Float]
  }

  func run() throws {
    let loaded = try LoadedModel(contentsOf: URL(filePath: model))
    let read = try readRecording(at: recording, lead: lead, rate: rate)
    let recogniser = try loaded.recogniser(longestSeconds: max(read.duration, 1), samplingRate: read.samplingRate)
    let answer: LoadedModel.Answer
    let rPeaks: Int
    do throws(Status) {
      let (found, report) = try recogniser.answer(samples: read.leads[0].samples, samplingRate: read.samplingRate)
      (answer, rPeaks) = (found, report.peakCount)
    } catch {
      throw WorkflowError.signal(recording: recording, reason: String(cString: error.text))
    }
    let mostLike = loaded.labels[answer.decision.person]
    let summary = Summary(
      recording: recording, person: answer.isOutlier ? nil : mostLike, isStranger: answer.isOutlier,
      mostLike: mostLike,
      probability: answer.decision.probability, outlierScore: answer.outlierScore,
      outlierThreshold: loaded.model.outlierReference?.threshold, beats: answer.beatCount, rPeaks: rPeaks,
      probabilities: Dictionary(zip(loaded.labels, answer.probabilities), uniquingKeysWith: { $1 }))
    if json { return try printJSON(summary) }
    print(summary.person ?? "nobody I know")
    print(
      "  most like \(mostLike) (\(percent(Double(summary.probability)))), decided by \(counted(summary.beats, "beat"))")
    if let score = summary.outlierScore, let threshold = summary.outlierThreshold {
      print(String(format: "  outlier score %.3f (strangers: above %.3f)", score, threshold))
    } else {
      print("  strangers cannot be told: the model has no outlier reference")
    }
  }
}
