import ECGNetwork

/// Trains on the processor with oneDNN, in float32; with matrix products of bfloat16 where those are asked for.
///
/// Weights, gradients and moments stay in the memory formats that oneDNN computes fastest with; Keras' layouts are met
/// only when parameters go in or out. Wide 5×5 convolutions and long 1-D ones go another way (`ConvolutionTransform`). Each batch size that occurs gets its plan of primitives once; plans share memory.
public final class OneDNNEngine: TrainingEngine {
  public let network: NetworkDescription
  public let batchSize: Int
  private let optimizer: Optimizer
  private let convolutions: ConvolutionChoice
  private let precision: Precision
  private let loss: Loss
  private let checked: CheckedNetwork
  private let library: OneDNN
  private let store: ParameterStore
  private let pool = BufferPool()
  private var plans: [Int: Plan] = [:]
  private var steps = 0

  /// Throws `network` or `layer` for a network that cannot be trained, `option` for a batch size or optimiser out of
  /// range, and for a precision that this processor does not have.
  ///
  /// - frozenLayers: so many layers at the beginning keep their parameters: as Keras' with `trainable = False` they have
  ///   no penalty, their batch normalisation uses its moving averages, and no gradient is taken back to them
  public convenience init(
    _ network: NetworkDescription, batchSize: Int, optimizer: Optimizer = .adam(), precision: Precision = .float32,
    loss: Loss = .crossEntropy, frozenLayers: Int = 0
  ) throws(TrainingError) {
    try self.init(
      network, batchSize: batchSize, optimizer: optimizer, precision: precision, loss: loss, frozenLayers: frozenLayers,
      convolutions: .fastest)
  }

  init(
    _ network: NetworkDescription, batchSize: Int, optimizer: Optimizer, precision: Precision = .float32,
    loss: Loss = .crossEntropy, frozenLayers: Int = 0,
    convolutions: ConvolutionChoice
  ) throws(TrainingError) {
    guard (1...65_536).contains(batchSize) else {
      throw .option("the batch size must be between 1 and 65,536, not \(batchSize)")
    }
    try optimizer.check()
    try precision.check()
    try loss.check()
    try loss.check(network)
    self.network = network
    self.batchSize = batchSize
    self.optimizer = optimizer
    self.convolutions = convolutions
    self.precision = precision
    self.loss = loss
    checked = try CheckedNetwork(network, frozenLayers: frozenLayers)
    library = try OneDNN()
    store = ParameterStore(checked, momentCount: optimizer.momentCount)
    // The plan of a full batch decides the memory formats of the parameters.
    _ = try plan(batchSize)
  }

  private func plan(_ count: Int) throws(TrainingError) -> Plan {
    if let plan = plans[count] { return plan }
    let builder = PlanBuilder(
      library, batch: count, convolutions: convolutions, precision: precision, loss: loss, pool: pool,
      parameters: store)
    let plan = try Plan(checked, builder)
    plans[count] = plan
    return plan
  }

  // MARK: Parameters and optimiser state

  public func setParameters(_ parameters: NetworkParameters) throws(TrainingError) {
    try store.loadValues(parameters, what: "the parameter set", library)
    steps = 0
    for parameter in store.tensors {
      for moment in parameter.moments { moment.floats.update(repeating: 0) }
    }
  }

  public func parameters() throws(TrainingError) -> NetworkParameters {
    try store.values(library)
  }

  public func setOptimizerState(_ state: OptimizerState) throws(TrainingError) {
    guard state.moments.count == optimizer.momentCount, state.steps >= 0 else {
      throw .parameters(
        "the optimiser state has \(state.moments.count) moments, this optimiser \(optimizer.momentCount)")
    }
    for (index, moment) in state.moments.enumerated() {
      try store.load(moment, what: "the optimiser state", library) { $0.part.isLearned ? $0.moments[index] : nil }
    }
    steps = state.steps
  }

  public func optimizerState() throws(TrainingError) -> OptimizerState {
    var moments: [NetworkParameters] = []
    for index in 0..<optimizer.momentCount {
      moments.append(try store.values(library) { $0.part.isLearned ? $0.moments[index] : nil })
    }
    return OptimizerState(steps: steps, moments: moments)
  }

  /// The gradients of the last call of `train`, without those of the penalties.
  func gradients() throws(TrainingError) -> NetworkParameters {
    try store.values(library) { $0.part.isLearned ? $0.gradient : nil }
  }

  // MARK: Batches

  public func train(
    inputs: Span<Float>, labels: Span<Int32>, learningRate: Double, dropoutSeed: UInt64
  ) throws(TrainingError) -> BatchResult {
    try check(inputs, labels.count)
    let plan = try plan(labels.count)
    let pass = Pass(isTraining: true, dropoutSeed: dropoutSeed)
    try plan.forward(inputs, pass)
    let result = try plan.loss(labels, pass)
    let penalty = store.penalty()
    try plan.backward(pass)
    steps += 1
    store.update(optimizer, learningRate: learningRate, step: steps)
    return BatchResult(
      crossEntropy: result.crossEntropy, penalty: penalty, correct: result.correct, count: labels.count)
  }

  public func evaluate(inputs: Span<Float>, labels: Span<Int32>) throws(TrainingError) -> BatchResult {
    try check(inputs, labels.count)
    let plan = try plan(labels.count)
    let pass = Pass(isTraining: false, dropoutSeed: 0)
    try plan.forward(inputs, pass)
    let result = try plan.loss(labels, pass)
    return BatchResult(
      crossEntropy: result.crossEntropy, penalty: store.penalty(), correct: result.correct, count: labels.count)
  }

  public func predict(inputs: Span<Float>, count: Int) throws(TrainingError) -> [Float] {
    try check(inputs, count)
    let plan = try plan(count)
    try plan.forward(inputs, Pass(isTraining: false, dropoutSeed: 0))
    var result = [Float](repeating: 0, count: count * checked.classCount)
    var failure: TrainingError?
    result.withUnsafeMutableBufferPointer { result in
      do throws(TrainingError) { try plan.probabilities(into: result) } catch { failure = error }
    }
    if let failure { throw failure }
    return result
  }

  private func check(_ inputs: Span<Float>, _ count: Int) throws(TrainingError) {
    guard count > 0, count <= batchSize else {
      throw .samples("a batch of \(count) samples, between 1 and \(batchSize) are possible")
    }
    guard inputs.count == count * checked.input.count else {
      throw .samples("\(count) samples need \(count * checked.input.count) values, not \(inputs.count)")
    }
  }
}
