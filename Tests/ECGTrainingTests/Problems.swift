import ECGCore
import ECGNetwork

@testable import ECGTraining

/// Small problems that the tests train on.
enum Problem {
  /// Samples of `classes` classes: each class has a random pattern, each sample adds noise to it.
  static func patterns(_ network: NetworkDescription, classes: Int, count: Int, noise: Double, seed: UInt64 = 1)
    throws -> SampleSet
  {
    let size = network.input.count
    var patternGenerator = SeededGenerator(seed: 99)
    let patterns = (0..<classes * size).map { _ in patternGenerator.normal() }
    var generator = SeededGenerator(seed: seed)
    var inputs: [Float] = []
    var labels: [Int32] = []
    for sample in 0..<count {
      let label = sample % classes
      labels.append(Int32(label))
      for i in 0..<size { inputs.append(Float(patterns[label * size + i] + noise * generator.normal())) }
    }
    return try SampleSet(inputs: inputs, inputCount: size, labels: labels)
  }
}
