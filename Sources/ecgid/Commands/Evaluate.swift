import ArgumentParser
import ECGExport
import ECGReport
import ECGTraining
import ECGWorkflow
import Foundation

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures a model on the beats that its training never saw.",
    discussion: """
      The division of beats is the one that the model was trained with; the weights file names it, and the file of \
      prepared beats is checked to be the same.

      Example: ecgid evaluate model.h5 beats.h5
      """)

  @Argument(help: "The weights file.")
  var model: String

  @Argument(help: "The file of prepared beats that it was trained on.")
  var beats: String

  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let loaded = try LoadedModel(contentsOf: URL(filePath: model))
    let prepared = try PreparedBeats.read(URL(filePath: beats))
    let evaluation = try evaluate(loaded, prepared)
    if json { try printJSON(evaluation) } else { print(textReport(evaluation)) }
  }

  private func evaluate(_ loaded: LoadedModel, _ prepared: (beats: PreparedBeats, digest: String)) throws -> Evaluation
  {
    let bar = ProgressBar()
    defer { bar.clear() }
    return try evaluateModel(loaded, on: prepared.beats, digest: prepared.digest) {
      bar.show("Evaluating", $0, of: $1, "beats")
    }
  }
}
