import ECGCore
import ECGSignal
import Foundation

/// Why the signal chain gave no beats of a recording, with what it found on the way.
public struct Refusal: Error, Sendable, CustomStringConvertible {
  public var status: Status
  public var report: PipelineReport

  /// In a few words, for counting: "poor signal (noisy)".
  public var category: String {
    status == .poorSignal ? "poor signal (\(report.fault.name))" : status.message
  }

  public var description: String {
    let counts = report.leftOut.map { "\($0.count) \($0.fault.name)" }.joined(separator: ", ")
    let beats = "\(report.peakCount) R peaks" + (counts.isEmpty ? "" : ": \(counts)")
    switch status {
    case .poorSignal:
      return "poor signal (\(report.fault.name)), quality \(String(format: "%.2f", report.quality)), \(beats)"
    case .noBeats where report.peakCount > 0: return "\(status.message), \(beats)"
    default: return status.message
    }
  }
}

extension SignalFault {
  /// As a list of beats left out has it: "noisy".
  public var name: String { String(cString: text) }

  /// All reasons for which beats are left out.
  public static var reasons: [SignalFault] { (1..<Int32(count)).compactMap { SignalFault(rawValue: $0) } }
}

extension PipelineReport {
  /// The reasons for which beats were left out, with their counts.
  public var leftOut: [(fault: SignalFault, count: Int)] {
    SignalFault.reasons.map { ($0, self[$0]) }.filter { $0.count > 0 }
  }
}
