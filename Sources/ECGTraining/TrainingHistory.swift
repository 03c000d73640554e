import ECGFiles
import Foundation

/// What happened in each epoch.
public struct TrainingHistory: Sendable, Equatable, Codable {
  public struct Epoch: Sendable, Equatable, Codable {
    /// From 1.
    public var epoch: Int
    /// Mean over the batches as they were trained on: cross-entropy and penalties.
    public var loss: Double
    public var accuracy: Double
    public var validationLoss: Double?
    public var validationAccuracy: Double?
    public var learningRate: Double
    /// Training and validation.
    public var seconds: Double
    /// Training alone.
    public var samplesPerSecond: Double
  }

  public var epochs: [Epoch] = []

  public init() {}

  /// A header and a row per epoch (RFC 4180); values that do not exist are empty.
  public var csv: String {
    var text =
      "epoch,loss,accuracy,validation_loss,validation_accuracy,learning_rate,seconds,samples_per_second\r\n"
    for epoch in epochs {
      let fields = [
        "\(epoch.epoch)", "\(epoch.loss)", "\(epoch.accuracy)", epoch.validationLoss.map { "\($0)" } ?? "",
        epoch.validationAccuracy.map { "\($0)" } ?? "", "\(epoch.learningRate)",
        String(format: "%.3f", epoch.seconds), String(format: "%.1f", epoch.samplesPerSecond),
      ]
      text += fields.joined(separator: ",") + "\r\n"
    }
    return text
  }

  /// Writes `csv`, replacing a file that is there only when the new one is complete.
  public func write(to file: URL) throws(TrainingError) {
    let text = Array(csv.utf8)
    do throws(FileError) {
      let output = try AtomicFile(file)
      try text.span.bytes.withUnsafeBytes { (bytes) throws(FileError) in try output.write(bytes) }
      try output.finish()
    } catch {
      throw TrainingError(error)
    }
  }
}
