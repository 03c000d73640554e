import Foundation
import Synchronization

/// One line on the terminal that shows how far a step has come, at what rate and for how long still. Quiet when the
/// error stream is no terminal.
final class ProgressBar: Sendable {
  private struct State {
    var lastDrawn: ContinuousClock.Instant?
    var isDrawn = false
  }

  private let title: String
  private let unit: String
  private let isOnTerminal = isatty(STDERR_FILENO) == 1
  private let start = ContinuousClock.now
  private let state = Mutex(State())

  init(_ title: String, unit: String) {
    self.title = title
    self.unit = unit
  }

  /// Draws the bar, at most ten times a second. `rate` (units per second) and `left` (seconds) are found from the
  /// elapsed time when they are not given.
  func show(_ done: Int, of total: Int, rate: Double? = nil, secondsLeft: Double? = nil, note: String = "") {
    guard isOnTerminal, total > 0 else { return }
    state.withLock { state in
      let now = ContinuousClock.now
      if let last = state.lastDrawn, now - last < .milliseconds(100), done < total { return }
      state.lastDrawn = now
      state.isDrawn = true
      let elapsed = (now - start) / .seconds(1)
      let rate = rate ?? Double(done) / max(elapsed, 1e-9)
      let left = secondsLeft ?? (rate > 0 ? Double(total - done) / rate : 0)
      let width = 24
      let filled = min(width, width * done / total)
      let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
      let rateText = rate >= 100 ? "\(Int(rate))" : String(format: "%.1f", rate)
      let line = "\(title) \(bar) \(done)/\(total)  \(rateText) \(unit)/s  \(duration(left)) left  \(note)"
      FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8))
    }
  }

  /// Clears the line, so that what follows begins at its start.
  func finish() {
    state.withLock { state in
      if state.isDrawn { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
      state.isDrawn = false
    }
  }
}

/// "42 s", "3 min 05 s", "1 h 20 min".
func duration(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e7 else { return "?" }
  let whole = Int(seconds.rounded())
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(String(format: "%02d", whole % 60)) s" }
  return "\(whole / 3600) h \(whole % 3600 / 60) min"
}
