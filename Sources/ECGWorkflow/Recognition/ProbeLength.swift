/// How much of a recording one probe takes.
public enum ProbeLength: Hashable, Sendable, CustomStringConvertible {
  /// So many consecutive beats; what is left at the end of a recording is not used.
  case beats(Int)
  /// All its beats.
  case recording

  public static let usual: [ProbeLength] = [.beats(1), .beats(5), .beats(8), .recording]

  /// "1", "5" or "recording".
  public init?(_ text: String) {
    if text == "recording" {
      self = .recording
    } else if let count = Int(text), count > 0 {
      self = .beats(count)
    } else {
      return nil
    }
  }

  public var description: String {
    switch self {
    case .beats(let count): "\(count)"
    case .recording: "recording"
    }
  }

  /// A recording's beats, probe by probe.
  func probes<Beats: RandomAccessCollection>(of beats: Beats) -> [Beats.SubSequence] where Beats.Index == Int {
    guard case .beats(let count) = self else { return beats.isEmpty ? [] : [beats[...]] }
    return stride(from: beats.startIndex, through: beats.endIndex - count, by: count).map { beats[$0..<$0 + count] }
  }
}
