import ArgumentParser
import ECGRecords
import ECGWorkflow
import Foundation

struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes one lead of a recording as millivolts, for programs that read text or raw floats.",
    discussion: """
      A name ending in .f32 gives raw 32-bit floats, any other one value a line. Missing samples are written as nan.

      The sampling rate is said, and not in the file.

      Example: ecgid convert ecg-id/ --person Person_07 -o recording.csv
      Example: ecgid convert recording.hea -o recording.f32
      """)

  @OptionGroup var dataset: DatasetOptions

  @Option(help: "Whose recording; may be left out where there is one person only.")
  var person: String?

  @Option(help: "Which of the person's recordings; their last, if left out.")
  var recording: String?

  @Option(name: .shortAndLong, help: "The file to write.")
  var output: String

  @Flag(help: "Print the result as JSON.")
  var json = false

  private struct Summary: Encodable {
    var recording: String
    var samples: Int
    /// Hertz.
    var samplingRate: Double
    var file: String
  }

  func run() throws {
    let all = try dataset.open()
    let people = Set(all.recordings.map(\.person)).sorted()
    guard let person = person ?? (people.count == 1 ? people[0] : nil) else {
      throw WorkflowError.option(
        "\(all.name) has recordings of \(people.count) people: say whose, as in --person \(people.first ?? "Ada")")
    }
    let theirs = all.recordings.filter { $0.person == person }
    guard let last = theirs.last else { throw WorkflowError.option("\(all.name) has nobody called \(person)") }
    let chosen = recording == nil ? last : theirs.first { $0.name == recording }
    guard let chosen else {
      throw WorkflowError.option(
        "\(person) has no recording \(recording ?? ""); there are \(theirs.map(\.name).joined(separator: ", "))")
    }
    let read = try chosen.read(lead: dataset.lead)
    let samples = read.leads[0].samples
    let data: Data
    if output.hasSuffix(".f32") {
      data = samples.withUnsafeBytes { Data($0) }
    } else {
      data = Data(samples.map { "\($0)\n" }.joined().utf8)
    }
    try writeWhole(data, to: URL(filePath: output))
    if json {
      return try printJSON(
        Summary(recording: "\(chosen)", samples: samples.count, samplingRate: read.samplingRate, file: output))
    }
    print("\(chosen): \(samples.count) samples at \(read.samplingRate) Hz -> \(output)")
  }
}
