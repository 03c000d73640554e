import ECGNetwork
import Foundation

/// A network with what it has learned.
public struct TrainedNetwork: Sendable {
  public let network: NetworkDescription
  /// Of the best epoch.
  public let parameters: NetworkParameters
  /// From 1.
  public let bestEpoch: Int
  public let history: TrainingHistory

  public init(network: NetworkDescription, parameters: NetworkParameters, bestEpoch: Int, history: TrainingHistory) {
    self.network = network
    self.parameters = parameters
    self.bestEpoch = bestEpoch
    self.history = history
  }
}

/// Trains `network` and returns the parameters of its best epoch.
///
/// The same network, samples, options and engine give the same bits again on one machine, also when training was
/// interrupted and resumed.
///
/// - initial: where to start; nil draws the layers' initialisers with the seed of the options
/// - validation: samples that are only looked at; nil judges epochs by the training samples
/// - engine: nil is `OneDNNEngine`
/// - checkpoint: a folder (made if needed) that keeps `checkpoint.ecgtraining`; nil keeps nothing
/// - resume: go on after the checkpoint in that folder; without one (`hasCheckpoint(in:)`), start anew
/// - shouldStop: asked before each batch; true ends training with `TrainingError.stopped`
/// - Throws: `network` or `layer` for a network that cannot be trained, `samples` for values that are not finite or labels that the
///   network has no output for, `checkpoint` for a damaged one or one of another training, `notFinite` when the loss
///   overflows (the checkpoint before it stays), `stopped`
public func train(
  _ network: NetworkDescription, initial: NetworkParameters? = nil, training: any BatchSource,
  validation: (any BatchSource)? = nil, options: TrainingOptions, engine: (any TrainingEngine)? = nil,
  checkpoint folder: URL? = nil, resume: Bool = false, shouldStop: () -> Bool = { false },
  progress: (TrainingProgress) -> Void = { _ in }
) throws(TrainingError) -> TrainedNetwork {
  try options.check()
  try options.loss.check(network)
  let checked = try CheckedNetwork(network, frozenLayers: options.frozenLayers)
  guard training.count > 0 else { throw .samples("there are no training samples") }
  let validation = validation.flatMap { $0.count > 0 ? $0 : nil }
  var fingerprint = Checksum()
  try check(training, "training", checked, &fingerprint)
  if let validation { try check(validation, "validation", checked, &fingerprint) }
  let setup = TrainingSetup(
    network, options, trainingCount: training.count, validationCount: validation?.count ?? 0,
    samples: fingerprint.value, initial: initial.map(checksum) ?? 0)

  let engine =
    if let engine { engine } else {
      try OneDNNEngine(
        network, batchSize: min(options.batchSize, max(training.count, validation?.count ?? 0)),
        optimizer: options.optimizer, precision: options.precision, loss: options.loss,
        frozenLayers: options.frozenLayers)
        as any TrainingEngine
    }
  let store = try folder.map { folder throws(TrainingError) in try CheckpointStore(folder: folder) }
  var state = TrainingState(learningRate: options.learningRate)
  var best: NetworkParameters
  if resume, let store, let saved = try store.read(setup: setup, network: checked) {
    try engine.setParameters(saved.parameters)
    try engine.setOptimizerState(saved.optimizer)
    state = saved.state
    best = saved.best
  } else {
    best = if let initial { initial } else { try network.initialParameters(seed: options.seed) }
    try engine.setParameters(best)
  }

  let clock = ContinuousClock()
  var batch = BatchBuffer(engine.batchSize, inputCount: checked.input.count)
  let batchCount = (training.count + engine.batchSize - 1) / engine.batchSize
  var lastSave = clock.now
  func isSaveDue() -> Bool { (clock.now - lastSave).seconds >= options.checkpointInterval }
  func save(_ store: CheckpointStore, isBest: Bool = false) throws(TrainingError) {
    let parameters = isBest ? best : try engine.parameters()
    try store.write(
      Checkpoint(state: state, parameters: parameters, optimizer: try engine.optimizerState(), best: best),
      setup: setup)
    lastSave = clock.now
  }

  while state.history.epochs.count < options.epochs, !state.hasEnded {
    let epoch = state.history.epochs.count
    let start = clock.now - .seconds(state.partial.seconds)
    let order = shuffled(training.count, seed: mixed(mixed(options.seed, SeedStream.order), UInt64(epoch)))
    for number in state.partial.batches..<max(batchCount, state.partial.batches) {
      if shouldStop() {
        if let store { try save(store) }
        throw .stopped(epoch: epoch + 1, hasCheckpoint: store != nil)
      }
      batch.fill(training, order, number, epoch: epoch)
      let step = epoch * batchCount + number
      let factor = options.cosineDecay?.factor(step: step, of: options.epochs * batchCount) ?? 1
      let result = try engine.train(
        inputs: batch.inputs, labels: batch.labels, learningRate: state.learningRate * factor,
        dropoutSeed: mixed(mixed(options.seed, SeedStream.dropout), UInt64(step)))
      guard result.loss.isFinite else { throw .notFinite(epoch: epoch + 1, batch: number + 1) }
      state.partial.total.add(result)
      state.partial.batches = number + 1
      state.partial.seconds = (clock.now - start).seconds
      let total = state.partial.total
      let rate = Double(total.count) / max(state.partial.seconds, 1e-9)
      let samplesLeft = training.count * (options.epochs - epoch) - total.count
      progress(
        TrainingProgress(
          epoch: epoch + 1, epochs: options.epochs, batch: number + 1, batches: batchCount, loss: total.loss,
          accuracy: total.accuracy, learningRate: state.learningRate, samplesPerSecond: rate,
          secondsLeft: Double(samplesLeft) / rate, finished: nil))
      if let store, number + 1 < batchCount, isSaveDue() { try save(store) }
    }
    let total = state.partial.total
    let trainingSeconds = (clock.now - start).seconds
    let validated = try validation.map { validation throws(TrainingError) in
      try evaluate(engine, validation, &batch)
    }
    if let validated, !validated.loss.isFinite { throw .notFinite(epoch: epoch + 1, batch: batchCount) }

    let record = TrainingHistory.Epoch(
      epoch: epoch + 1, loss: total.loss, accuracy: total.accuracy, validationLoss: validated?.loss,
      validationAccuracy: validated?.accuracy, learningRate: state.learningRate,
      seconds: (clock.now - start).seconds,
      samplesPerSecond: Double(training.count) / max(trainingSeconds, 1e-9))
    let isBest = state.finish(record, options)
    let isLast = state.hasEnded || epoch + 1 == options.epochs
    if isBest { best = try engine.parameters() }
    if let store, isLast || isSaveDue() { try save(store, isBest: isBest) }
    progress(
      TrainingProgress(
        epoch: epoch + 1, epochs: options.epochs, batch: batchCount, batches: batchCount, loss: total.loss,
        accuracy: total.accuracy, learningRate: record.learningRate, samplesPerSecond: record.samplesPerSecond,
        secondsLeft: isLast ? 0 : record.seconds * Double(options.epochs - epoch - 1), finished: record))
  }
  return TrainedNetwork(
    network: network, parameters: options.loss.finished(best, of: network), bestEpoch: state.bestEpoch,
    history: state.history)
}

