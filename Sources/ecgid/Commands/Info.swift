import ArgumentParser
import ECGReport
import ECGWorkflow
import Foundation

struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints what is in a weights file.",
    discussion: "Example: ecgid info model.h5")

  @Argument(help: "The weights file.")
  var model: String

  @Option(help: "Print one field alone, one value a line: labels, strangers, source, protocol, seed, …")
  var field: String?

  @Flag(help: "Print everything as JSON.")
  var json = false

  func run() throws {
    let loaded = try LoadedModel(contentsOf: URL(filePath: model))
    let description = ModelDescription(loaded)
    if let field {
      guard let lines = description.field(field) else {
        throw WorkflowError.option(
          "\(model) has no field \(field); it has \(description.fieldNames.joined(separator: ", "))")
      }
      lines.forEach { print($0) }
    } else if json {
      try printJSON(description)
    } else {
      print(description.text)
    }
  }
}
