extension TrainingOptions {
  /// How the Python project trained the network of this name, or how ours are trained.
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
    case "deepecg": return options(250, 256)
    case "resnet1d": return options(100, 16, halvesRate: true)
    case "embedder1d", "embedder1d-small":
      var options = options(6, 256)
      options.loss = .cosFace(scale: 24, margin: 0.1)
      options.optimizer = .adamW(weightDecay: 1e-4)
      options.learningRate = 3e-3
      options.cosineDecay = CosineDecay(warmUp: 0.1)
      options.bestEpoch = .last
      return options
    default: return options(50, 32)
    }
  }
  /// How training goes on from a trained network of this name: ten epochs, otherwise as it was trained at first.
  public static func retraining(of network: String) -> TrainingOptions {
    var options = published(for: network)
    options.epochs = 10
    guard case .cosFace = options.loss else { return options }
    options.batchSize = 128
    options.learningRate = 1e-3
    options.loss = .cosFace(scale: 16, margin: 0.1)
    return options
  }
}
