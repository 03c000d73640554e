/// What the loop carries from epoch to epoch, besides parameters and optimiser.
struct TrainingState: Codable, Equatable {
  var history = TrainingHistory()
  var learningRate: Double
  var reduction = LearningRateReduction.State()
  var stopping = EarlyStopping.State()
  /// From 1; 0 before the first epoch.
  var bestEpoch = 0
  /// Early stopping ended it.
  var hasEnded = false
  /// What has been done of the epoch behind those in `history`.
  var partial = PartialEpoch()

  init(learningRate: Double) { self.learningRate = learningRate }

  /// Takes in a finished epoch, and returns whether it is the best so far.
  mutating func finish(_ epoch: TrainingHistory.Epoch, _ options: TrainingOptions) -> Bool {
    let isBest = bestEpoch == 0 || options.bestEpoch.prefers(epoch, to: history.epochs[bestEpoch - 1])
    history.epochs.append(epoch)
    partial = PartialEpoch()
    if isBest { bestEpoch = epoch.epoch }
    if let rule = options.learningRateReduction {
      learningRate = rule.next(learningRate, loss: epoch.loss(rule.monitor), &reduction)
    }
    if let rule = options.earlyStopping {
      hasEnded = rule.ends(epoch: epoch.epoch - 1, loss: epoch.loss(rule.monitor), &stopping)
    }
    return isBest
  }
}

/// An epoch that is not finished.
struct PartialEpoch: Codable, Equatable {
  var batches = 0
  var total = Metrics()
  var seconds = 0.0
}

extension TrainingHistory.Epoch {
  func loss(_ monitored: MonitoredLoss) -> Double {
    switch monitored {
    case .training: loss
    case .validation: validationLoss ?? loss
    }
  }
}

extension BestEpoch {
  func prefers(_ new: TrainingHistory.Epoch, to old: TrainingHistory.Epoch) -> Bool {
    let (newLoss, oldLoss) = (new.loss(.validation), old.loss(.validation))
    switch self {
    case .last: return true
    case .lowestLoss: return newLoss < oldLoss
    case .highestAccuracy:
      let (newAccuracy, oldAccuracy) = (
        new.validationAccuracy ?? new.accuracy, old.validationAccuracy ?? old.accuracy
      )
      return newAccuracy != oldAccuracy ? newAccuracy > oldAccuracy : newLoss < oldLoss
    }
  }
}
