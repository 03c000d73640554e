/// Where training stands; given to the caller after each batch and at the end of each epoch.
public struct TrainingProgress: Sendable {
  /// From 1.
  public var epoch: Int
  public var epochs: Int
  /// Batches finished in this epoch, and how many it has.
  public var batch: Int
  public var batches: Int
  /// Of this epoch so far.
  public var loss: Double
  public var accuracy: Double
  public var learningRate: Double
  /// Training samples per second, of this epoch so far.
  public var samplesPerSecond: Double
  /// Expected until the last epoch ends, if none is left out.
  public var secondsLeft: Double
  /// The record of the epoch, when it has ended.
  public var finished: TrainingHistory.Epoch?
}
