import ArgumentParser
import ECGWorkflow
import Foundation

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes a weights file in another form.",
    discussion: """
      As a C header it is a constant array for devices without files: ecg_model_init takes it, and the sizes of the \
      static memory stand beside it.

      Example: ecgid export model.h5 --c model.h --seconds 10 --rate 250
      """)

  @Argument(help: "The weights file.")
  var model: String

  @Option(name: .customLong("c"), help: ArgumentHelp("The C header to write.", valueName: "header"))
  var header: String

  @Option(help: "What the array is called: <name>_bytes; its sizes are macros that begin with it in capitals.")
  var name = "model"

  @Option(help: "The longest recording that the sizes of memory are for, in seconds.")
  var seconds = 30.0

  @Option(help: "The sampling rate of recordings that they are for, in Hz.")
  var rate = 500.0

  func run() throws {
    let array = try CArray(of: URL(filePath: model), name: name, longestSeconds: seconds, samplingRate: rate)
    try array.write(to: URL(filePath: header))
    print("\(model) -> \(header)")
  }
}
