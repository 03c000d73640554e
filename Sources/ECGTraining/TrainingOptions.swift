/// How to train. The defaults are Keras'.
public struct TrainingOptions: Sendable {
  /// Passes over the training samples.
  public var epochs: Int
  public var batchSize: Int
  public var loss = Loss.crossEntropy
  public var optimizer = Optimizer.adam()
  public var precision = Precision.float32
  public var learningRate = 1e-3
  /// How the learning rate changes from step to step; nil leaves it.
  public var cosineDecay: CosineDecay?
  public var learningRateReduction: LearningRateReduction?
  public var earlyStopping: EarlyStopping?
  /// Which epoch's parameters are kept.
  public var bestEpoch = BestEpoch.highestAccuracy
  /// Of the initial parameters, the order of the samples and dropout.
  public var seed: UInt64 = 1
  /// So many layers at the beginning keep the parameters they start with.
  public var frozenLayers = 0
  /// At most one checkpoint in so many seconds; 0 writes one after every batch. The last epoch always gets
  /// one, and so does training that is stopped.
  public var checkpointInterval = 30.0

  public init(epochs: Int, batchSize: Int) {
    self.epochs = epochs
    self.batchSize = batchSize
  }

  func check() throws(TrainingError) {
    guard epochs > 0 else { throw .option("the number of epochs must be positive, not \(epochs)") }
    guard batchSize > 0 else { throw .option("the batch size must be positive, not \(batchSize)") }
    guard learningRate > 0, learningRate.isFinite else {
      throw .option("the learning rate must be positive, not \(learningRate)")
    }
    if let reduction = learningRateReduction, !(0..<1).contains(reduction.factor) || reduction.patience < 0 {
      throw .option("a learning-rate reduction needs a factor below 1 and a patience of at least 0")
    }
    if let stopping = earlyStopping, stopping.patience < 0 {
      throw .option("early stopping needs a patience of at least 0, not \(stopping.patience)")
    }
    try loss.check()
    try cosineDecay?.check()
    try optimizer.check()
    try precision.check()
  }
}

/// A loss that a rule watches.
public enum MonitoredLoss: String, Sendable, Equatable, Codable {
  case training
  /// The training loss where there are no validation samples.
  case validation
}

/// Which epoch counts as the best: on the validation samples, or on the training samples where there are none.
public enum BestEpoch: String, Sendable, Equatable, Codable {
  /// The lower loss decides between equal accuracies, the earlier epoch between equal losses.
  case highestAccuracy
  case lowestLoss
  /// The last one, whatever its figures.
  case last
}

/// Lowers the learning rate when the loss no longer falls, as Keras' `ReduceLROnPlateau`.
public struct LearningRateReduction: Sendable, Equatable, Codable {
  /// Epochs without a better loss before the rate is lowered.
  public var patience: Int
  public var factor: Double
  /// The rate is never lowered below this.
  public var minimum: Double
  /// A loss is better when it is lower by more than this.
  public var minimumImprovement: Double
  public var monitor: MonitoredLoss

  public init(
    patience: Int = 50, factor: Double = 0.5, minimum: Double = 1e-4, minimumImprovement: Double = 1e-4,
    monitor: MonitoredLoss = .training
  ) {
    self.patience = patience
    self.factor = factor
    self.minimum = minimum
    self.minimumImprovement = minimumImprovement
    self.monitor = monitor
  }

  /// What the rule remembers between epochs.
  struct State: Equatable, Codable {
    var best: Double?
    var wait = 0
  }

  /// The learning rate of the next epoch.
  func next(_ rate: Double, loss: Double, _ state: inout State) -> Double {
    if state.best.map({ loss < $0 - minimumImprovement }) ?? true {
      state.best = loss
      state.wait = 0
      return rate
    }
    state.wait += 1
    guard state.wait >= patience else { return rate }
    guard rate > minimum else { return rate }
    state.wait = 0
    return max(rate * factor, minimum)
  }
}

/// Ends training when the loss no longer falls, as Keras' `EarlyStopping`.
public struct EarlyStopping: Sendable, Equatable, Codable {
  /// Epochs without a better loss before training ends.
  public var patience: Int
  public var minimumImprovement: Double
  public var monitor: MonitoredLoss

  public init(patience: Int, minimumImprovement: Double = 0, monitor: MonitoredLoss = .validation) {
    self.patience = patience
    self.minimumImprovement = minimumImprovement
    self.monitor = monitor
  }

  struct State: Equatable, Codable {
    var best: Double?
    var wait = 0
  }

  /// Whether training ends after `epoch` (from 0).
  func ends(epoch: Int, loss: Double, _ state: inout State) -> Bool {
    if state.best.map({ loss < $0 - minimumImprovement }) ?? true {
      state.best = loss
      state.wait = 0
      return false
    }
    state.wait += 1
    return state.wait >= patience && epoch > 0
  }
}
