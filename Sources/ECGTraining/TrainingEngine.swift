import ECGNetwork

/// All numbers that a network learns: [layer][parameter], each flat in Keras' layout (row-major in the sizes that
/// `Layer.parameter(_:input:)` gives). Layers that learn nothing have an empty list.
public typealias NetworkParameters = [[[Float]]]

/// What an optimiser remembers between steps.
public struct OptimizerState: Sendable, Equatable {
  /// Steps taken so far.
  public var steps: Int
  /// One set per moment, laid out as the parameters: Adam has two (mean, mean square), SGD one (velocity) or none.
  public var moments: [NetworkParameters]

  public init(steps: Int, moments: [NetworkParameters]) {
    self.steps = steps
    self.moments = moments
  }
}

/// Loss and hits of one batch.
public struct BatchResult: Sendable, Equatable {
  /// Mean cross-entropy of the samples, without penalties.
  public var crossEntropy: Double
  /// Σ λ Σ w² over the layers with an l2 penalty, before the update.
  public var penalty: Double
  /// Samples whose largest probability is that of their label.
  public var correct: Int
  public var count: Int

  /// What is minimised, and what Keras reports as "loss".
  public var loss: Double { crossEntropy + penalty }
}

/// Computes gradients and updates parameters: the one seam between the training loop and the machine.
///
/// An engine is made for a network, a largest batch size and an optimiser. Inputs are channels-last (NHWC) samples, one
/// after the other; labels are class numbers below the network's outputs (the loop has checked both).
/// An engine belongs to one thread at a time. The same calls in the same order give the same bits on one machine.
public protocol TrainingEngine: AnyObject {
  var network: NetworkDescription { get }
  /// The most samples of one call.
  var batchSize: Int { get }

  /// Takes parameters in Keras' layouts, and resets the optimiser.
  func setParameters(_ parameters: NetworkParameters) throws(TrainingError)
  func parameters() throws(TrainingError) -> NetworkParameters

  func setOptimizerState(_ state: OptimizerState) throws(TrainingError)
  func optimizerState() throws(TrainingError) -> OptimizerState

  /// Forward, backward and one step of the optimiser. `dropoutSeed` selects the dropout masks.
  func train(inputs: Span<Float>, labels: Span<Int32>, learningRate: Double, dropoutSeed: UInt64) throws(TrainingError)
    -> BatchResult

  /// Forward only, dropout off.
  func evaluate(inputs: Span<Float>, labels: Span<Int32>) throws(TrainingError) -> BatchResult

  /// The probabilities of `count` samples, row by row, dropout off.
  func predict(inputs: Span<Float>, count: Int) throws(TrainingError) -> [Float]
}
