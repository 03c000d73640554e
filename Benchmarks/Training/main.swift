// Training speed on random samples: samples per second, both cores, fastest of the repeats after a warm-up.
//   benchmark-training NETWORK PEOPLE BATCH [STEPS [REPEATS]]
// `Benchmarks/peers/training.py` does the same with Keras and PyTorch.
import ECGArchitectures
import ECGNetwork
import ECGTraining
import Foundation

let arguments = CommandLine.arguments.dropFirst().map { String($0) }
guard arguments.count >= 3, let people = Int(arguments[1]), let batch = Int(arguments[2]) else {
  print("usage: benchmark-training NETWORK PEOPLE BATCH [STEPS [REPEATS]]")
  exit(64)
}
let steps = arguments.count > 3 ? Int(arguments[3]) ?? 3 : 3
let repeats = arguments.count > 4 ? Int(arguments[4]) ?? 3 : 3
guard let architecture = Architecture.named(arguments[0]) else {
  print("there is no network \(arguments[0])")
  exit(64)
}
let network = architecture.network(people: people)

let engine = try OneDNNEngine(network, batchSize: batch)
try engine.setParameters(network.initialParameters(seed: 1))
let inputs = (0..<batch * network.input.count).map { _ in Float.random(in: -1...1) }
let labels = (0..<batch).map { Int32($0 % people) }

/// Seconds of the clock, and of the processor (all threads, waiting ones included).
func measure(_ body: () throws -> Void) rethrows -> (clock: Double, processor: Double) {
  func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
  let (clock, processor) = (ContinuousClock.now, processorTime())
  try body()
  return ((ContinuousClock.now - clock) / .seconds(1), processorTime() - processor)
}

var best = (clock: Double.infinity, processor: Double.infinity)
for turn in 0...repeats {
  let time = try measure {
    for step in 0..<steps {
      _ = try engine.train(
        inputs: inputs.span, labels: labels.span, learningRate: 1e-3, dropoutSeed: UInt64(turn * steps + step))
    }
  }
  if turn > 0 { best = (min(best.clock, time.clock), min(best.processor, time.processor)) }
}
let samples = Double(steps * batch)
print(
  "\(arguments[0]), \(people) people, batch \(batch)", "ecg", String(format: "%.0f samples/s", samples / best.clock),
  String(format: "%.0f samples per processor second", samples / best.processor), separator: "\t")
