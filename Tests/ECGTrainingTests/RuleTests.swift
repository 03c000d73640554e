import ECGNetwork
import ECGTestSupport
import Foundation
import Testing

@testable import ECGTraining

/// The rules that act between epochs, beside Keras' callbacks on the same losses.
@Suite struct RuleTests {
  @Test func learningRateFollowsKeras() throws {
    let rows = try Vectors.float64("training-plateau")
    let rule = LearningRateReduction(patience: 5)
    var state = LearningRateReduction.State()
    var rate = 1e-3
    for epoch in 0..<rows.count / 2 {
      rate = rule.next(rate, loss: rows[2 * epoch], &state)
      // Keras keeps the rate in float32.
      #expect(abs(rate / rows[2 * epoch + 1] - 1) < 1e-6, "epoch \(epoch)")
    }
    #expect(rate == 1e-4, "the losses must take the rule down to its minimum")
  }

  @Test func earlyStoppingFollowsKeras() throws {
    let values = try Vectors.float64("training-stopping")
    let rule = EarlyStopping(patience: 4)
    var state = EarlyStopping.State()
    let epoch = values.dropLast().enumerated().first { rule.ends(epoch: $0.offset, loss: $0.element, &state) }?.offset
    #expect(epoch == Int(values.last!))
  }

  @Test func earlyStoppingEndsTraining() throws {
    var options = CheckpointTests.options(epochs: 50)
    options.earlyStopping = EarlyStopping(patience: 2, minimumImprovement: 100)
    let result = try train(CheckpointTests.network, training: CheckpointTests.training(), options: options)
    #expect(result.history.epochs.count == 3)
  }

  static func epoch(_ number: Int, _ accuracy: Double, _ loss: Double) -> TrainingHistory.Epoch {
    TrainingHistory.Epoch(
      epoch: number, loss: 10, accuracy: 0, validationLoss: loss, validationAccuracy: accuracy, learningRate: 1e-3,
      seconds: 1, samplesPerSecond: 1)
  }

  @Test(arguments: [(BestEpoch.highestAccuracy, 3), (.lowestLoss, 2), (.last, 5)])
  func bestEpochIsChosen(_ rule: BestEpoch, _ expected: Int) {
    var options = TrainingOptions(epochs: 5, batchSize: 1)
    options.bestEpoch = rule
    var state = TrainingState(learningRate: 1e-3)
    let epochs = [(0.5, 1.0), (0.7, 0.2), (0.8, 0.6), (0.8, 0.6), (0.8, 0.7)]
    for (index, epoch) in epochs.enumerated() { _ = state.finish(Self.epoch(index + 1, epoch.0, epoch.1), options) }
    #expect(state.bestEpoch == expected)
  }

  @Test func trainedParametersAreThoseOfTheBestEpoch() throws {
    var options = CheckpointTests.options(epochs: 8)
    options.bestEpoch = .lowestLoss
    options.learningRate = 0.02
    options.learningRateReduction = nil
    let validation = try CheckpointTests.validation()
    let result = try train(
      CheckpointTests.network, training: CheckpointTests.training(), validation: validation, options: options)
    let found = try evaluate(CheckpointTests.network, parameters: result.parameters, on: validation)
    let recorded = result.history.epochs[result.bestEpoch - 1]
    #expect(abs(found.loss - recorded.validationLoss!) < 1e-6)
    #expect(found.accuracy == recorded.validationAccuracy)
    #expect(result.history.epochs.allSatisfy { $0.validationLoss! >= recorded.validationLoss! })
  }

  @Test func historyIsCSV() throws {
    var history = TrainingHistory()
    history.epochs = [Self.epoch(1, 0.5, 0.25)]
    history.epochs[0].validationAccuracy = nil
    #expect(
      history.csv
        == "epoch,loss,accuracy,validation_loss,validation_accuracy,learning_rate,seconds,samples_per_second\r\n"
        + "1,10.0,0.0,0.25,,0.001,1.000,1.0\r\n")
    try CheckpointTests.withFolder { folder in
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let file = folder.appending(path: "history.csv")
      try history.write(to: file)
      try history.write(to: file)
      #expect(try String(contentsOf: file, encoding: .utf8) == history.csv)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["history.csv"])
      #expect(throws: TrainingError.self) { try history.write(to: folder.appending(path: "none/history.csv")) }
    }
  }
}
