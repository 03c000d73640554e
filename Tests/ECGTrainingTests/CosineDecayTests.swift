import ECGNetwork
import ECGTestSupport
import Testing

@testable import ECGTraining

@Suite struct CosineDecayTests {
  /// As PyTorch's LinearLR behind CosineAnnealingLR: 10 steps up, then (1 + cos(π k / 90)) / 2.
  @Test func risesInALineAndFallsAlongACosine() {
    let decay = CosineDecay(warmUp: 0.1)
    #expect(abs(decay.factor(step: 0, of: 100) - 0.1) < 1e-12)
    #expect(abs(decay.factor(step: 8, of: 100) - 0.9) < 1e-12)
    #expect(abs(decay.factor(step: 9, of: 100) - 1) < 1e-12)
    #expect(abs(decay.factor(step: 10, of: 100) - 1) < 1e-12)
    #expect(abs(decay.factor(step: 40, of: 100) - 0.75) < 1e-12)
    #expect(abs(decay.factor(step: 55, of: 100) - 0.5) < 1e-12)
    #expect(abs(decay.factor(step: 70, of: 100) - 0.25) < 1e-12)
    #expect(decay.factor(step: 99, of: 100) < 4e-4 && decay.factor(step: 99, of: 100) > 0)
    #expect(CosineDecay().factor(step: 0, of: 1) == 1)
    #expect(throws: TrainingError.self) { try CosineDecay(warmUp: 1).check() }
    #expect(throws: TrainingError.self) { try CosineDecay(warmUp: -0.1).check() }
  }

  /// Interrupted and resumed, training goes the same way to the last bit; with another number of epochs it cannot.
  @Test func trainingOfDirectionsIsResumable() throws {
    let network = Golden.directions
    let samples = try Problem.patterns(network, classes: 4, count: 50, noise: 1)
    var options = TrainingOptions(epochs: 4, batchSize: 8)
    options.loss = .cosFace(scale: 8, margin: 0.2)
    options.optimizer = .adamW(weightDecay: 0.01)
    options.cosineDecay = CosineDecay(warmUp: 0.2)
    options.checkpointInterval = 0
    let whole = try train(network, training: samples, options: options)

    let folder = try TemporaryFolder()
    var batches = 0
    #expect(throws: TrainingError.self) {
      try train(
        network, training: samples, options: options, checkpoint: folder.url,
        shouldStop: {
          batches += 1
          return batches > 17
        })
    }
    var other = options
    other.epochs = 5
    #expect(throws: TrainingError.self) {
      try train(network, training: samples, options: other, checkpoint: folder.url, resume: true)
    }
    other = options
    other.loss = .arcFace(scale: 8, margin: 0.2)
    #expect(throws: TrainingError.self) {
      try train(network, training: samples, options: other, checkpoint: folder.url, resume: true)
    }
    let resumed = try train(network, training: samples, options: options, checkpoint: folder.url, resume: true)
    #expect(resumed.parameters == whole.parameters)
  }

  /// What is written is an ordinary network: classes of length `scale`, and the same answers as in training.
  @Test func classesAreWrittenAsDirectionsOfTheScalesLength() throws {
    let network = Golden.directions
    let samples = try Problem.patterns(network, classes: 4, count: 80, noise: 0.5)
    var options = TrainingOptions(epochs: 60, batchSize: 16)
    options.loss = .cosFace(scale: 8, margin: 0.2)
    options.learningRate = 0.01
    let trained = try train(network, training: samples, validation: samples, options: options)
    let kernel = try #require(trained.parameters.last?.first)
    for column in 0..<4 {
      let length = (0..<5).reduce(0) { $0 + kernel[$1 * 4 + column] * kernel[$1 * 4 + column] }.squareRoot()
      #expect(abs(length - 8) < 1e-5)
    }
    let found = try evaluate(network, parameters: trained.parameters, on: samples)
    let best = trained.history.epochs[trained.bestEpoch - 1]
    #expect(found.accuracy == best.validationAccuracy && found.accuracy > 0.95)
    #expect(abs(found.crossEntropy - (best.validationLoss ?? 0)) < 1e-5)
  }

  @Test func networksWithoutDirectionsAreRefused() throws {
    let samples = try Problem.patterns(Golden.steps, classes: 3, count: 9, noise: 1)
    var options = TrainingOptions(epochs: 1, batchSize: 4)
    options.loss = .cosFace(scale: 8, margin: 0.2)
    #expect(throws: TrainingError.self) { try train(Golden.steps, training: samples, options: options) }
    for loss in [Loss.cosFace(scale: 0, margin: 0.1), .arcFace(scale: 8, margin: -0.1), .cosFace(scale: 8, margin: 2)] {
      options.loss = loss
      let own = try Problem.patterns(Golden.directions, classes: 4, count: 9, noise: 1)
      #expect(throws: TrainingError.self) { try train(Golden.directions, training: own, options: options) }
    }
  }
}
