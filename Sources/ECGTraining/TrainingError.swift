import ECGFiles
import ECGNetwork

/// Why training cannot start or go on.
public enum TrainingError: Error, CustomStringConvertible {
  /// A network whose layers do not fit together.
  case network(InvalidNetwork)
  /// A layer that the trainer cannot differentiate.
  case layer(name: String, reason: String)
  /// An option out of its range.
  case option(String)
  /// Samples that do not fit the network, or are not numbers.
  case samples(String)
  /// Parameters or optimiser state that do not fit the network.
  case parameters(String)
  /// The loss became infinite or not a number. The last checkpoint, if any, is from before that.
  case notFinite(epoch: Int, batch: Int)
  /// `shouldStop` asked to stop; where there is a checkpoint, `resume` goes on from there.
  case stopped(epoch: Int, hasCheckpoint: Bool)
  case checkpoint(path: String, reason: String)
  /// A call into oneDNN failed.
  case oneDNN(call: String, status: UInt32)
  case outOfMemory(bytes: Int)
  case file(path: String, reason: String)

  public var description: String {
    switch self {
    case .network(let reason): reason.description
    case .layer(let name, let reason): "layer \(name): \(reason)"
    case .option(let text), .samples(let text), .parameters(let text): text
    case .notFinite(let epoch, let batch):
      "the loss is no longer a finite number in epoch \(epoch), batch \(batch); lower the learning rate, or look for "
        + "extreme values in the input"
    case .stopped(let epoch, let hasCheckpoint):
      "stopped in epoch \(epoch)"
        + (hasCheckpoint ? "; resume goes on from there" : "; no checkpoint is kept, training starts anew next time")
    case .checkpoint(let path, let reason): "\(path): \(reason)"
    case .oneDNN(let call, let status): "oneDNN's \(call) failed with status \(status)"
    case .outOfMemory(let bytes): "no memory for \(bytes >> 20) MiB; use a smaller batch"
    case .file(let path, let reason): "\(path): \(reason)"
    }
  }
}

extension TrainingError {
  init(_ error: FileError) { self = .file(path: error.path, reason: "cannot be written: \(error.reason)") }

  /// Whether training ended because it was asked to, not because something went wrong.
  public var isStop: Bool { if case .stopped = self { true } else { false } }
}
