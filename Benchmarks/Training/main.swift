// Training speed on random samples.
//   benchmark-training NETWORK PEOPLE BATCH [STEPS [REPEATS [PRECISION]]]    samples per second, fastest of the repeats
//   benchmark-training serve      takes turns with Keras and PyTorch under `Benchmarks/peers/training.py`: reads lines
//                                 "build NETWORK PEOPLE BATCH PRECISION" and "train STEPS", tabs between the words
import ECGArchitectures
import ECGNetwork
import ECGTraining
import Foundation

/// A network with a batch of random samples.
final class Workout {
  private let engine: OneDNNEngine
  private let inputs: [Float]
  private let labels: [Int32]
  private var steps: UInt64 = 0

  init?(_ name: String, people: Int, batch: Int, _ precision: Precision) throws {
    guard let network = Architecture.named(name)?.network(people: people) else { return nil }
    let options = TrainingOptions.published(for: name)
    engine = try OneDNNEngine(network, batchSize: batch, optimizer: options.optimizer, precision: precision)
    try engine.setParameters(network.initialParameters(seed: 1))
    inputs = (0..<batch * network.input.count).map { _ in Float.random(in: -1...1) }
    labels = (0..<batch).map { Int32($0 % people) }
  }

  /// Seconds of the clock, and of the processor (all threads, waiting ones included).
  func train(_ count: Int) throws -> (clock: Double, processor: Double) {
    let (clock, processor) = (ContinuousClock.now, Self.processorTime)
    let (inputs, labels) = (inputs, labels)
    for _ in 0..<count {
      steps += 1
      _ = try engine.train(inputs: inputs.span, labels: labels.span, learningRate: 1e-3, dropoutSeed: steps)
    }
    return ((ContinuousClock.now - clock) / .seconds(1), Self.processorTime - processor)
  }

  private static var processorTime: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

func serve() throws {
  var workout: Workout?
  while let line = readLine() {
    let words = line.split(separator: "\t").map { String($0) }
    if words.count == 5, words[0] == "build", let people = Int(words[2]), let batch = Int(words[3]),
      let precision = Precision(rawValue: words[4])
    {
      workout = nil
      workout = try Workout(words[1], people: people, batch: batch, precision)
      print(workout == nil ? "unknown" : "built")
    } else if words.count == 2, let count = Int(words[1]), let workout {
      let time = try workout.train(count)
      print(time.clock, time.processor, separator: "\t")
    }
    fflush(nil)
  }
}

func measure(_ arguments: [String]) throws {
  guard arguments.count >= 3, let people = Int(arguments[1]), let batch = Int(arguments[2]),
    let precision = Precision(rawValue: arguments.count > 5 ? arguments[5] : "float32"),
    let workout = try Workout(arguments[0], people: people, batch: batch, precision)
  else {
    print("usage: benchmark-training NETWORK PEOPLE BATCH [STEPS [REPEATS [PRECISION]]], or benchmark-training serve")
    exit(64)
  }
  let steps = arguments.count > 3 ? Int(arguments[3]) ?? 3 : 3
  let repeats = arguments.count > 4 ? Int(arguments[4]) ?? 3 : 3
  _ = try workout.train(steps)
  var best = (clock: Double.infinity, processor: Double.infinity)
  for _ in 0..<repeats {
    let time = try workout.train(steps)
    best = (min(best.clock, time.clock), min(best.processor, time.processor))
  }
  let samples = Double(steps * batch)
  print(
    "\(arguments[0]), \(people) people, batch \(batch)", "ecg", String(format: "%.0f samples/s", samples / best.clock),
    String(format: "%.0f samples per processor second", samples / best.processor), separator: "\t")
}

let arguments = CommandLine.arguments.dropFirst().map { String($0) }
if arguments == ["serve"] { try serve() } else { try measure(arguments) }
