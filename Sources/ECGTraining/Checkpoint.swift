import ECGFiles
import ECGNetwork
import Foundation

/// Everything that training needs to go on after a batch.
struct Checkpoint {
  var state: TrainingState
  var parameters: NetworkParameters
  var optimizer: OptimizerState
  /// Of the best epoch; before the end of the first one, nothing that matters.
  var best: NetworkParameters
}

/// What must be the same for a checkpoint to be of use. The number of epochs may grow where nothing depends on it.
struct TrainingSetup: Codable, Equatable {
  let network: String
  let input: [Int32]
  let layerNames: [String]
  let layerIntegers: [[Int32]]
  let layerNumbers: [[Float]]
  let batchSize: Int
  let optimizer: Optimizer
  /// Nil in checkpoints from before there was a choice: float32.
  let precision: Precision?
  /// Nil in checkpoints from before there was a choice: cross-entropy.
  let loss: Loss?
  let learningRate: Double
  let cosineDecay: CosineDecay?
  /// So many epochs, where the learning rate depends on it.
  let epochs: Int?
  let learningRateReduction: LearningRateReduction?
  let earlyStopping: EarlyStopping?
  let bestEpoch: BestEpoch
  let seed: UInt64
  let trainingCount: Int
  let validationCount: Int
  /// Checksum over all samples.
  let samples: UInt32
  let frozenLayers: Int
  /// Checksum over the parameters that were given to start with; 0 where they were drawn.
  let initial: UInt32

  init(
    _ network: NetworkDescription, _ options: TrainingOptions, trainingCount: Int, validationCount: Int,
    samples: UInt32, initial: UInt32
  ) {
    self.network = network.name
    input = [network.input.rank, network.input.height, network.input.width, network.input.channels]
    layerNames = network.layerNames
    var integers: [[Int32]] = []
    var numbers: [[Float]] = []
    for layer in network.layers {
      var row = [Int32](repeating: 0, count: LayerTable.integerColumns)
      var values = [Float](repeating: 0, count: LayerTable.numberColumns)
      row.withUnsafeMutableBufferPointer { row in
        values.withUnsafeMutableBufferPointer { layer.write(integers: row, numbers: $0) }
      }
      integers.append(row)
      numbers.append(values)
    }
    layerIntegers = integers
    layerNumbers = numbers
    batchSize = options.batchSize
    optimizer = options.optimizer
    precision = options.precision == .float32 ? nil : options.precision
    loss = options.loss == .crossEntropy ? nil : options.loss
    learningRate = options.learningRate
    cosineDecay = options.cosineDecay
    epochs = options.cosineDecay == nil ? nil : options.epochs
    learningRateReduction = options.learningRateReduction
    earlyStopping = options.earlyStopping
    bestEpoch = options.bestEpoch
    seed = options.seed
    self.trainingCount = trainingCount
    self.validationCount = validationCount
    self.samples = samples
    frozenLayers = options.frozenLayers
    self.initial = initial
  }

  private var usedLoss: Loss { loss ?? .crossEntropy }
  private var usedPrecision: Precision { precision ?? .float32 }

  /// The first thing in which `saved` differs, in words.
  func difference(from saved: TrainingSetup) -> String? {
    func differs<T: Equatable>(_ what: String, _ key: KeyPath<TrainingSetup, T>) -> String? {
      self[keyPath: key] == saved[keyPath: key]
        ? nil : "\(what) was \(saved[keyPath: key]), now \(self[keyPath: key])"
    }
    let isSameNetwork =
      network == saved.network && input == saved.input && layerNames == saved.layerNames
      && layerIntegers == saved.layerIntegers && layerNumbers == saved.layerNumbers
    guard isSameNetwork else { return "it belongs to another network (\(saved.network))" }
    let first =
      differs("the batch size", \.batchSize) ?? differs("the optimiser", \.optimizer)
      ?? differs("the first learning rate", \.learningRate) ?? differs("the seed", \.seed)
      ?? differs("the number of training samples", \.trainingCount)
      ?? differs("the number of validation samples", \.validationCount)
    if let first { return first }
    if let difference = differs("the precision", \.usedPrecision) { return difference }
    if let difference = differs("the loss", \.usedLoss) { return difference }
    if cosineDecay == saved.cosineDecay, epochs != saved.epochs {
      return "the learning rate falls over \(saved.epochs ?? 0) epochs, now over \(epochs ?? 0)"
    }
    if samples != saved.samples { return "the samples have other values" }
    if let difference = differs("the number of frozen layers", \.frozenLayers) { return difference }
    if initial != saved.initial { return "it began with other parameters" }
    return self == saved ? nil : "the rules for learning rate, early stopping or best epoch are others"
  }
}

/// The checkpoint in a folder: one file, replaced as a whole.
///
/// `checkpoint.ecgtraining`: the eight bytes "ECGTRAIN", format version and header length (UInt32), the header (JSON),
/// then float32 values: parameters, optimiser moments, and the parameters of the best epoch unless they are the same; at
/// the end the CRC-32 of everything before. Little-endian.
struct CheckpointStore {
  static let magic = Array("ECGTRAIN".utf8)
  static let version: UInt32 = 2
  private static let fileName = "checkpoint.ecgtraining"
  let file: URL

