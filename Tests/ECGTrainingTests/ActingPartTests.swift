import ECGNetwork
import Testing

@testable import ECGTraining

/// What a simplification leaves out keeps its values, and takes no part.
@Suite struct ActingPartTests {
  private static let networks: [NetworkDescription] = {
    var column = NetworkDescription(name: "column", input: .image(7, 1, channels: 1))
    column.convolution(filters: 3, window: (4, 4), padding: .same)
    column.batchNormalization()
    column.convolution(filters: 2, window: (3, 3), padding: .same, activation: .tanh)
    column.globalAveragePooling()
    column.dense(units: 3, activation: .softmax)
    var step = NetworkDescription(name: "step", input: .steps(1, channels: 7))
    step.lstm(units: 5, returnsSequences: true)
    step.lstm(units: 4)
    step.dense(units: 3, activation: .softmax)
    return [column, step]
  }()

  @Test(arguments: [0, 1]) func idleValuesStay(_ number: Int) throws {
    let network = Self.networks[number]
    let start = try GradientTests.parameters(network)
    let samples = try GradientTests.samples(network, count: 6, classes: 3)
    let engine = try OneDNNEngine(network, batchSize: 6)
    try engine.setParameters(start)
    #expect(try engine.parameters() == start)
    let before = try engine.predict(inputs: samples.inputs.span, count: 6)
    for step in 0..<3 {
      _ = try engine.train(
        inputs: samples.inputs.span, labels: samples.labels.span, learningRate: 0.01, dropoutSeed: UInt64(step))
    }
    let acting = try CheckedNetwork(network).acting
    let end = try engine.parameters()
    var idle = 0
    for (layer, own) in acting.enumerated() {
      for (index, part) in own.enumerated() {
        var isActing = [Bool](repeating: false, count: start[layer][index].count)
        part.forEachRun(of: isActing.count) { whole, _, count in
          for i in whole..<whole + count { isActing[i] = true }
        }
        for (i, isActing) in isActing.enumerated() {
          if !isActing || (!part.isLearned && part.ranges.isEmpty) {
            #expect(start[layer][index][i] == end[layer][index][i])
            idle += 1
          }
        }
        if part.isLearned { #expect(start[layer][index] != end[layer][index]) }
      }
    }
    #expect(idle > 50)
    #expect(try engine.predict(inputs: samples.inputs.span, count: 6) != before)

    // Neither do they change an answer.
    var changed = start
    for (layer, own) in acting.enumerated() {
      for (index, part) in own.enumerated() where !part.isWhole {
        changed[layer][index] = changed[layer][index].map { _ in 1e3 }
        part.forEachRun(of: changed[layer][index].count) { whole, _, count in
          for i in whole..<whole + count { changed[layer][index][i] = start[layer][index][i] }
        }
      }
    }
    try engine.setParameters(changed)
    #expect(try engine.predict(inputs: samples.inputs.span, count: 6) == before)
    #expect(try engine.parameters() == changed)
  }

  /// Moments of what does not act are zero, in files as well.
  @Test(arguments: [0, 1]) func optimizerStateSurvives(_ number: Int) throws {
    let network = Self.networks[number]
    let samples = try GradientTests.samples(network, count: 6, classes: 3)
    func engine() throws -> OneDNNEngine {
      let engine = try OneDNNEngine(network, batchSize: 6)
      try engine.setParameters(GradientTests.parameters(network))
      return engine
    }
    func step(_ engine: OneDNNEngine) throws {
      _ = try engine.train(
        inputs: samples.inputs.span, labels: samples.labels.span, learningRate: 0.01, dropoutSeed: 1)
    }
    let straight = try engine()
    try step(straight)
    let resumed = try engine()
    try resumed.setParameters(straight.parameters())
    try resumed.setOptimizerState(straight.optimizerState())
    #expect(try resumed.optimizerState() == straight.optimizerState())
    try step(straight)
    try step(resumed)
    #expect(try straight.parameters() == resumed.parameters())
  }
}
