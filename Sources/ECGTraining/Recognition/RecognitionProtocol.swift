/// Which recordings of a person enrol and which probe: a rule over their days and their order, nothing else.
///
/// `Documentation/Protocols.md` says what each is for.
public enum RecognitionProtocol: String, CaseIterable, Sendable {
  /// A person's beats of all recordings are mixed: one in five probes, the others enrol. For comparison only: it flatters.
  case randomBeats = "random-beats"
  /// The first recording enrols, the second probes.
  case firstSecond = "first-second"
  /// All recordings but the last enrol, the last one probes.
  case lastRecording = "last-recording"
  /// On the first day with several recordings the first one enrols, the others probe.
  case sameDaySingleShot = "same-day-single-shot"
  /// On the first day with several recordings all but the last enrol, the last one probes.
  case sameDayLastOut = "same-day-last-out"
  /// The first recording enrols, those of later days probe.
  case otherDaySingleShot = "other-day-single-shot"
  /// Recordings of the last day probe, those of earlier days enrol.
  case otherDayLastOut = "other-day-last-out"
  /// The same with at most `longestShortTerm` days between each that enrols and each that probes.
  case shortTermSingleShot = "short-term-single-shot"
  case shortTermLastOut = "short-term-last-out"
  /// The same with more days than that between them.
  case longTermSingleShot = "long-term-single-shot"
  case longTermLastOut = "long-term-last-out"

  /// What enrols and what probes, in one sentence.
  public var summary: String {
    let short = "at most \(Self.longestShortTerm) days later"
    let long = "more than \(Self.longestShortTerm) days later"
    return switch self {
    case .randomBeats: "beats of all recordings mixed: one in five probes. For comparison only: it flatters"
    case .firstSecond: "a person's first recording enrols, the second probes"
    case .lastRecording: "all recordings but a person's last enrol, the last one probes"
    case .sameDaySingleShot: "the first recording of a day enrols, the others of that day probe"
    case .sameDayLastOut: "all recordings of a day but the last enrol, the last one probes"
    case .otherDaySingleShot: "the first recording enrols, those of later days probe"
    case .otherDayLastOut: "recordings of the last day probe, those of earlier days enrol"
    case .shortTermSingleShot: "the first recording enrols, those \(short) (another day) probe"
    case .shortTermLastOut: "recordings of the last day probe, those of earlier days enrol, the last day being \(short)"
    case .longTermSingleShot: "the first recording enrols, those \(long) probe"
    case .longTermLastOut: "recordings of the last day probe, earlier ones enrol, the last day being \(long)"
    }
  }

  /// The most days between enrolment and probe that are called a short term.
  public static let longestShortTerm = 30

  /// Days that may lie between a recording that enrols and one that probes; nil where days do not matter.
  public var daysBetween: ClosedRange<Int>? {
    switch self {
    case .randomBeats, .firstSecond, .lastRecording: nil
    case .sameDaySingleShot, .sameDayLastOut: 0...0
    case .otherDaySingleShot, .otherDayLastOut: 1...Int.max
    case .shortTermSingleShot, .shortTermLastOut: 1...Self.longestShortTerm
    case .longTermSingleShot, .longTermLastOut: Self.longestShortTerm + 1...Int.max
    }
  }

  /// Whether recordings stand on one side only.
  public var separatesRecordings: Bool { self != .randomBeats }

  /// A recording and its day.
  struct DatedRecording: Equatable, Sendable {
    var recording: Int32
    var day: Int?
  }

  /// Recordings that enrol and recordings that probe. Of somebody who cannot probe, those that would enrol.
  struct Sides: Equatable, Sendable {
    var enrolment: [Int32]
    var probes: [Int32]
  }

  /// The sides of one person's recordings, which come in the order of their numbers. Where all have a day, that decides
  /// first. nil where days matter and are not known.
  func sides(of recordings: [DatedRecording]) -> Sides? {
    let areDated = recordings.allSatisfy { $0.day != nil }
    let ordered = areDated ? recordings.sorted { ($0.day!, $0.recording) < ($1.day!, $1.recording) } : recordings
    let numbers = ordered.map(\.recording)
    guard let daysBetween else {
      switch self {
      case .firstSecond: return Sides(enrolment: Array(numbers.prefix(1)), probes: Array(numbers.dropFirst().prefix(1)))
      case .lastRecording where numbers.count > 1:
        return Sides(enrolment: numbers.dropLast(), probes: Array(numbers.suffix(1)))
      default: return Sides(enrolment: numbers, probes: [])
      }
    }
    guard areDated, let first = ordered.first, let last = ordered.last else { return nil }
    func apart(_ early: DatedRecording, _ late: DatedRecording) -> Bool { daysBetween.contains(late.day! - early.day!) }
    switch self {
    case .sameDaySingleShot, .sameDayLastOut:
      let byDay = Dictionary(grouping: ordered) { $0.day! }
      let several = byDay.filter { $1.count > 1 }.keys.min()
      let ofDay = byDay[several ?? first.day!]!.map(\.recording)
      let isSingle = self == .sameDaySingleShot
      guard several != nil else { return Sides(enrolment: ofDay, probes: []) }
      return isSingle
        ? Sides(enrolment: [ofDay[0]], probes: Array(ofDay.dropFirst()))
        : Sides(enrolment: ofDay.dropLast(), probes: Array(ofDay.suffix(1)))
    case .otherDaySingleShot, .shortTermSingleShot, .longTermSingleShot:
      return Sides(
        enrolment: [first.recording], probes: ordered.filter { apart(first, $0) }.map(\.recording))
    default:
      let enrolment = ordered.filter { apart($0, last) }.map(\.recording)
      guard !enrolment.isEmpty else { return Sides(enrolment: numbers, probes: []) }
      return Sides(enrolment: enrolment, probes: ordered.filter { $0.day == last.day }.map(\.recording))
    }
  }
}
