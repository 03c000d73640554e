import ECGNetwork
import ECGTestSupport
import Testing

@testable import ECGTraining

/// Probabilities, gradients and optimiser steps as Keras computes them in float64.
@Suite struct KerasTests {
  @Test(arguments: Golden.all.indices) func probabilities(_ index: Int) throws {
    let golden = Golden.all[index]
    let engine = try OneDNNEngine(golden.network, batchSize: golden.batch, loss: golden.loss)
    try engine.setParameters(golden.parameters)
    let batch = try golden.batch(0)
    let found = try engine.predict(inputs: batch.inputs.span, count: golden.batch)
    #expect(largestDifference(found, try golden.expected("probabilities")) < 2e-6, "\(golden.name)")
  }

  @Test(arguments: Golden.all.indices) func gradients(_ index: Int) throws {
    let golden = Golden.all[index]
    let engine = try OneDNNEngine(golden.network, batchSize: golden.batch, optimizer: .sgd(), loss: golden.loss)
    let parameters = try golden.parameters
    try engine.setParameters(parameters)
    let batch = try golden.batch(0)
    let result = try engine.train(
      inputs: batch.inputs.span, labels: batch.labels.span, learningRate: 0.01, dropoutSeed: 1)
    #expect(abs(result.loss / (try golden.expected("losses")[0]) - 1) < 2e-6, "\(golden.name)")
    // The engine adds the gradient of the penalties in the optimiser.
    var gradients = try engine.gradients()
    for (layer, values) in parameters.enumerated() where golden.network.layers[layer].l2 != 0 {
      for i in values[0].indices { gradients[layer][0][i] += 2 * golden.network.layers[layer].l2 * values[0][i] }
    }
    #expect(largestDifference(try golden.kept(gradients), try golden.expected("gradients")) < 1e-5, "\(golden.name)")
  }

  private typealias Rule = (name: String, optimizer: Optimizer, rate: Double)
  private static let rules: [Rule] = [
    ("adam", Optimizer.adam(), 0.001), ("sgd", .sgd(), 0.01), ("momentum", .sgd(momentum: 0.9), 0.01),
  ]

  @Test(arguments: Golden.all.indices, rules.indices) func threeSteps(_ index: Int, _ rule: Int) throws {
    try compareThreeSteps(Golden.all[index], Self.rules[rule])
  }

  /// Against layers with `trainable = False`: no penalty, batch normalisation by the moving averages, and no gradient.
  @Test(arguments: Golden.frozen.indices, rules.indices) func threeStepsBehindFrozenLayers(_ index: Int, _ rule: Int)
    throws
  {
    try compareThreeSteps(Golden.frozen[index], Self.rules[rule])
  }

  private func compareThreeSteps(_ golden: Golden, _ rule: Rule) throws {
    let isAdamW = rule.name == "adam" && golden.loss != .crossEntropy
    let engine = try OneDNNEngine(
      golden.network, batchSize: golden.batch, optimizer: isAdamW ? .adamW(weightDecay: 0.1) : rule.optimizer,
      loss: golden.loss, frozenLayers: golden.frozen)
    let start = try golden.parameters
    try engine.setParameters(start)
    let losses = try golden.expected("losses")
    let first = ["adam": 0, "sgd": 3, "momentum": 6][rule.name]!
    // Adam divides each gradient by its own size. Batch normalisation makes many gradients zero but for rounding (that of
    // the scale of what it reads, say); there each step is as large as elsewhere, in a direction that rounding chose, and
    // soon it shows in the others. What is left to compare is the loss.
    let hasNoise =
      rule.name == "adam" && golden.network.layers.dropFirst(golden.frozen).contains { $0.kind == .batchNormalization }
    for step in 0..<3 {
      let batch = try golden.batch(step)
      let result = try engine.train(
        inputs: batch.inputs.span, labels: batch.labels.span, learningRate: rule.rate, dropoutSeed: 1)
      #expect(
        abs(result.loss / losses[first + step] - 1) < (hasNoise ? 5e-5 : 1e-5),
        "\(golden.name) \(rule.name) step \(step)")
    }
    // Compare how far the parameters moved: that is what the optimiser did.
    let before = try golden.kept(start)
    let moved = zip(try golden.kept(engine.parameters()), before).map { $0 - $1 }
    let expected = zip(try golden.expected(rule.name), before).map { $0 - Double($1) }
    let difference = largestDifference(moved, expected)
    if !hasNoise { #expect(difference < 2e-3, "\(golden.name) \(rule.name)") }
    let after = try engine.parameters()
    // Not a bit of the frozen layers has changed, moving averages included.
    #expect(after.prefix(golden.frozen) == start.prefix(golden.frozen), "\(golden.name)")
    let moving = golden.moving(after)
    guard rule.name == "sgd", !moving.isEmpty else { return }
    #expect(largestDifference(moving, try golden.expected("moving")) < 1e-5, "\(golden.name)")
  }
}
