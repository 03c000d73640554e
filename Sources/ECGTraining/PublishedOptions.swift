extension TrainingOptions {
  /// How the Python project trained the network of this name: optimiser, epochs, batch size and learning-rate reduction.
  /// Unknown names get Keras' usual settings.
  public static func published(for network: String) -> TrainingOptions {
    func options(_ epochs: Int, _ batchSize: Int, halvesRate: Bool = false) -> TrainingOptions {
      var options = TrainingOptions(epochs: epochs, batchSize: batchSize)
      if halvesRate { options.learningRateReduction = LearningRateReduction(patience: 50, factor: 0.5, minimum: 1e-4) }
      return options
    }
    switch network {
    case "lenet5": return options(54, 368)
    case "cnn1d": return options(100, 32, halvesRate: true)
    case "cnn2d": return options(20, 8)
    case "crnn2d":
      var options = options(550, 32)
      options.optimizer = .sgd()
      return options
    case "lstm1d": return options(150, 32)
    case "inception1d": return options(100, 64, halvesRate: true)
    case "resnet1d": return options(100, 16, halvesRate: true)
    default: return options(50, 32)
    }
  }
}
