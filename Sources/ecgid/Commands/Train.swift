import ArgumentParser
import ECGArchitectures
import ECGExport
import ECGReport
import ECGSignal
import ECGTraining
import ECGWorkflow
import Foundation

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains a network to recognise the people in a file of prepared beats.",
    discussion: """
      Beats are divided into those that train, those that choose (validation) and those that judge (test) before \
      anything else happens; `ecgid evaluate` uses the same division. Control-C ends training in good order, and \
      --resume goes on as if nothing had happened.

      Example: ecgid train beats.h5 --network lenet5 --protocol last-recording -o model.h5
      """)

  @Argument(help: "A file that `ecgid prepare` wrote.")
  var beats: String

  @Option(name: .shortAndLong, help: "The weights file to write.")
  var output: String

  @Option(help: "The network: \(Architecture.all.map { "\($0.name) (\($0.summary))" }.joined(separator: ", ")).")
  var network = "lenet5"

  @Option(help: "What a network on images sees of a beat.")
  var image = ImageChoice.scalogram

  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp(
      "How beats are divided: \(EvaluationProtocol.allCases.map(\.rawValue).joined(separator: ", ")).",
      discussion: """
        pooled-beats mixes a person's recordings, which flatters; last-recording tests on each person's last one; \
        develop-recording sets that one aside and tests on the one before, for making choices.
        """))
  var evaluation = EvaluationProtocol.pooledBeats

  @Option(
    help: ArgumentHelp(
      "Beats of each person that take part (25 with pooled-beats, otherwise all); people with fewer are left out.",
      valueName: "count"))
  var beatsPerPerson: BeatCount?

  @Option(help: "How many people to set apart entirely, to see whether they are turned away.")
  var strangers = 0

  @Option(help: "Passes over the training beats (if left out, as the network was published; 54 for lenet5).")
  var epochs: Int?

  @Option(help: "Beats per step (if left out, as the network was published; 368 for lenet5).")
  var batchSize: Int?

  @Option(help: "How weights follow their gradients (if left out, as the network was published: adam, sgd for crnn2d).")
  var optimizer: OptimizerChoice?

  @Option(help: "The learning rate.")
  var learningRate = 1e-3

  @Option(
    help: ArgumentHelp(
      "Halve the learning rate after so many epochs without a lower training loss; 0 never does.", valueName: "epochs"))
  var patience: Int?

  @Option(
    help: ArgumentHelp("End after so many epochs without a lower validation loss.", valueName: "epochs"))
  var earlyStopping: Int?

  @Option(help: "Of the split, the initial weights, the order of beats and dropout.")
  var seed: UInt64 = 1

  @Option(help: "What strangers are measured against: the network's hidden layer, the beat itself, or none.")
  var outliers = OutlierChoice.hidden

  @Option(help: "Neighbours of the local outlier factor.")
  var neighbours = OutlierOptions().neighbourCount

  @Option(help: "The share of known people's beats that may be turned away.")
  var falseAlarmRate = OutlierOptions().falseAlarmRate

  @Option(help: "A CSV file for loss and accuracy by epoch.")
  var history: String?

  @Flag(help: "Go on after an interruption.")
  var resume = false

  @Flag(help: "Print the result as JSON.")
  var json = false

  enum ImageChoice: String, ExpressibleByArgument, CaseIterable { case scalogram, spectrogram }

  enum OptimizerChoice: String, ExpressibleByArgument, CaseIterable { case adam, sgd }

  enum OutlierChoice: String, ExpressibleByArgument, CaseIterable { case hidden, beat, none }

  enum BeatCount: ExpressibleByArgument {
    case all
    case count(Int)
    init?(argument: String) {
      if argument == "all" {
        self = .all
      } else if let count = Int(argument), count > 0 {
        self = .count(count)
      } else {
        return nil
      }
    }
  }

  private func options() throws -> ModelTrainingOptions {
    guard let architecture = Architecture.named(network) else {
      throw ValidationError(
        "there is no network \(network); there are \(Architecture.all.map(\.name).joined(separator: ", "))")
    }
    var training = TrainingOptions.published(for: architecture.name)
    if let epochs { training.epochs = epochs }
    if let batchSize { training.batchSize = batchSize }
    training.learningRate = learningRate
    if let patience {
      training.learningRateReduction = patience > 0 ? LearningRateReduction(patience: patience) : nil
    }
    if let earlyStopping { training.earlyStopping = EarlyStopping(patience: earlyStopping) }
    if let optimizer { training.optimizer = optimizer == .adam ? .adam() : .sgd() }
    training.seed = seed
    var options = ModelTrainingOptions(architecture: architecture, training: training)
    options.evaluation = evaluation
    options.image = image == .scalogram ? .scalogram : .spectrogram
    switch beatsPerPerson {
    case .all: options.beatsPerPerson = nil
    case .count(let count): options.beatsPerPerson = count
    case nil: options.beatsPerPerson = evaluation == .pooledBeats ? 25 : nil
    }
    options.strangerCount = strangers
    if let features = OutlierFeatures(rawValue: outliers.rawValue) {
      options.outliers?.features = features
      options.outliers?.neighbourCount = neighbours
      options.outliers?.falseAlarmRate = falseAlarmRate
    } else {
      options.outliers = nil
    }
    return options
  }

  func validate() throws {
    guard strangers >= 0 else { throw ValidationError("--strangers takes 0 or more, not \(strangers)") }
    guard falseAlarmRate > 0, falseAlarmRate < 1 else {
      throw ValidationError("--false-alarm-rate lies between 0 and 1, not \(falseAlarmRate)")
    }
    guard (earlyStopping ?? 1) > 0 else {
      throw ValidationError("--early-stopping takes 1 or more epochs, not \(earlyStopping ?? 0)")
    }
    guard neighbours > 0 else { throw ValidationError("--neighbours takes 1 or more, not \(neighbours)") }
    _ = try options()
  }

  private func train(
    _ prepared: (beats: PreparedBeats, digest: String), _ options: ModelTrainingOptions
  ) throws -> ModelTraining {
    let bar = ProgressBar()
    defer { bar.clear() }
    do {
      return try trainModel(
        prepared.beats, digest: prepared.digest, options: options, output: URL(filePath: output), resume: resume,
        shouldStop: { Interruption.isAsked }, progress: bar.show)
    } catch TrainingError.stopped(let epoch, let keptEpochs) {
      bar.clear()
      remark(
        "Interrupted in epoch \(epoch); "
          + (keptEpochs > 0 ? "\(counted(keptEpochs, "finished epoch")) kept." : "none is kept yet.")
          + " The same command with --resume goes on.")
      throw ExitCode(130)
    }
  }

  private struct Summary: Encodable {
    var output: String
    var network: String
    var people: Int
    var leftOut: [String: String]
    var trainingBeats: Int
    var validationBeats: Int
    var testBeats: Int
    var parameters: Int
    var bestEpoch: Int
    var epochs: [TrainingHistory.Epoch]
    var seconds: Double
    var samplesPerSecond: Double
    var peakMemoryMiB: Double
    var deviceDifference: Float
    var outlierProblem: String?
  }

  func run() throws {
    let clock = ContinuousClock()
    let start = clock.now
    let options = try options()
    let prepared = try PreparedBeats.read(URL(filePath: beats))
    Interruption.watch()
    if let history { try requireWritable(URL(filePath: history)) }
    let result = try train(prepared, options)
    if let history { try result.history.write(to: URL(filePath: history)) }

    let split = result.split
    let rates = result.history.epochs.map(\.samplesPerSecond).sorted()
    let summary = Summary(
      output: output, network: network, people: split.people.count,
      leftOut: Dictionary(
        split.leftOut.map { (prepared.beats.people[Int($0.person)], $0.reason.text) }, uniquingKeysWith: { $1 }),
      trainingBeats: split.training.count, validationBeats: split.validation.count, testBeats: split.test.count,
      parameters: result.parameterCount, bestEpoch: result.bestEpoch, epochs: result.history.epochs,
      seconds: (clock.now - start) / .seconds(1), samplesPerSecond: rates.isEmpty ? 0 : rates[rates.count / 2],
      peakMemoryMiB: peakMemoryMiB(), deviceDifference: result.deviceDifference, outlierProblem: result.outlierProblem)
    if json { return try printJSON(summary) }

    print(
      "\(network) on \(counted(summary.people, "person", "people")): \(summary.trainingBeats) beats trained it,"
        + " \(summary.validationBeats) validated it, \(summary.testBeats) are kept for `ecgid evaluate`")
    for (reason, people) in Dictionary(grouping: split.leftOut, by: { $0.reason.text }).sorted(by: { $0.key < $1.key })
    {
      let names = people.map { prepared.beats.people[Int($0.person)] }
      print(
        "Left out, \(reason): " + names.prefix(10).joined(separator: ", ")
          + (names.count > 10 ? " and \(names.count - 10) more" : ""))
    }
    if let best = result.history.epochs.first(where: { $0.epoch == result.bestEpoch }) {
      print(
        "Epoch \(best.epoch) of \(result.history.epochs.count) was the best: training accuracy \(percent(best.accuracy)),"
          + " validation accuracy \(percent(best.validationAccuracy ?? .nan))")
    }
    print(
      "\(summary.parameters) parameters, \(Int(summary.samplesPerSecond)) beats/s, \(ProgressBar.duration(summary.seconds)),"
        + " \(Int(summary.peakMemoryMiB)) MiB; the device code agrees within \(summary.deviceDifference)")
    if let problem = result.outlierProblem { print("No outlier reference: \(problem)") }
    print("-> \(output)")
  }
}

extension EvaluationProtocol: ExpressibleByArgument {}

/// The most memory this process has held, in MiB.
private func peakMemoryMiB() -> Double {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return Double(usage.ru_maxrss) / 1024
}
