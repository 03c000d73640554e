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
      The recording may be of any format that `ecgid records` lists; --rate is for files that do not say theirs. A signal \
      too poor to say anything ends with exit code 3.

      With --gallery it names one of the people whom `ecgid enrol` put there, if anybody, and says how often a stranger \
      would reach that.

      Examples:
        ecgid identify model.h5 Person_07/rec_2.hea
        ecgid identify --gallery people.gallery model.h5 today.hea
      """)

  @Argument(help: "The weights file.")
  var model: String

  @Argument(help: "The recording.")
  var recording: String

  @OptionGroup var signal: SignalOptions

  @Option(help: "Name somebody who is enrolled in this gallery, instead of the people that the model was trained on.")
  var gallery: String?

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
    var leftOut: [String: Int]
    var quality: Float
    var probabilities: [String: Float]
  }

  func run() throws {
    let loaded = try LoadedModel(contentsOf: URL(filePath: model))
    let enrolled = try gallery.map { try GalleryFile.read(URL(filePath: $0), for: loaded) }
    guard enrolled != nil || !loaded.labels.isEmpty else {
      throw WorkflowError.option(
        "\(model) names nobody by itself: say in which gallery people are enrolled (--gallery)")
    }
    let found = try signal.foundUnlessPoor(in: recording, for: loaded, asJSON: json)
    let recogniser = try loaded.recogniser()
    if let enrolled { return try identify(found.beats, among: enrolled, by: recogniser) }
    let answer = try blaming(recording) { try recogniser.answer(found.beats) }
    let mostLike = loaded.labels[answer.decision.person]
    let summary = Summary(
      recording: recording, person: answer.isOutlier ? nil : mostLike, isStranger: answer.isOutlier,
      mostLike: mostLike,
      probability: answer.decision.probability, outlierScore: answer.outlierScore,
      outlierThreshold: loaded.model.outlierReference?.threshold, beats: answer.beatCount,
      rPeaks: found.report.peakCount,
      leftOut: found.report.leftOutByName, quality: found.report.quality,
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

  private func identify(
    _ beats: [Float], among enrolled: GalleryFile, by recogniser: LoadedModel.Recogniser
  ) throws {
    let match = try blaming(recording) { try enrolled.match(beats, by: recogniser) }
    if json { return try printJSON(match) }
    print(match.text(saying: match.person ?? (match.verdict == "rejected" ? "nobody I know" : match.verdict)))
  }
}
