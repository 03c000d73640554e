import Foundation
import Synchronization

/// Draws progress on standard error: one line that is redrawn in place on a terminal, nothing elsewhere.
///
///     let bar = ProgressBar()
///     try train(network, …, progress: bar.show)
///     bar.clear()
///
/// Finished epochs stay as lines above the bar. Several threads may show progress on one bar.
public final class ProgressBar: Sendable {
  private struct State {
    var lastDrawn: ContinuousClock.Instant?
    var isDrawn = false
  }

  private let isTerminal: Bool
  private let write: @Sendable (String) -> Void
  private let start = ContinuousClock.now
  private let state = Mutex(State())

  public convenience init() {
    self.init(isTerminal: isatty(STDERR_FILENO) == 1) { FileHandle.standardError.write(Data($0.utf8)) }
  }

  init(isTerminal: Bool, write: @escaping @Sendable (String) -> Void) {
    self.isTerminal = isTerminal
    self.write = write
  }

  public func show(_ progress: TrainingProgress) {
    draw(ProgressBar.line(progress), isFinal: progress.finished != nil)
  }

  /// Progress of anything that is counted: how many of how many, at what rate, for how long still.
  public func show(_ title: String, _ done: Int, of total: Int, _ unit: String) {
    draw(ProgressBar.line(title, done, of: total, unit, after: (ContinuousClock.now - start) / .seconds(1)))
  }

  /// Removes the bar, so that what is printed next begins at the start of a line.
  public func clear() {
    state.withLock { state in
      if state.isDrawn { write("\r\u{1B}[K") }
      state.isDrawn = false
    }
  }

  private func draw(_ line: String, isFinal: Bool = false) {
    guard isTerminal else { return }
    state.withLock { state in
      // Ten times a second is enough for eyes.
      let now = ContinuousClock.now
      if !isFinal, let last = state.lastDrawn, now - last < .milliseconds(100) { return }
      write("\r\u{1B}[K\(line)\(isFinal ? "\n" : "")")
      state.lastDrawn = isFinal ? nil : now
      state.isDrawn = !isFinal
    }
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
    return "\(epoch) \(bar(progress.batch, of: progress.batches)) \(figures)  \(rate)  \(left)"
  }

  static func line(_ title: String, _ done: Int, of total: Int, _ unit: String, after seconds: Double) -> String {
    let rate = Double(done) / max(seconds, 1e-9)
    let left = done > 0 ? duration(Double(total - done) / rate) : "a long time"
    return "\(title) \(bar(done, of: total)) \(done)/\(total) \(unit)  \(String(format: "%.0f", rate))/s  \(left) left"
  }

  private static func bar(_ done: Int, of total: Int) -> String {
    let width = 20
    let filled = min(width, width * done / max(1, total))
    return String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
  }

  /// Seconds as "42 s", "3 min 20 s" or "2 h 05 min".
  public static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e8 else { return "a long time" }
    let total = Int(max(0, seconds).rounded())
    if total < 60 { return "\(total) s" }
    if total < 3600 { return String(format: "%d min %02d s", total / 60, total % 60) }
    return String(format: "%d h %02d min", total / 3600, total / 60 % 60)
  }
}
