extension TrainingOptions {
  /// How the Python project trained the network of this name: epochs, batch size and learning-rate reduction. Unknown
  /// names get Keras' usual settings.
  public static func published(for network: String) -> TrainingOptions {
    switch network {
    case "lenet5":
      return TrainingOptions(epochs: 54, batchSize: 368)
    case "cnn1d":
      var options = TrainingOptions(epochs: 100, batchSize: 32)
      options.learningRateReduction = LearningRateReduction(patience: 50, factor: 0.5, minimum: 1e-4)
      return options
    default:
      return TrainingOptions(epochs: 50, batchSize: 32)
    }
  }
}
