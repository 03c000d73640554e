import ArgumentParser
import ECGRecords
import ECGWorkflow
import Foundation

struct Enrol: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Enrols a person in a gallery, by recordings of theirs.",
    discussion: """
      Each recording becomes a template: the mean of its beats' embeddings. Nothing is trained, and the person need not be \
      one whom the model was trained on. Recordings of several days make recognition surer. Poor ones, and those with too \
      few usable beats, are refused by name; nobody is enrolled then.

      The gallery is made when there is none yet. Only its owner can read it; it holds templates and names, no signal.

      Examples:
        ecgid enrol --gallery people.gallery --person Ada model.h5 ada/monday.hea ada/tuesday.hea
        ecgid verify --gallery people.gallery --person Ada model.h5 today.hea
        ecgid identify --gallery people.gallery model.h5 today.hea
        ecgid gallery remove people.gallery --person Ada
      """)

  @Option(help: "The gallery.")
  var gallery: String

  @Option(
    help: ArgumentHelp(
      "Whose recordings these are: a name of up to 47 bytes, or better a number that only you can turn into one.",
      valueName: "name"))
  var person: String

  @Argument(help: "The weights file.")
  var model: String

  @Argument(help: "Recordings of this person, of any format that `ecgid records` lists.")
  var recordings: [String]

  @OptionGroup var signal: SignalOptions

  @Option(help: ArgumentHelp("Usable beats that a recording must have.", valueName: "count"))
  var leastBeats = 8

  @Flag(help: "Replace the templates that this person has, instead of adding to them.")
  var replace = false

  @Flag(help: "Print the result as JSON.")
  var json = false

  private struct Summary: Encodable {
    var gallery: String
    var person: String
    var recordings: [String: Int]
    var templates: Int
    var people: Int
  }

  func validate() throws {
    guard leastBeats >= 1 else { throw ValidationError("--least-beats is 1 or more") }
    guard !recordings.isEmpty else { throw ValidationError("name at least one recording") }
  }

  func run() throws {
    try requirePersonName(person)
    let loaded = try LoadedModel(contentsOf: URL(filePath: model))
    let recogniser = try loaded.recogniser()
    var enrolments: [(recording: String, beats: BeatFinder.Found)] = []
    for recording in recordings {
      let found = try signal.beats(of: recording, for: loaded)
      guard found.rPeaks.count >= leastBeats else {
        throw WorkflowError.signal(
          recording: recording,
          reason: "\(counted(found.rPeaks.count, "usable beat")), \(leastBeats) are needed to enrol somebody")
      }
      enrolments.append((recording, found))
    }

    let url = URL(filePath: gallery)
    let file = try GalleryFile.changing(url) {
      let file =
        if FileManager.default.fileExists(atPath: url.path) {
          try GalleryFile.read(url, for: loaded, room: recordings.count)
        } else {
          try GalleryFile(for: loaded, room: recordings.count)
        }
      if replace, try file.has(person) { try file.remove(person) }
      for (recording, found) in enrolments {
        try blaming(recording) { try file.enrol(person, found.beats, by: recogniser) }
      }
      try file.write(to: url)
      return file
    }
    let counts = Dictionary(enrolments.map { ($0.recording, $0.beats.rPeaks.count) }, uniquingKeysWith: { $1 })
    let people = file.people
    let templates = people.first { $0.person == person }?.templates.count ?? 0
    if json {
      return try printJSON(
        Summary(gallery: gallery, person: person, recordings: counts, templates: templates, people: people.count))
    }
    print(
      "\(gallery): \(person) has \(counted(templates, "template")), \(counted(people.count, "person is", "people are"))"
        + " enrolled")
  }
}
