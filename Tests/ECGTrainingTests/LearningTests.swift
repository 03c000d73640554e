import ECGArchitectures
import ECGNetwork
import Foundation
import Testing

@testable import ECGTraining

@Suite struct LearningTests {
  @Test func lenet5LearnsPatterns() throws {
    let network = lenet5(people: 20)
    let training = try Problem.patterns(network, classes: 5, count: 100, noise: 0.3)
    let validation = try Problem.patterns(network, classes: 5, count: 25, noise: 0.3, seed: 2)
    var options = TrainingOptions(epochs: 14, batchSize: 16)
    options.seed = 3
    let result = try train(network, training: training, validation: validation, options: options)
    #expect(result.history.epochs.last?.validationAccuracy == 1)
  }

  @Test func cnn1dLearnsPatterns() throws {
    let network = cnn1d(people: 5)
    let training = try Problem.patterns(network, classes: 5, count: 100, noise: 0.3)
    let validation = try Problem.patterns(network, classes: 5, count: 25, noise: 0.3, seed: 2)
    let options = TrainingOptions(epochs: 8, batchSize: 16)
    let result = try train(network, training: training, validation: validation, options: options)
    #expect(result.history.epochs.last?.validationAccuracy == 1)
  }
}
