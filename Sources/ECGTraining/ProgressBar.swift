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
    guard isTerminal else { return }
    draw(ProgressBar.line(progress, columns: columns), isFinal: progress.finished != nil)
  }

  /// Progress of anything that is counted: how many of how many, at what rate, for how long still.
  public func show(_ title: String, _ done: Int, of total: Int, _ unit: String) {
    guard isTerminal else { return }
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    draw(ProgressBar.line(title, done, of: total, unit, after: elapsed, columns: columns))
  }

  /// Removes the bar, so that what is printed next begins at the start of a line.
  public func clear() {
    state.withLock { state in
      if state.isDrawn { write("\r\u{1B}[K") }
      state.isDrawn = false
    }
  }

  /// The terminal's width; it may change at any time.
  private var columns: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 120
  }

  private func draw(_ line: String, isFinal: Bool = false) {
    state.withLock { state in
      // Ten times a second is enough for eyes.
      let now = ContinuousClock.now
      if !isFinal, let last = state.lastDrawn, now - last < .milliseconds(100) { return }
      write("\r\u{1B}[K\(line)\(isFinal ? "\n" : "")")
      state.lastDrawn = isFinal ? nil : now
      state.isDrawn = !isFinal
    }
  }

  /// One line; the bar gives way where the terminal is narrow, since a line that breaks cannot be redrawn in place.
  static func line(_ progress: TrainingProgress, columns: Int = 120) -> String {
    let epoch = "epoch \(progress.epoch)/\(progress.epochs)"
    let rate = String(format: "%.0f samples/s", progress.samplesPerSecond)
    var figures = String(format: "loss %.4f, accuracy %.1f %%", progress.loss, 100 * progress.accuracy)
    if let epoch = progress.finished, let loss = epoch.validationLoss, let accuracy = epoch.validationAccuracy {
      figures += String(format: "; validation %.4f, %.1f %%", loss, 100 * accuracy)
    }
    let left = "\(duration(progress.secondsLeft)) left"
    guard progress.finished == nil else { return "\(epoch)  \(figures)  \(rate)  \(left)" }
    return line(epoch, progress.batch, of: progress.batches, "\(figures)  \(rate)  \(left)", columns)
  }

  static func line(
    _ title: String, _ done: Int, of total: Int, _ unit: String, after seconds: Double, columns: Int = 120
  ) -> String {
    let rate = Double(done) / max(seconds, 1e-9)
    let left = done > 0 ? duration(Double(total - done) / rate) : "a long time"
    let figures = "\(done)/\(total) \(unit)  \(String(format: "%.0f", rate))/s  \(left) left"
    return line(title, done, of: total, figures, columns)
  }

  /// Title, a bar of up to 20 characters, figures: shorter than `columns`.
  private static func line(_ title: String, _ done: Int, of total: Int, _ figures: String, _ columns: Int) -> String {
    let width = max(0, min(20, columns - 3 - title.count - figures.count))
    let filled = min(width, width * done / max(1, total))
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    return String("\(title) \(bar) \(figures)".prefix(max(0, columns - 1)))
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
