import ArgumentParser
import ECGWorkflow
import Foundation

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Says whether a recording is an enrolled person's.",
    discussion: """
      The beats of the recording are looked at in their order until the false acceptance rate that the model promises is \
      met, or all looks are over. A model that `ecgid calibrate` did not write promises nothing: then the score is told, and \
      the verdict is “not sure”. Ends with exit code 2 unless the person is accepted, and with 3 for a signal too poor to say \
      anything.

      Example: ecgid verify --gallery people.gallery --person Ada model.h5 today.hea
      """)

  @Option(help: "The gallery.")
  var gallery: String

  @Option(help: ArgumentHelp("Who it is said to be.", valueName: "name"))
  var person: String

  @Argument(help: "The weights file.")
  var model: String

  @Argument(help: "The recording.")
  var recording: String

  @OptionGroup var signal: SignalOptions

  @Flag(help: "Print the result as JSON.")
  var json = false

  /// The exit code for somebody who is not accepted: no error, but no yes either.
  private static let notAcceptedCode: Int32 = 2

  func run() throws {
    let loaded = try LoadedModel(contentsOf: URL(filePath: model))
    let file = try GalleryFile.read(URL(filePath: gallery), for: loaded)
    let found = try signal.foundUnlessPoor(in: recording, for: loaded, asJSON: json)
    let match = try blaming(recording) {
      try file.match(found.beats, with: person, by: try loaded.recogniser())
    }
    if json { try printJSON(match) } else { print(match.text(saying: match.verdict)) }
    if match.person == nil { throw ExitCode(Self.notAcceptedCode) }
  }
}

extension GalleryFile.Match {
  /// The answer in words, and what it rests on.
  func text(saying answer: String) -> String {
    var lines = [answer]
    guard let mostLike else { return "\(answer)\n  nobody is enrolled" }
    lines.append(
      String(format: "  most like %@ (score %.3f), by %@", mostLike, score, counted(beats, "beat"))
        + (templates > 1 ? " and \(counted(templates, "template"))" : ""))
    if let threshold {
      lines.append(
        String(
          format: "  accepted from %.3f; false acceptance probability %.3g %% at most", threshold,
          100 * falseAcceptanceProbability))
    } else if falseAcceptanceProbability < 1 {
      lines.append("  the model was calibrated on too few people to promise anything for so many templates")
    } else {
      lines.append("  nothing is promised: the model is not calibrated (ecgid calibrate), or on too few people")
    }
    return lines.joined(separator: "\n")
  }
}
