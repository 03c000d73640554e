import ArgumentParser
import ECGExport
import ECGRecords
import ECGTraining
import ECGWorkflow
import Foundation

struct Prepare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Cuts recordings into beats.",
    discussion: """
      Reads every recording, cleans it, finds its R peaks and cuts aligned beats. One HDF5 file comes out, which \
      `ecgid train` reads. Recordings that cannot be used are listed with the reason; the others are not affected.

      Examples: ecgid prepare ecg-id/ -o beats.h5
                ecgid prepare ecg-id/ --for embedder1d -o beats.h5
                ecgid prepare mitdb/ --prefix mitdb- -o mitdb.h5
      """)

  @OptionGroup var dataset: DatasetOptions
  @OptionGroup var pipeline: PipelineOptions

  @Option(
    help: ArgumentHelp(
      "What each person's name begins with, so that people of different data sets have different names.",
      valueName: "text"))
  var prefix = ""

  @Option(name: .shortAndLong, help: "The file of prepared beats to write.")
  var output: String

  @Flag(help: "Print the result as JSON.")
  var json = false

  private struct Summary: Encodable {
    var output: String
    var sha256: String
    var people: Int
    var recordings: Int
    var beats: Int
    var leftOut: [String: Int]
    var unusable: [String: String]
    /// How many recordings are unusable for the same reason.
    var unusableReasons: [String: Int]
    var unconverged: [String]
    var seconds: Double
  }

  func run() throws {
    let clock = ContinuousClock()
    let start = clock.now
    let recordings = try dataset.open()
    try requireWritable(URL(filePath: output))
    let result = try prepare(recordings)
    var beats = result.beats
    beats.people = beats.people.map { prefix + $0 }
    let digest = try beats.write(to: URL(filePath: output))
    var leftOut: [String: Int] = [:]
    for (index, reason) in beats.leftOutReasons.enumerated() {
      leftOut[reason] = beats.recordings.reduce(0) { $0 + Int($1.leftOut[index]) }
    }
    let summary = Summary(
      output: output, sha256: digest, people: beats.people.count, recordings: beats.recordings.count,
      beats: beats.count, leftOut: leftOut,
      unusable: Dictionary(result.unusable.map { ($0.recording, $0.reason) }, uniquingKeysWith: { $1 }),
      unusableReasons: Dictionary(result.unusable.map { ($0.category, 1) }, uniquingKeysWith: +),
      unconverged: result.unconverged, seconds: (clock.now - start) / .seconds(1))
    if json { return try printJSON(summary) }
    show(summary, result)
  }

  private func prepare(_ recordings: Dataset) throws -> Preparation {
    let bar = ProgressBar()
    defer { bar.clear() }
    let total = recordings.recordings.count
    return try ECGWorkflow.prepare(recordings, lead: dataset.lead, configuration: pipeline.configuration) {
      bar.show("Preparing", $0, of: total, "recordings")
    }
  }

  private func show(_ summary: Summary, _ result: Preparation) {
    print(
      "\(counted(summary.beats, "beat")) of \(counted(summary.people, "person", "people")) in"
        + " \(counted(summary.recordings, "recording")), \(String(format: "%.1f", summary.seconds)) s -> \(output)")
    let left = summary.leftOut.filter { $0.value > 0 }.sorted { $0.key < $1.key }
    if !left.isEmpty {
      print("Beats left out: " + left.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
    }
    if !result.unconverged.isEmpty {
      print("Denoising ended at its bound of iterations in \(counted(result.unconverged.count, "recording"))")
    }
    if !result.unusable.isEmpty {
      let reasons = summary.unusableReasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      print(
        "\(counted(result.unusable.count, "recording")) left out: "
          + reasons.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
      for unusable in result.unusable.prefix(20) { print("  \(unusable.reason)") }
      if result.unusable.count > 20 { print("  … and \(result.unusable.count - 20) more (--json lists all)") }
    }
  }
}
