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

      With --from, training goes on from a trained model, for the people in the file: known ones keep what was \
      learned of them, new ones are added, known people without beats in the file leave unless --keep names them. \
      Beats that made the model before never test it.

      Examples: ecgid train beats.h5 --network lenet5 --protocol last-recording -o model.h5
                ecgid train new.h5 --from model.h5 --freeze features --drop Ada -o retrained.h5
                ecgid train beats.h5 --network cnn1d --precision bfloat16 -o model.h5
                ecgid train cinc.h5 ptb.h5 --network embedder1d --beats-per-person all --outliers none -o embedder.h5
                ecgid train beats.h5 --network embedder1d --loss arcface --margin 0.2 --no-augment -o model.h5
      """)

  @Argument(help: "Files that `ecgid prepare` wrote, of different people.")
  var beats: [String]

  @Option(name: .shortAndLong, help: "The weights file to write.")
  var output: String

  @Option(
    help:
      "The network (lenet5 if left out): \(Architecture.all.map { "\($0.name) (\($0.summary))" }.joined(separator: ", "))."
  )
  var network: String?

  @Option(help: "What a network on images sees of a beat (scalogram if left out).")
  var image: ImageChoice?

  @Option(
    name: .customLong("from"),
    help: ArgumentHelp("Go on from this weights file, whose network and preprocessing stay.", valueName: "model"))
  var parent: String?

  @Option(
    help: ArgumentHelp(
      "With --from, layers that keep their weights: none, features (all before the dense layers at the end), or all up"
        + " to and including a layer by its name (`ecgid info` lists them).", valueName: "layers"))
  var freeze = "none"

  @Option(
    help: ArgumentHelp(
      "A person who takes no part, or @FILE with one name a line; may be repeated.", valueName: "name"))
  var drop: [String] = []

  @Option(
    help: ArgumentHelp(
      "With --from, a known person who stays without beats in the file, @FILE with one name a line, or @all; may be"
        + " repeated.", valueName: "name"))
  var keep: [String] = []

  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp(
      "How beats are divided (pooled-beats, or as the model's, if left out): \(EvaluationProtocol.allCases.map(\.rawValue).joined(separator: ", ")).",
      discussion: """
        pooled-beats mixes a person's recordings, which flatters; last-recording tests on each person's last one; \
        develop-recording sets that one aside and tests on the one before, for making choices.
        """))
  var evaluation: EvaluationProtocol?

  @Option(
    help: ArgumentHelp(
      "Beats of each person that take part (as the model's, or 25 with pooled-beats, or all); people with fewer are left out.",
      valueName: "count"))
  var beatsPerPerson: BeatCount?

  @Option(help: "How many people to set apart entirely, to see whether they are turned away.")
  var strangers = 0

  @Option(
    help:
      "Passes over the training beats (if left out, 10 with --from, otherwise as the network was published; 54 for lenet5)."
  )
  var epochs: Int?

  @Option(help: "Beats per step (if left out, as the network was published; 368 for lenet5).")
  var batchSize: Int?

  @Option(
    help:
      "How weights follow their gradients (if left out, as the network was published: adam, sgd for crnn2d, adamw for embedder1d)."
  )
  var optimizer: OptimizerChoice?

  @Option(
    help: """
      The numbers that matrix products multiply: float32, or bfloat16, up to 1.7 times as fast and a little less exact \
      (needs a processor with AVX512_BF16).
      """)
  var precision = Precision.float32

  @Option(help: "The learning rate (0.001, or 0.003 for embedder1d, if left out).")
  var learningRate: Double?

  @OptionGroup var loss: LossOptions

  @Option(
    help: ArgumentHelp(
      "Halve the learning rate after so many epochs without a lower training loss; 0 never does.", valueName: "epochs"))
  var patience: Int?

  @Option(
    help: ArgumentHelp("End after so many epochs without a lower validation loss.", valueName: "epochs"))
  var earlyStopping: Int?

  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "Change training beats from epoch to epoch (embedder1d does if left out): means of beats, R peak, length of P and T"
        + " wave, gain, baseline, noise."))
  var augment: Bool?

  @Option(help: "Of the split, the initial weights, the order of beats and dropout (the model's, or 1).")
  var seed: UInt64?

  @OptionGroup var outliers: OutlierFitOptions

  @Option(help: "A CSV file for loss and accuracy by epoch.")
  var history: String?

  @Flag(help: "Go on after an interruption.")
  var resume = false

  @Flag(help: "Print the result as JSON.")
  var json = false

  enum OptimizerChoice: String, ExpressibleByArgument, CaseIterable { case adam, adamw, sgd }

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

  /// Names as given, those of files included.
  private func names(_ arguments: [String]) throws -> Set<String> {
    var names: Set<String> = []
    for argument in arguments {
      guard argument.hasPrefix("@") else {
        names.insert(argument)
        continue
      }
      let text = try String(contentsOf: URL(filePath: String(argument.dropFirst())), encoding: .utf8)
      names.formUnion(text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) })
    }
    return names.subtracting([""])
  }

  private func start() throws -> ModelTrainingOptions.Start {
    guard let parent else {
      return .new(try architecture(), image: image?.representation ?? .scalogram)
    }
    var retraining = try Retraining(contentsOf: URL(filePath: parent))
    switch freeze {
    case "none": retraining.freeze = .none
    case "features": retraining.freeze = .features
    default: retraining.freeze = .upTo(freeze)
    }
    retraining.kept =
      keep.contains("@all")
      ? Set(retraining.model.labels).subtracting(try names(drop)) : try names(keep)
    return .model(retraining)
  }

  private func architecture() throws -> Architecture {
    let name = network ?? "lenet5"
    guard let architecture = Architecture.named(name) else {
      throw ValidationError(
        "there is no network \(name); there are \(Architecture.all.map(\.name).joined(separator: ", "))")
    }
    return architecture
  }

  private func options() throws -> ModelTrainingOptions {
    let start = try start()
    let name = start.networkName
    var training = parent == nil ? TrainingOptions.published(for: name) : TrainingOptions.retraining(of: name)
    if let epochs { training.epochs = epochs }
    if let batchSize { training.batchSize = batchSize }
    if let learningRate { training.learningRate = learningRate }
    if let patience {
      training.learningRateReduction = patience > 0 ? LearningRateReduction(patience: patience) : nil
    }
    if let earlyStopping { training.earlyStopping = EarlyStopping(patience: earlyStopping) }
    switch optimizer {
    case .adam: training.optimizer = .adam()
    case .adamw: training.optimizer = .adamW()
    case .sgd: training.optimizer = .sgd()
    case nil: break
    }
    try loss.apply(to: &training)
    training.precision = precision
    var options = ModelTrainingOptions(start, training: training)
    let rules = options.retraining?.rules
    options.training.seed = seed ?? rules?.seed ?? 1
    options.evaluation = evaluation ?? rules?.evaluation ?? .pooledBeats
    switch beatsPerPerson {
    case .all: options.beatsPerPerson = nil
    case .count(let count): options.beatsPerPerson = count
    case nil:
      let published = options.evaluation == .pooledBeats ? 25 : nil
      options.beatsPerPerson = rules?.evaluation == options.evaluation ? rules?.beatsPerPerson : published
    }
    options.strangerCount = strangers
    options.dropped = try names(drop)
    options.augmentation = augment.map { $0 ? BeatAugmentation() : nil } ?? .standard(for: name)
    options.outliers = outliers.options
    return options
  }

  func validate() throws {
    guard strangers >= 0 else { throw ValidationError("--strangers takes 0 or more, not \(strangers)") }
    guard (earlyStopping ?? 1) > 0 else {
      throw ValidationError("--early-stopping takes 1 or more epochs, not \(earlyStopping ?? 0)")
    }
    guard let parent else {
      guard freeze == "none", keep.isEmpty else {
        throw ValidationError("--freeze and --keep need a model to go on from: --from MODEL")
      }
      _ = try architecture()
      return
    }
    guard network == nil, image == nil else {
      throw ValidationError("--network and --image are those of \(parent); leave them out with --from")
    }
  }

  private func train(
    _ prepared: (beats: PreparedBeats, digest: String), _ options: ModelTrainingOptions
  ) throws -> ModelTraining {
    let bar = ProgressBar()
    defer { bar.clear() }
    let url = URL(filePath: output)
    if resume, !hasCheckpoint(in: checkpointFolder(for: url)) {
      remark("There is nothing to resume: \(checkpointFolder(for: url).path) has no checkpoint. Training starts anew.")
    }
    do {
      return try trainModel(
        prepared.beats, digest: prepared.digest, options: options, output: url, resume: resume,
        shouldStop: { Interruption.isAsked }, progress: bar.show)
    } catch TrainingError.stopped(let epoch, _) {
      bar.clear()
      remark("Interrupted in epoch \(epoch). The same command with --resume goes on from there.")
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
    var outlierThreshold: Float?
    /// Later recordings that chose it; absent when beats of the recordings that trained did.
    var outlierLaterRecordings: Int?
    var outlierProblem: String?
    var retrainedFrom: String?
    var retraining: RetrainingFigures?
  }

  func run() throws {
    let clock = ContinuousClock()
    let start = clock.now
    let options = try options()
    let network = options.start.networkName
    let prepared = try PreparedBeats.read(beats.map { URL(filePath: $0) })
    Interruption.watch()
    if let history { try requireWritable(URL(filePath: history)) }
    let result = try train(prepared, options)
    if let history { try result.history.write(to: URL(filePath: history)) }

    let split = result.split
    let rates = result.history.epochs.map(\.samplesPerSecond).sorted()
    let summary = Summary(
      output: output, network: network, people: result.labels.count,
      leftOut: Dictionary(
        split.leftOut.map { (prepared.beats.people[Int($0.person)], $0.reason.text) }, uniquingKeysWith: { $1 }),
      trainingBeats: split.training.count, validationBeats: split.validation.count, testBeats: split.test.count,
      parameters: result.parameterCount, bestEpoch: result.bestEpoch, epochs: result.history.epochs,
      seconds: (clock.now - start) / .seconds(1), samplesPerSecond: rates.isEmpty ? 0 : rates[rates.count / 2],
      peakMemoryMiB: peakMemoryMiB(), deviceDifference: result.deviceDifference,
      outlierThreshold: result.outliers?.threshold, outlierLaterRecordings: result.outliers?.later?.recordings,
      outlierProblem: result.outlierProblem,
      retrainedFrom: parent, retraining: result.retraining)
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
    if let figures = result.retraining { show(figures) }
    print(
      "\(summary.parameters) parameters, \(Int(summary.samplesPerSecond)) beats/s, \(ProgressBar.duration(summary.seconds)),"
        + " \(Int(summary.peakMemoryMiB)) MiB; the device code agrees within \(summary.deviceDifference)")
    if let outliers = result.outliers { print("Strangers: " + outliers.thresholdLines.joined(separator: "\n  ")) }
    if let problem = result.outlierProblem { print("No outlier reference: \(problem)") }
    print("-> \(output)")
  }

  private func show(_ figures: RetrainingFigures) {
    func list(_ names: [String]) -> String {
      "\(counted(names.count, "person", "people"))"
        + (names.isEmpty
          ? ""
          : " (\(names.prefix(5).joined(separator: ", "))" + (names.count > 5 ? ", …)" : ")"))
    }
    func rate(_ rate: CorrectCount) -> String { "\(percent(rate.share)) of \(counted(rate.count, "test beat"))" }
    print("Added: \(list(figures.added)); left: \(list(figures.left))")
    if figures.knownBefore.count > 0 {
      print(
        "Known people: \(percent(figures.knownBefore.share)) before, \(percent(figures.knownAfter.share)) after, of"
          + " \(counted(figures.knownAfter.count, "test beat"))")
    }
    if figures.new.count > 0 { print("New people: \(rate(figures.new))") }
    if !figures.kept.isEmpty { print("Kept without beats: \(list(figures.kept))") }
    if !figures.untested.isEmpty {
      print("Trained, but without beats that the model has never seen to test them with: \(list(figures.untested))")
    }
    if !figures.knowsSeenBeats {
      print("The model does not say which beats made it: figures of known people may flatter")
    }
  }
}

extension EvaluationProtocol: ExpressibleByArgument {}

/// The most memory this process has held, in MiB.
private func peakMemoryMiB() -> Double {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return Double(usage.ru_maxrss) / 1024
}

extension Precision: ExpressibleByArgument {}
