import Foundation

/// Draws progress on standard error: a bar that is redrawn in place on a terminal, nothing elsewhere.
///
///     let bar = ProgressBar()
///     try train(network, …, progress: bar.show)
///
/// Finished epochs stay as lines above the bar.
public final class ProgressBar {
  private let isTerminal: Bool
  private let write: (String) -> Void
  private let clock = ContinuousClock()
  private var lastDrawn: ContinuousClock.Instant?

  public convenience init() {
    self.init(isTerminal: isatty(STDERR_FILENO) == 1) { FileHandle.standardError.write(Data($0.utf8)) }
  }

  init(isTerminal: Bool, write: @escaping (String) -> Void) {
    self.isTerminal = isTerminal
    self.write = write
  }

  public func show(_ progress: TrainingProgress) {
    guard isTerminal else { return }
    if progress.finished != nil {
      write("\r\u{1B}[K\(ProgressBar.line(progress))\n")
      lastDrawn = nil
      return
    }
    // Ten times a second is enough for eyes.
    let now = clock.now
    if let lastDrawn, now - lastDrawn < .milliseconds(100) { return }
    lastDrawn = now
    write("\r\u{1B}[K\(ProgressBar.line(progress))")
  }

  /// One line of at most 120 characters.
  static func line(_ progress: TrainingProgress) -> String {
    let epoch = "epoch \(progress.epoch)/\(progress.epochs)"
    let rate = String(format: "%.0f samples/s", progress.samplesPerSecond)
    var figures = String(format: "loss %.4f, accuracy %.1f %%", progress.loss, 100 * progress.accuracy)
    if let epoch = progress.finished, let loss = epoch.validationLoss, let accuracy = epoch.validationAccuracy {
      figures += String(format: "; validation %.4f, %.1f %%", loss, 100 * accuracy)
    }
    let left = "\(duration(progress.secondsLeft)) left"
    guard progress.finished == nil else { return "\(epoch)  \(figures)  \(rate)  \(left)" }
    let width = 20
    let filled = width * progress.batch / max(1, progress.batches)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    return "\(epoch) \(bar) \(figures)  \(rate)  \(left)"
  }

  /// Seconds as "42 s", "3 min 20 s" or "2 h 05 min".
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e8 else { return "a long time" }
    let total = Int(max(0, seconds).rounded())
    if total < 60 { return "\(total) s" }
    if total < 3600 { return String(format: "%d min %02d s", total / 60, total % 60) }
    return String(format: "%d h %02d min", total / 3600, total / 60 % 60)
  }
}
