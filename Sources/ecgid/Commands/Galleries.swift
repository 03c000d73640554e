import ArgumentParser
import ECGWorkflow
import Foundation

struct Galleries: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gallery",
    abstract: "Shows who is enrolled in a gallery, or removes somebody.",
    discussion: """
      Examples: ecgid gallery list people.gallery
                ecgid gallery remove people.gallery --person Ada
      """,
    subcommands: [List.self, Remove.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the people of a gallery, and how many beats each of their templates was made of.",
      discussion: "Example: ecgid gallery list people.gallery")

    @Argument(help: "The gallery.")
    var gallery: String

    @Flag(help: "Print the result as JSON.")
    var json = false

    func run() throws {
      let people = try GalleryFile.read(URL(filePath: gallery)).people
      if json { return try printJSON(people) }
      print("\(gallery): \(counted(people.count, "person", "people"))")
      for person in people {
        print("  \(person.person): \(person.templates.map { counted($0, "beat") }.joined(separator: ", "))")
      }
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Removes people from a gallery, whose templates are overwritten.",
      discussion: """
        Of copies elsewhere (backups, snapshots, a flash memory's spare blocks) it knows nothing.

        Example: ecgid gallery remove people.gallery --person Ada
        """)

    @Argument(help: "The gallery.")
    var gallery: String

    @Option(help: ArgumentHelp("Who is to be removed; may be given several times.", valueName: "name"))
    var person: [String]

    func run() throws {
      let url = URL(filePath: gallery)
      let file = try GalleryFile.changing(url) {
        let file = try GalleryFile.read(url)
        for name in person { try file.remove(name) }
        try file.write(to: url)
        return file
      }
      print("\(gallery): \(counted(file.people.count, "person", "people")) left")
    }
  }
}
