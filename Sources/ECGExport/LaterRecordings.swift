import ECGCore
import Foundation

extension OutlierReferenceContents {
  /// What the outlier threshold rests on when known people's later recordings chose it, each scored against its
  /// person's earlier ones.
  public struct LaterRecordings: Equatable, Sendable {
    public var recordings: Int
    /// Whose they are.
    public var people: Int
    /// The share of their beats above the threshold, and its 95 % interval, people as units.
    public var falseAlarms: Double
    public var lower: Double
    public var upper: Double

    public init(recordings: Int, people: Int, falseAlarms: Double, lower: Double, upper: Double) {
      self.recordings = recordings
      self.people = people
      self.falseAlarms = falseAlarms
      self.lower = lower
      self.upper = upper
    }

    /// Reads what the model file at `url` says of them; nil when they did not choose the threshold.
    public init?(ofModelAt url: URL) throws(ExportError) {
      let reader = try HDF5Reader(url)
      defer { withExtendedLifetime(reader) {} }
      try self.init(reader)
    }

    init?(_ reader: HDF5Reader) throws(ExportError) {
      guard reader.has("ecg/outlier") else { return nil }
      let numbers = try Dictionary(reader.numbers(of: "ecg/outlier").map { ($0.name, $0.value) }) { first, _ in first }
      guard let recordings = numbers["later_recordings"].flatMap({ Int(exactly: $0) }),
        let people = numbers["later_people"].flatMap({ Int(exactly: $0) }),
        let falseAlarms = numbers["later_false_alarms"], let lower = numbers["later_false_alarms_lower"],
        let upper = numbers["later_false_alarms_upper"]
      else { return nil }
      self.init(recordings: recordings, people: people, falseAlarms: falseAlarms, lower: lower, upper: upper)
    }

    func write(to writer: HDF5Writer) throws(ExportError) {
      let group = "ecg/outlier"
      try writer.attribute("later_recordings", of: group, Int32(clamping: recordings))
      try writer.attribute("later_people", of: group, Int32(clamping: people))
      try writer.attribute("later_false_alarms", of: group, falseAlarms)
      try writer.attribute("later_false_alarms_lower", of: group, lower)
      try writer.attribute("later_false_alarms_upper", of: group, upper)
    }
  }

  /// What the threshold was chosen on, for people to read.
  public var thresholdLines: [String] {
    Self.thresholdLines(
      threshold, falseAlarmRate: falseAlarmRate, beats: validationBeatCount, later: later)
  }

  public static func thresholdLines(
    _ threshold: Float, falseAlarmRate: Float, beats: Int, later: LaterRecordings?
  ) -> [String] {
    func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
    let first =
      "threshold \(threshold), chosen for \(percent(Double(falseAlarmRate))) false alarms on \(beats) beats of"
    guard let later else {
      return [
        first + " the recordings that trained:",
        "known people's later recordings are turned away more often (too few people have several to measure how often)",
      ]
    }
    return [
      first + " \(later.recordings) recordings of \(later.people) people,",
      "each scored against its person's earlier ones: \(percent(later.falseAlarms)) of them turned away"
        + " [\(percent(later.lower)), \(percent(later.upper))]; the network has learned from these recordings, too",
    ]
  }
}
