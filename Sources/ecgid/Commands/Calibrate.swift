import ArgumentParser
import ECGExport
import ECGWorkflow
import Foundation

struct Calibrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures what scores against enrolled people mean, so that verification can keep a promise.",
    discussion: """
      Compares people with each other whom the model was not trained on, and writes a copy of the model that holds the \
      result: the score from which a stranger is accepted no more often than the rate that you state, after 1, 2, 4, 8 and \
      16 beats. The model file says which beats made it; people of whom it has seen any are left out. A rate takes a number \
      of people, who each are one opinion: about 100 for 1 %, 1,000 for 0.1 %.

      The people should be like those whom the device will meet, and so should electrodes and recordings.

      Example: ecgid calibrate model.h5 others.h5 --false-acceptance-rate 0.01 -o calibrated.h5
      """)

  @Argument(help: "The weights file.")
  var model: String

  @Argument(help: "Prepared beats of people whom the model has not seen.")
  var beats: String

  @Option(help: ArgumentHelp("How often a stranger may be accepted at most, between 0 and 1.", valueName: "rate"))
  var falseAcceptanceRate = 0.01

  @Option(
    help: ArgumentHelp("Beats at the last look: 1, 2, 4, 8 or 16; people with fewer are left out.", valueName: "count"))
  var mostBeats = 16

  @Option(name: .shortAndLong, help: "The weights file to write.")
  var output: String

  @Flag(help: "Print the result as JSON.")
  var json = false

  private static let looks = [1, 2, 4, 8, 16]

  func validate() throws {
    guard falseAcceptanceRate > 0, falseAcceptanceRate < 1 else {
      throw ValidationError("--false-acceptance-rate lies between 0 and 1")
    }
    guard Self.looks.contains(mostBeats) else { throw ValidationError("--most-beats is 1, 2, 4, 8 or 16") }
  }

  private struct Summary: Encodable {
    var people: Int
    var seenPeople: Int
    var tooFewBeats: Int
    var comparisons: Int
    var falseAcceptanceRate: Double
    var falseAcceptances: Int
    var falseAcceptanceInterval: [Double]
    var beatCounts: [Int32]
    var thresholds: [Float]
    var genuinePeople: Int
    var genuineComparisons: Int
    var genuineAcceptances: Int
  }

  func run() throws {
    try requireWritable(URL(filePath: output))
    let prepared = try PreparedBeats.read(URL(filePath: beats))
    let done = try calibrateModel(
      URL(filePath: model), on: prepared.beats, digest: prepared.digest, falseAcceptanceRate: falseAcceptanceRate,
      beatCounts: Self.looks.filter { $0 <= mostBeats }, to: URL(filePath: output))
    let verification = done.verification
    if json {
      return try printJSON(
        Summary(
          people: verification.people, seenPeople: done.seenPeople, tooFewBeats: done.tooFewBeats.count,
          comparisons: verification.comparisons, falseAcceptanceRate: verification.falseAcceptanceRate,
          falseAcceptances: verification.falseAcceptances,
          falseAcceptanceInterval: [
            verification.falseAcceptanceInterval.lowerBound, verification.falseAcceptanceInterval.upperBound,
          ], beatCounts: verification.beatCounts, thresholds: verification.thresholds,
          genuinePeople: verification.genuinePeople, genuineComparisons: verification.genuineComparisons,
          genuineAcceptances: verification.genuineAcceptances))
    }
    if done.seenPeople > 0 {
      remark(
        "\(counted(done.seenPeople, "person", "people")) left out: the model has seen them, or people of that name")
    }
    if !done.tooFewBeats.isEmpty {
      remark("\(counted(done.tooFewBeats.count, "person", "people")) left out: too few beats")
    }
    print("\(model) -> \(output)")
    for line in verification.lines { print("  \(line)") }
  }
}
