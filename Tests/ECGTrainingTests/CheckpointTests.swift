import ECGArchitectures
import ECGNetwork
import Foundation
import Testing

@testable import ECGTraining

@Suite struct CheckpointTests {
  /// Dropout, pooling, penalties, an incomplete last batch: everything that an interruption could disturb.
  static let network: NetworkDescription = {
    var network = NetworkDescription(name: "small", input: .steps(20, channels: 1))
    network.convolution(filters: 6, window: 4, activation: .tanh, l2: 0.001)
    network.maxPooling(window: 2)
    network.flatten()
    network.dropout(rate: 0.3)
    network.dense(units: 12, activation: .tanh)
    network.dense(units: 4, activation: .softmax)
    return network
  }()

  static func options(epochs: Int = 6) -> TrainingOptions {
    var options = TrainingOptions(epochs: epochs, batchSize: 16)
    options.learningRateReduction = LearningRateReduction(patience: 1, minimumImprovement: 10)
    options.earlyStopping = EarlyStopping(patience: 50)
    options.seed = 5
    options.checkpointInterval = 0
    return options
  }

  static func training() throws -> SampleSet {
    try Problem.patterns(network, classes: 4, count: 53, noise: 1.5)
  }
  static func validation() throws -> SampleSet {
    try Problem.patterns(network, classes: 4, count: 21, noise: 1.5, seed: 2)
  }

  static func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ecg-training-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  /// The history without what depends on the clock.
  static func figures(_ history: TrainingHistory) -> [[Double]] {
    history.epochs.map {
      [$0.loss, $0.accuracy, $0.validationLoss ?? -1, $0.validationAccuracy ?? -1, $0.learningRate]
    }
  }

  @Test func sameSeedGivesTheSameBits() throws {
    let runs = try (0..<2).map { _ in
      try train(Self.network, training: Self.training(), validation: Self.validation(), options: Self.options())
    }
    #expect(runs[0].parameters == runs[1].parameters)
    #expect(Self.figures(runs[0].history) == Self.figures(runs[1].history))
    var other = Self.options()
    other.seed = 6
    let different = try train(
      Self.network, training: Self.training(), validation: Self.validation(), options: other)
    #expect(different.parameters != runs[0].parameters)
  }

  /// At full size, where every reduction is divided among threads.
  @Test func sameStepsGiveTheSameBits() throws {
    let network = lenet5(people: 20)
    let samples = try Problem.patterns(network, classes: 20, count: 24, noise: 0.5)
    let parameters = try network.initialParameters(seed: 1)
    let runs = try (0..<2).map { _ in
      let engine = try OneDNNEngine(network, batchSize: 24)
      try engine.setParameters(parameters)
      for step in 0..<3 {
        _ = try engine.train(
          inputs: samples.inputs.span, labels: samples.labels.span, learningRate: 1e-3, dropoutSeed: UInt64(step))
      }
      return try engine.parameters()
    }
    #expect(runs[0] == runs[1])
    #expect(runs[0] != parameters)
  }

