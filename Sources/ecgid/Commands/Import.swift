import ArgumentParser
import ECGExport
import ECGNetwork
import ECGRecords
import ECGReport
import ECGSignal
import ECGWorkflow
import Foundation

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a weights file from a network that Keras saved.",
    discussion: """
      Takes HDF5 files of Keras 2 and 3: whole models (model.save("keras.h5")), and weights (model.save_weights) with the \
      description of the model (model.to_json()). The network must have been trained on beats or images as the options \
      below make them, or on those of --beats; the shape of its input tells which. Documentation/Keras.md lists the layers.

      Example: ecgid import keras.h5 --labels people.txt --beats beats.h5 -o model.h5
      Example: ecgid import keras.weights.h5 --architecture model.json --labels people.csv -o model.h5
      """)

  @Argument(help: "The file that Keras wrote.")
  var keras: String

  @Option(
    help: ArgumentHelp(
      "The persons' names in the order of the network's outputs: one a line, or a CSV table with the column label,"
        + " person or name (and class, counted from 0, if the rows have another order).", valueName: "file"))
  var labels: String

  @Option(name: .shortAndLong, help: "The weights file to write.")
  var output: String

  @Option(help: ArgumentHelp("For a file of weights alone: what model.to_json() returned.", valueName: "file"))
  var architecture: String?

  @Option(help: "What a network on images sees of a beat; if left out, the image that has the size of its input.")
  var image: ImageChoice?

  @Flag(help: "Put a softmax behind the last layer, for networks trained on logits.")
  var softmax = false

  @Option(
    help: ArgumentHelp(
      "Beats of the same people that `ecgid prepare` wrote: they say how recordings become beats, instead of the options"
        + " below, and strangers are measured against them.", valueName: "file"))
  var beats: String?

  @OptionGroup(title: "Strangers (with --beats)") var strangers: OutlierFitOptions
  @OptionGroup(title: "How recordings become beats (without --beats)") var pipeline: PipelineOptions

  @Flag(help: "Print the result as JSON.")
  var json = false

  private struct Summary: Encodable {
    var output: String
    var network: String
    var kerasVersion: String?
    var people: Int
    var layers: Int
    var parameters: Int
    var input: String
    var outlierReferences: Int?
    var outlierProblem: String?
  }

  func run() throws {
    var options = ModelImportOptions()
    options.configuration = pipeline.configuration
    options.image = image?.representation
    options.addsSoftmax = softmax
    options.outliers = strangers.options
    let names = try readLabels(URL(filePath: labels))
    let result = try importModel(
      URL(filePath: keras), architecture: architecture.map { URL(filePath: $0) }, labels: names, options: options,
      prepared: try beats.map { try PreparedBeats.read(URL(filePath: $0)) }, output: URL(filePath: output))
    let summary = Summary(
      output: output, network: result.network.name, kerasVersion: result.kerasVersion, people: names.count,
      layers: result.network.layers.count, parameters: result.parameterCount, input: "\(result.representation)",
      outlierReferences: result.outlierReferences, outlierProblem: result.outlierProblem)
    if json { return try printJSON(summary) }
    print(
      "\(summary.network) (\(summary.kerasVersion.map { "Keras \($0)" } ?? "Keras")):"
        + " \(counted(summary.people, "person", "people")), \(counted(summary.layers, "layer")),"
        + " \(counted(summary.parameters, "parameter")); reads each beat's \(result.representation.text)")
    if let references = summary.outlierReferences {
      print("Strangers are measured against \(counted(references, "beat"))")
    } else if let problem = summary.outlierProblem {
      print("No outlier reference: \(problem)")
    } else {
      print("No outlier reference: strangers are taken for the person they are most like")
    }
    print("-> \(output)")
  }
}

extension PipelineConfiguration.Representation {
  fileprivate var text: String { self == .beat ? "samples" : "\(self)" }
}
