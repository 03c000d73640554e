import ArgumentParser
import ECGWorkflow

/// How the outlier reference is made.
struct OutlierFitOptions: ParsableArguments {
  enum Choice: String, ExpressibleByArgument, CaseIterable { case hidden, beat, none }

  @Option(help: "What strangers are measured against: the network's hidden layer, the beat itself, or none.")
  var outliers = Choice.hidden

  @Option(help: "Neighbours of the local outlier factor.")
  var neighbours = OutlierOptions().neighbourCount

  @Option(help: "The share of known people's beats that may be turned away.")
  var falseAlarmRate = OutlierOptions().falseAlarmRate

  func validate() throws {
    guard falseAlarmRate > 0, falseAlarmRate < 1 else {
      throw ValidationError("--false-alarm-rate lies between 0 and 1, not \(falseAlarmRate)")
    }
    guard neighbours > 0 else { throw ValidationError("--neighbours takes 1 or more, not \(neighbours)") }
  }

  /// nil for none.
  var options: OutlierOptions? {
    guard let features = OutlierFeatures(rawValue: outliers.rawValue) else { return nil }
    var options = OutlierOptions()
    options.features = features
    options.neighbourCount = neighbours
    options.falseAlarmRate = falseAlarmRate
    return options
  }
}