  static func isIn(_ folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appending(path: fileName).path)
  }

  private struct Header: Codable {
    var setup: TrainingSetup
    var state: TrainingState
    var optimizerSteps: Int
    var momentCount: Int
    var hasBest: Bool
  }

  init(folder: URL) throws(TrainingError) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw .file(path: folder.path, reason: "the folder cannot be made: \(error.localizedDescription)")
    }
    file = folder.appending(path: Self.fileName)
  }

  func write(_ checkpoint: Checkpoint, setup: TrainingSetup) throws(TrainingError) {
    // True of the beginning, too, when there is no best epoch yet.
    let hasBest =
      checkpoint.state.bestEpoch != checkpoint.state.history.epochs.count
      || (checkpoint.state.bestEpoch > 0 && checkpoint.state.partial.batches > 0)
    let header = Header(
      setup: setup, state: checkpoint.state, optimizerSteps: checkpoint.optimizer.steps,
      momentCount: checkpoint.optimizer.moments.count, hasBest: hasBest)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    guard let json = try? encoder.encode(header) else {
      throw .checkpoint(path: file.path, reason: "the header has a number that is not finite")
    }
    var checksum = Checksum()
    func put(_ bytes: RawSpan, _ output: AtomicFile) throws(FileError) {
      checksum.add(bytes)
      try bytes.withUnsafeBytes { (bytes) throws(FileError) in try output.write(bytes) }
    }
    do throws(FileError) {
      let output = try AtomicFile(file)
      try put(CheckpointStore.magic.span.bytes, output)
      let sizes = [CheckpointStore.version.littleEndian, UInt32(json.count).littleEndian]
      try put(sizes.span.bytes, output)
      let text = Array(json)
      try put(text.span.bytes, output)
      for set in [checkpoint.parameters] + checkpoint.optimizer.moments + (hasBest ? [checkpoint.best] : []) {
        for layer in set {
          for values in layer { try put(values.span.bytes, output) }
        }
      }
      let sum = [checksum.value.littleEndian]
      try put(sum.span.bytes, output)
      try output.finish()
    } catch {
      throw TrainingError(error)
    }
  }

  /// The checkpoint, or nil when there is none. Throws `checkpoint` for a damaged one, and for one of another training.
  func read(setup: TrainingSetup, network: CheckedNetwork) throws(TrainingError) -> Checkpoint? {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    func refuse(_ reason: String) -> TrainingError { .checkpoint(path: file.path, reason: reason) }
    let data: Data
    do {
      data = try Data(contentsOf: file, options: .alwaysMapped)
    } catch {
      throw refuse("cannot be read: \(error.localizedDescription)")
    }
    func word(_ offset: Int) -> UInt32 {
      UInt32(littleEndian: data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) })
    }
    guard data.count >= 20, Array(data.prefix(8)) == CheckpointStore.magic else {
      throw refuse("is not a checkpoint; remove it, or choose another folder")
    }
    guard word(8) == CheckpointStore.version else {
      throw refuse("has format version \(word(8)), this program reads version \(CheckpointStore.version)")
    }
    var checksum = Checksum()
    checksum.add(data.span.extracting(first: data.count - 4).bytes)
    guard checksum.value == word(data.count - 4) else {
      throw refuse("is damaged (its checksum does not match); remove it to start anew")
    }
    let headerEnd = 16 + Int(word(12))
    guard headerEnd <= data.count - 4,
      let header = try? JSONDecoder().decode(Header.self, from: data[16..<headerEnd])
    else { throw refuse("has a header that cannot be read; remove it to start anew") }
    if let difference = setup.difference(from: header.setup) {
      throw refuse("cannot be resumed: \(difference)")
    }
    let setCount = 1 + header.momentCount + (header.hasBest ? 1 : 0)
    let epochCount = header.state.history.epochs.count
    let valueCount = network.parameters.joined().reduce(0) { $0 + $1.count }
    guard header.momentCount >= 0, header.momentCount <= 4,
      data.count - 4 - headerEnd == setCount * valueCount * MemoryLayout<Float>.stride,
      (min(1, epochCount)...epochCount).contains(header.state.bestEpoch), header.state.partial.batches >= 0
    else { throw refuse("does not have the size its header promises; remove it to start anew") }
    var offset = headerEnd
    func nextSet() -> NetworkParameters {
      network.parameters.map { layer in
        layer.map { parameter in
          let byteCount = parameter.count * MemoryLayout<Float>.stride
          defer { offset += byteCount }
          return [Float](unsafeUninitializedCapacity: parameter.count) { values, count in
            data.copyBytes(to: UnsafeMutableRawBufferPointer(values), from: offset..<offset + byteCount)
            count = parameter.count
          }
        }
      }
    }
    let parameters = nextSet()
    let moments = (0..<header.momentCount).map { _ in nextSet() }
    let best = header.hasBest ? nextSet() : parameters
    return Checkpoint(
      state: header.state, parameters: parameters,
      optimizer: OptimizerState(steps: header.optimizerSteps, moments: moments), best: best)
  }
}
