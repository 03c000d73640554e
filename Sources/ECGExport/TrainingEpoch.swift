import ECGCore
import ECGModelFile

/// One epoch of a model's training, as `ecg/history` stores it.
public struct TrainingEpoch: Equatable, Sendable {
  /// From 1.
  public var epoch: Int
  /// Mean over the batches as they were trained on: cross-entropy and penalties.
  public var loss: Double
  public var accuracy: Double
  public var validationLoss: Double?
  public var validationAccuracy: Double?
  public var learningRate: Double

  public init(
    epoch: Int, loss: Double, accuracy: Double, validationLoss: Double?, validationAccuracy: Double?,
    learningRate: Double
  ) {
    self.epoch = epoch
    self.loss = loss
    self.accuracy = accuracy
    self.validationLoss = validationLoss
    self.validationAccuracy = validationAccuracy
    self.learningRate = learningRate
  }

  static let columns = 6

  /// A row of the table; NaN for what does not exist.
  var row: [Double] {
    [Double(epoch), loss, accuracy, validationLoss ?? .nan, validationAccuracy ?? .nan, learningRate]
  }

  /// The epochs that a model file tells of; none in a file that does not say.
  public static func epochs(in file: ModelFile) throws(Status) -> [TrainingEpoch] {
    let entry: Entry
    do throws(Status) {
      entry = try file.file.dataset("history", of: file.file.member("ecg", of: file.file.root))
    } catch {
      guard error == .missingEntry else { throw error }
      return []
    }
    guard entry.rank == 2, entry.sizes.1 == columns else { throw .malformed }
    let values = try entry.float64()
    return try (0..<entry.sizes.0).map { (index) throws(Status) in
      let row = values[index * columns..<(index + 1) * columns].map { $0 }
      guard let epoch = Int(exactly: row[0]) else { throw .malformed }
      return TrainingEpoch(
        epoch: epoch, loss: row[1], accuracy: row[2], validationLoss: row[3].isNaN ? nil : row[3],
        validationAccuracy: row[4].isNaN ? nil : row[4], learningRate: row[5])
    }
  }
}
