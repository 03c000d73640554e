import CECGKernels
import ECGCore

/// Removes the drift that breathing and electrodes add to a signal: a second-order Butterworth high-pass, run forward
/// and backward (`scipy.signal.butter(2, cutoff, "highpass", output="sos")` and `sosfiltfilt` with a period of the
/// cut-off as its `padlen`).
///
/// Sparsity-assisted smoothing keeps whatever is slow. Without this step the drift, which says nothing about a person,
/// is most of what differs between two of their beats.
public struct BaselineRemoval {
  private let cutoff: Double

  /// - Parameter cutoff: the −3 dB frequency (each way) in cycles per sample, 0.0001 to below 0.5
  public init(cutoff: Double) throws(Status) {
    guard cutoff >= 1e-4, cutoff < 0.5 else { throw .configuration }
    self.cutoff = cutoff
  }

  private var zeroPhase: ZeroPhaseFilter { ZeroPhaseFilter(sections: 1, padding: max(9, wholeNumber(1 / cutoff))) }
  /// The shortest signal, in samples: a period of the cut-off.
  public var shortest: Int { zeroPhase.padding + 1 }

  func workspace(count: Int, arena: inout Arena) throws(Status) -> ZeroPhaseFilter.Workspace {
    try ZeroPhaseFilter.Workspace(count: count, zeroPhase, arena: &arena)
  }

  /// Filters in place. Throws `signalTooShort` below `shortest` samples, `bufferTooSmall` when the arena is.
  public func filter(_ samples: inout MutableSpan<Float>, arena: inout Arena) throws(Status) {
    let mark = arena.mark
    defer { arena.rewind(to: mark) }
    let workspace = try workspace(count: samples.count, arena: &arena)
    guard samples.count >= shortest else { throw .signalTooShort }
    samples.withUnsafeMutableBufferPointer { filter($0, workspace) }
  }

  func filter(_ samples: UnsafeMutableBufferPointer<Float>, _ workspace: ZeroPhaseFilter.Workspace) {
    guard !workspace.sections.isEmpty else { return }
    // The bilinear transform of s² / (s² + √2 ω s + ω²), with ω pre-warped.
    let warped = ecg_tan(.pi * cutoff)
    let square = warped * warped
    let scale = 1 / (1 + ecg_sqrt(2) * warped + square)
    workspace.sections[0] = ZeroPhaseFilter.Section(
      b0: scale, b1: -2 * scale, b2: scale, a1: 2 * (square - 1) * scale,
      a2: (1 - ecg_sqrt(2) * warped + square) * scale)
    zeroPhase.filter(samples, workspace)
  }
}