/// Whether `train` with `resume` would find something in the folder to go on from.
public func hasCheckpoint(in folder: URL) -> Bool { CheckpointStore.isIn(folder) }

private func checksum(_ parameters: NetworkParameters) -> UInt32 {
  var checksum = Checksum()
  for values in parameters.joined() { checksum.add(values.span.bytes) }
  return checksum.value
}

/// Loss and accuracy of `parameters` on `samples`, dropout off.
public func evaluate(
  _ network: NetworkDescription, parameters: NetworkParameters, on samples: any BatchSource, batchSize: Int = 256
) throws(TrainingError) -> Metrics {
  let checked = try CheckedNetwork(network)
  guard samples.count > 0 else { throw .samples("there are no samples to evaluate") }
  var fingerprint = Checksum()
  try check(samples, "evaluated", checked, &fingerprint)
  let engine = try OneDNNEngine(network, batchSize: min(batchSize, samples.count), optimizer: .sgd(momentum: 0))
  try engine.setParameters(parameters)
  var batch = BatchBuffer(engine.batchSize, inputCount: checked.input.count)
  return try evaluate(engine, samples, &batch)
}

/// What a trained network says about samples: `count` × classes probabilities, row by row, in the samples' order.
public func predict(
  _ network: NetworkDescription, parameters: NetworkParameters, samples: any BatchSource, batchSize: Int = 256
) throws(TrainingError) -> [Float] {
  let checked = try CheckedNetwork(network)
  guard samples.count > 0 else { return [] }
  guard samples.inputCount == checked.input.count else {
    throw .samples("samples of \(samples.inputCount) values, the network takes \(checked.input.count)")
  }
  let engine = try OneDNNEngine(network, batchSize: min(batchSize, samples.count), optimizer: .sgd(momentum: 0))
  try engine.setParameters(parameters)
  var batch = BatchBuffer(engine.batchSize, inputCount: checked.input.count)
  let order = Array(0..<samples.count)
  var result: [Float] = []
  for number in 0..<(samples.count + engine.batchSize - 1) / engine.batchSize {
    batch.fill(samples, order, number, epoch: 0)
    result += try engine.predict(inputs: batch.inputs, count: batch.count)
  }
  return result
}

