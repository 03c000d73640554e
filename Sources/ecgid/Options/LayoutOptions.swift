import ArgumentParser
import ECGRecords
import Foundation

/// How a place with recordings is to be understood.
struct LayoutOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How the folder tells whose recordings it holds: \(DatasetLayout.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "name"))
  var layout = DatasetLayout.automatic

  @Option(
    help: ArgumentHelp(
      "The sampling rate in Hz, for files that do not say it; of PTB-XL, the files to take: 500 or 100.",
      valueName: "hertz"))
  var rate: Double?

  func open(_ place: String) throws -> Dataset {
    try openDataset(at: URL(filePath: place), layout: layout, samplingRate: rate)
  }
}

extension DatasetLayout: ExpressibleByArgument {}
