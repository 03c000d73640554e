import ArgumentParser
import ECGRecords
import Foundation

/// Which recordings.
struct DatasetOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A folder of recordings, one recording, or a CSV manifest with the columns person,recording,path[,date][,rate].",
      discussion: "Left out, virtual people are simulated (see --people and --sessions)."))
  var dataset: String?

  @OptionGroup var understanding: LayoutOptions

  @Option(
    help: ArgumentHelp(
      "The lead to use: its number from 0, its name, or one less another (V5-V1).", valueName: "lead"))
  var lead = LeadChoice.first

  @Option(help: "How many people to simulate.")
  var people = 20

  @Option(help: "How many recordings of each, a month apart.")
  var sessions = 3

  @Option(help: "The seed of the simulation.")
  var simulationSeed: UInt64 = 1

  func validate() throws {
    guard (1...100_000).contains(people) else { throw ValidationError("--people takes 1 to 100000, not \(people)") }
    guard (1...1000).contains(sessions) else { throw ValidationError("--sessions takes 1 to 1000, not \(sessions)") }
  }

  func open() throws -> Dataset {
    guard let dataset else {
      return try Simulator(seed: simulationSeed).dataset(people: people, sessions: sessions)
    }
    keepFreedMemory()  // one recording's memory serves the next
    let opened = try understanding.open(dataset)
    opened.remarks.forEach(remark)
    return opened
  }
}

extension LeadChoice: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
  public var defaultValueDescription: String { "\(self)" }
}