private func evaluate(_ engine: any TrainingEngine, _ samples: any BatchSource, _ batch: inout BatchBuffer)
  throws(TrainingError) -> Metrics
{
  let order = Array(0..<samples.count)
  var total = Metrics()
  for number in 0..<(samples.count + engine.batchSize - 1) / engine.batchSize {
    batch.fill(samples, order, number, epoch: 0)
    total.add(try engine.evaluate(inputs: batch.inputs, labels: batch.labels))
  }
  return total
}

/// Looks at every sample once, so that a bad one is named before the work begins.
private func check(
  _ samples: any BatchSource, _ what: String, _ network: CheckedNetwork, _ fingerprint: inout Checksum
) throws(TrainingError) {
  guard samples.inputCount == network.input.count else {
    throw .samples("\(what) samples of \(samples.inputCount) values, the network takes \(network.input.count)")
  }
  var batch = BatchBuffer(64, inputCount: samples.inputCount)
  let order = Array(0..<samples.count)
  for number in 0..<(samples.count + 63) / 64 {
    batch.fill(samples, order, number, epoch: 0)
    let (inputs, labels) = (batch.inputs, batch.labels)
    for row in 0..<batch.count {
      let label = labels[row]
      guard label >= 0, Int(label) < network.classCount else {
        throw .samples(
          "\(what) sample \(number * 64 + row) has class \(label), the network has \(network.classCount) classes")
      }
      var isFinite = true
      for i in row * samples.inputCount..<(row + 1) * samples.inputCount where !inputs[i].isFinite {
        isFinite = false
      }
      guard isFinite else { throw .samples("\(what) sample \(number * 64 + row) has a value that is not finite") }
    }
    fingerprint.add(inputs.bytes)
    fingerprint.add(labels.bytes)
  }
}

/// Sums over samples.
public struct Metrics: Sendable, Equatable, Codable {
  public private(set) var count = 0
  private var lossSum = 0.0
  private var crossEntropySum = 0.0
  private var correct = 0

  public init() {}

  public mutating func add(_ batch: BatchResult) {
    count += batch.count
    lossSum += batch.loss * Double(batch.count)
    crossEntropySum += batch.crossEntropy * Double(batch.count)
    correct += batch.correct
  }

  /// Cross-entropy and penalties.
  public var loss: Double { lossSum / Double(count) }
  public var crossEntropy: Double { crossEntropySum / Double(count) }
  public var accuracy: Double { Double(correct) / Double(count) }
}

/// The samples of the current batch.
private struct BatchBuffer {
  private let size: Int
  private let inputCount: Int
  private var values: [Float]
  private var classes: [Int32]
  private(set) var count = 0

  init(_ size: Int, inputCount: Int) {
    self.size = size
    self.inputCount = inputCount
    values = Array(repeating: 0, count: size * inputCount)
    classes = Array(repeating: 0, count: size)
  }

  var inputs: Span<Float> {
    @_lifetime(borrow self) get { values.span.extracting(first: count * inputCount) }
  }
  var labels: Span<Int32> {
    @_lifetime(borrow self) get { classes.span.extracting(first: count) }
  }

  /// Batch `number` of the samples in `order`.
  mutating func fill(_ samples: any BatchSource, _ order: [Int], _ number: Int, epoch: Int) {
    let slice = order[number * size..<min(order.count, (number + 1) * size)]
    count = slice.count
    BatchBuffer.fill(samples, slice, epoch, &values, &classes)
  }

  private static func fill(
    _ samples: any BatchSource, _ slice: ArraySlice<Int>, _ epoch: Int, _ values: inout [Float],
    _ classes: inout [Int32]
  ) {
    var inputs = values.mutableSpan
    var labels = classes.mutableSpan
    samples.fill(slice, epoch: epoch, inputs: &inputs, labels: &labels)
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