  /// Stops before batch `stop` (counted over all epochs), resumes, and compares with one uninterrupted run.
  @Test(arguments: [(1, Optimizer.adam()), (4, .adam()), (6, .adam()), (13, .adam()), (9, .sgd(momentum: 0.9))])
  func resumingChangesNothing(_ stop: Int, _ optimizer: Optimizer) throws {
    var options = Self.options()
    options.optimizer = optimizer
    options.bestEpoch = .lowestLoss
    // Nothing is kept on the way: stopping alone writes the checkpoint.
    options.checkpointInterval = 1e9
    let (training, validation) = (try Self.training(), try Self.validation())
    let whole = try train(Self.network, training: training, validation: validation, options: options)
    try Self.withFolder { folder in
      var batches = 0
      let error = #expect(throws: TrainingError.self) {
        try train(
          Self.network, training: training, validation: validation, options: options, checkpoint: folder,
          shouldStop: {
            defer { batches += 1 }
            return batches == stop
          })
      }
      guard case .stopped(let epoch, let hasCheckpoint) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(epoch == stop / 4 + 1 && hasCheckpoint)
      // Not a batch is trained again.
      var firstBatch: [Int] = []
      let resumed = try train(
        Self.network, training: training, validation: validation, options: options, checkpoint: folder, resume: true,
        progress: { if firstBatch.isEmpty { firstBatch = [$0.epoch, $0.batch] } })
      #expect(firstBatch == [stop / 4 + 1, stop % 4 + 1])
      #expect(resumed.parameters == whole.parameters)
      #expect(resumed.bestEpoch == whole.bestEpoch)
      #expect(Self.figures(resumed.history) == Self.figures(whole.history))
      #expect(Set(whole.history.epochs.map(\.learningRate)).count > 1, "the rate must have been reduced on the way")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["checkpoint.ecgtraining"])
    }
  }

  /// A process that ends without warning goes on from the last batch that was kept.
  @Test(arguments: [1, 3, 4, 6, 7, 23]) func aCheckpointIsKeptWithinEpochs(_ crash: Int) throws {
    struct Crash: Error {}
    let (training, validation, options) = (try Self.training(), try Self.validation(), Self.options())
    let whole = try train(Self.network, training: training, validation: validation, options: options)
    try Self.withFolder { folder in
      var batches = 0
      let copy = folder.appending(path: "copy")
      // The folder as it is when batch `crash` has ended.
      _ = try train(
        Self.network, training: training, validation: validation, options: options, checkpoint: folder,
        progress: { progress in
          guard progress.finished == nil else { return }
          // Progress is told of a batch before the checkpoint with it is written.
          if batches == crash {
            try? FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
            try? FileManager.default.copyItem(
              at: folder.appending(path: "checkpoint.ecgtraining"), to: copy.appending(path: "checkpoint.ecgtraining"))
          }
          batches += 1
        })
      var firstBatch: [Int] = []
      let resumed = try train(
        Self.network, training: training, validation: validation, options: options, checkpoint: copy, resume: true,
        progress: { if firstBatch.isEmpty { firstBatch = [$0.epoch, $0.batch] } })
      #expect(firstBatch == [crash / 4 + 1, crash % 4 + 1])
      #expect(resumed.parameters == whole.parameters && resumed.bestEpoch == whole.bestEpoch)
      #expect(Self.figures(resumed.history) == Self.figures(whole.history))
    }
  }

  @Test func whatThereIsToResumeIsKnown() throws {
    try Self.withFolder { folder in
      #expect(!hasCheckpoint(in: folder))
      _ = try train(
        Self.network, training: Self.training(), options: Self.options(epochs: 1), checkpoint: folder)
      #expect(hasCheckpoint(in: folder))
    }
  }

  @Test func moreEpochsGoOnFromAFinishedTraining() throws {
    let (training, validation) = (try Self.training(), try Self.validation())
    let whole = try train(Self.network, training: training, validation: validation, options: Self.options(epochs: 5))
    try Self.withFolder { folder in
      _ = try train(
        Self.network, training: training, validation: validation, options: Self.options(epochs: 3), checkpoint: folder)
      var epochs: Set<Int> = []
      let resumed = try train(
        Self.network, training: training, validation: validation, options: Self.options(epochs: 5),
        checkpoint: folder, resume: true, progress: { epochs.insert($0.epoch) })
      #expect(epochs == [4, 5])
      #expect(resumed.parameters == whole.parameters)
    }
  }

  @Test func resumingWithoutACheckpointStartsAnew() throws {
    try Self.withFolder { folder in
      let result = try train(
        Self.network, training: Self.training(), options: Self.options(epochs: 1), checkpoint: folder, resume: true)
      #expect(result.history.epochs.count == 1)
    }
  }

  @Test func damagedCheckpointsAreRefused() throws {
    try Self.withFolder { folder in
      let (training, options) = (try Self.training(), Self.options(epochs: 2))
      _ = try train(Self.network, training: training, options: options, checkpoint: folder)
      let file = folder.appending(path: "checkpoint.ecgtraining")
      let intact = [UInt8](try Data(contentsOf: file))
      func refuses(_ bytes: [UInt8], _ what: String) throws {
        try Data(bytes).write(to: file)
        let error = #expect(throws: TrainingError.self, "\(what)") {
          try train(Self.network, training: training, options: options, checkpoint: folder, resume: true)
        }
        guard case .checkpoint(let path, _) = error else {
          Issue.record("\(what): \(String(describing: error))")
          return
        }
        #expect(path == file.path)
      }
      for length in [0, 1, 7, 8, 12, 16, 19, 20, 21, 100, intact.count / 2, intact.count - 4, intact.count - 1] {
        try refuses(Array(intact.prefix(length)), "the first \(length) bytes")
      }
      try refuses(intact + [0], "one byte more")
      for place in [0, 7, 8, 12, 15, 16, 200, 2000, intact.count / 2, intact.count - 5, intact.count - 1] {
        var bytes = intact
        bytes[place] ^= 0x10
        try refuses(bytes, "byte \(place) changed")
      }
      // A header that lies, with a checksum that fits.
      for length: UInt32 in [0, 5, UInt32(intact.count), .max] {
        var bytes = intact
        withUnsafeBytes(of: length.littleEndian) { bytes.replaceSubrange(12..<16, with: $0) }
        var checksum = Checksum()
        checksum.add(bytes.span.extracting(first: bytes.count - 4).bytes)
        withUnsafeBytes(of: checksum.value.littleEndian) {
          bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: $0)
        }
        try refuses(bytes, "header length \(length)")
      }
    }
  }

  @Test func checkpointsOfAnotherTrainingAreRefused() throws {
    try Self.withFolder { folder in
      let (training, options) = (try Self.training(), Self.options(epochs: 2))
      _ = try train(Self.network, training: training, options: options, checkpoint: folder)
      func refuses(
        _ reason: String, network: NetworkDescription = Self.network, training: SampleSet? = nil,
        _ change: (inout TrainingOptions) -> Void = { _ in }
      ) throws {
        var changed = options
        change(&changed)
        let error = #expect(throws: TrainingError.self, "\(reason)") {
          try train(
            network, training: try training ?? Self.training(), options: changed, checkpoint: folder, resume: true)
        }
        #expect("\(try #require(error))".contains(reason), "\(String(describing: error))")
      }
      try refuses("batch size was 16, now 8") { $0.batchSize = 8 }
      try refuses("seed was 5, now 6") { $0.seed = 6 }
      if Precision.bfloat16.isSupported {
        try refuses("precision was float32, now bfloat16") { $0.precision = .bfloat16 }
      }
      try refuses("optimiser") { $0.optimizer = .sgd() }
      try refuses("learning rate was 0.001, now 0.01") { $0.learningRate = 0.01 }
      try refuses("rules") { $0.earlyStopping = nil }
      try refuses("frozen layers was 0, now 1") { $0.frozenLayers = 1 }
      try refuses(
        "training samples was 53, now 54", training: Problem.patterns(Self.network, classes: 4, count: 54, noise: 1))
      try refuses("other values", training: Problem.patterns(Self.network, classes: 4, count: 53, noise: 1))
      var network = NetworkDescription(name: "other", input: .steps(20, channels: 1))
      network.flatten()
      network.dense(units: 4, activation: .softmax)
      try refuses("another network (small)", network: network)
      let error = #expect(throws: TrainingError.self) {
        try train(
          Self.network, initial: Self.network.initialParameters(seed: 9), training: training, options: options,
          checkpoint: folder, resume: true)
      }
      #expect("\(try #require(error))".contains("other parameters"))
    }
  }

  @Test func lossThatOverflowsKeepsTheLastCheckpoint() throws {
    try Self.withFolder { folder in
      let training = try Self.training()
      var options = Self.options(epochs: 3)
      options.optimizer = .sgd()
      _ = try train(Self.network, training: training, options: options, checkpoint: folder)
      let file = folder.appending(path: "checkpoint.ecgtraining")
      let before = try Data(contentsOf: file)
      options.epochs = 9
      options.checkpointInterval = 1e9
      options.learningRate = 1e38
      options.learningRateReduction = nil
      let error = #expect(throws: TrainingError.self) {
        try train(Self.network, training: training, options: options, checkpoint: folder)
      }
      guard case .notFinite(let epoch, let batch) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(epoch == 1 && (2...4).contains(batch))
      #expect(try Data(contentsOf: file) == before)
    }
  }

  @Test func folderThatCannotBeMadeIsNamed() throws {
    let error = #expect(throws: TrainingError.self) {
      try train(
        Self.network, training: Self.training(), options: Self.options(), checkpoint: URL(filePath: "/dev/null/x"))
    }
    #expect("\(try #require(error))".contains("/dev/null/x"))
  }

  @Test func checksumIsCRC32() {
    var checksum = Checksum()
    checksum.add(Array("123456789".utf8).span.bytes)
    // The check value of CRC-32/ISO-HDLC.
    #expect(checksum.value == 0xCBF4_3926)
    var parts = Checksum()
    parts.add(Array("1234".utf8).span.bytes)
    parts.add(Array("56789".utf8).span.bytes)
    #expect(parts.value == 0xCBF4_3926)
  }
}
