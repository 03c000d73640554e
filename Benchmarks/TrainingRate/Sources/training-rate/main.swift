// Training steps per second on random samples: training-rate NETWORK PEOPLE BATCH [STEPS] [REPEATS]
// Prints samples/s of the fastest repeat.
import ECGArchitectures
import ECGNetwork
import ECGTraining
import Foundation

let arguments = CommandLine.arguments.dropFirst().map { String($0) }
guard arguments.count >= 3, let people = Int(arguments[1]), let batch = Int(arguments[2]) else {
  print("usage: training-rate lenet5|cnn1d PEOPLE BATCH [STEPS] [REPEATS]")
  exit(64)
}
let steps = arguments.count > 3 ? Int(arguments[3]) ?? 3 : 3
let repeats = arguments.count > 4 ? Int(arguments[4]) ?? 3 : 3
let network = arguments[0] == "cnn1d" ? cnn1d(people: people) : lenet5(people: people)

let engine = try OneDNNEngine(network, batchSize: batch)
try engine.setParameters(network.initialParameters(seed: 1))
var generator = SystemRandomNumberGenerator()
let inputs = (0..<batch * network.input.count).map { _ in Float.random(in: -1...1, using: &generator) }
let labels = (0..<batch).map { Int32($0 % people) }
var best = 0.0
var loss = 0.0
for turn in 0...repeats {
  let start = ContinuousClock.now
  for step in 0..<steps {
    let result = try engine.train(
      inputs: inputs.span, labels: labels.span, learningRate: 1e-3, dropoutSeed: UInt64(turn * steps + step))
    loss = result.loss
  }
  let seconds = (ContinuousClock.now - start) / .seconds(1)
  // The first turn warms up.
  if turn > 0 { best = max(best, Double(steps * batch) / seconds) }
}
print("\(arguments[0]) \(people) people, batch \(batch): \(String(format: "%.0f", best)) samples/s (loss \(loss))")
