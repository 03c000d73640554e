/// Beats that enrol people and beats that probe, by a protocol.
///
/// There is no other way to one than through `init`, and every `init` ends in `check`: no beat and, unless beats are mixed on
/// purpose, no recording stands on both sides; nobody enrols later than they probe; no probe has trained the model.
public struct RecognitionTrial: Sendable {
  /// One person's beats, by index.
  public struct Participant: Equatable, Sendable {
    public var person: Int32
    public var enrolment: [Int]
    /// By recording and R peak.
    public var probes: [Int]

    init(_ person: Int32, enrolment: [Int], probes: [Int]) {
      self.person = person
      self.enrolment = enrolment
      self.probes = probes
    }
  }

  /// Why a person takes no part.
  public enum Reason: String, Equatable, Sendable, CaseIterable {
    case seen = "seen by the model"
    case noProbe = "without a recording that probes under this protocol"
    case undated = "with recordings whose day is not known"
  }

  public let rules: RecognitionRules
  /// People who are enrolled, by number; some may have no probes.
  public let enrolled: [Participant]
  /// People who are not enrolled and probe.
  public let strangers: [Participant]
  public let leftOut: [(person: Int32, reason: Reason)]

  /// - Parameters:
  ///   - signals: what tells a beat's samples from all others', one a beat: finds copies of a recording under two names.
  /// - Throws: `RecognitionError`: the model has seen probes, or too few people take part.
  public init(
    _ owners: BeatOwners, signals: [UInt64] = [], by rules: RecognitionRules, model: ModelHistory
  ) throws(RecognitionError) {
    let beats = BeatsByPerson(owners, seen: model.seen)
    let unseen = model.newPeople(in: owners, seen: beats.seen).intersection(beats.people)
    var strangers: Set<Int32> = []
    if rules.strangerCount > 0 {
      guard unseen.count >= rules.strangerCount else {
        throw .people(
          "\(rules.strangerCount) strangers were asked for, but the model has never seen only \(unseen.count) of"
            + " \(beats.people.count) people; train with --strangers, or on other people")
      }
      let order = unseen.sorted {
        let (a, b) = (BeatOwners.hash(owners.names[Int($0)]), BeatOwners.hash(owners.names[Int($1)]))
        return (mixed(rules.seed, a), $0) < (mixed(rules.seed, b), $1)
      }
      strangers = Set(order.prefix(rules.strangerCount))
    }

    var enrolled: [Participant] = []
    var leftOut: [(person: Int32, reason: Reason)] = []
    for person in beats.people where !strangers.contains(person) {
      if rules.isSubjectDisjoint, !unseen.contains(person) {
        leftOut.append((person, .seen))
      } else if let participant = beats.participant(person, by: rules) {
        if !participant.probes.isEmpty || rules.enrolsEverybody {
          enrolled.append(participant)
        } else {
          leftOut.append((person, .noProbe))
        }
      } else {
        leftOut.append((person, .undated))
      }
    }
    try self.init(
      owners, signals: signals, rules: rules, model: model, enrolled: enrolled,
      strangers: strangers.sorted().map { Participant($0, enrolment: [], probes: beats.inOrder($0)) }, leftOut: leftOut)
  }

  /// From parts, which are checked.
  init(
    _ owners: BeatOwners, signals: [UInt64] = [], rules: RecognitionRules, model: ModelHistory,
    enrolled: [Participant], strangers: [Participant] = [], leftOut: [(person: Int32, reason: Reason)] = []
  ) throws(RecognitionError) {
    self.rules = rules
    self.enrolled = enrolled
    self.strangers = strangers
    self.leftOut = leftOut
    try check(owners, signals: signals, model: model)
  }

  /// People who are enrolled and probe.
  public var probing: [Participant] { enrolled.filter { !$0.probes.isEmpty } }
}

/// A file's beats by person and by recording.
private struct BeatsByPerson {
  let owners: BeatOwners
  private var recordingsOf: [Int32: [Int32]] = [:]
  private var beatsOf: [Int32: [Int]] = [:]
  let seen: SeenRecordings
  let people: [Int32]

  init(_ owners: BeatOwners, seen: SeenBeats) {
    self.owners = owners
    self.seen = SeenRecordings(owners, seen: seen)
    for (beat, recording) in owners.recordings.enumerated() { beatsOf[recording, default: []].append(beat) }
    for (recording, beats) in beatsOf { recordingsOf[owners.people[beats[0]], default: []].append(recording) }
    people = recordingsOf.keys.sorted()
    for person in people { recordingsOf[person]!.sort() }
    for recording in beatsOf.keys {
      beatsOf[recording]!.sort { (owners.rPeaks[$0], $0) < (owners.rPeaks[$1], $1) }
    }
  }

  func inOrder(_ person: Int32) -> [Int] { recordingsOf[person]!.flatMap { beatsOf[$0]! } }

  func participant(_ person: Int32, by rules: RecognitionRules) -> RecognitionTrial.Participant? {
    guard rules.recognition.separatesRecordings else { return mixedBeats(person, seed: rules.seed) }
    let recordings = recordingsOf[person]!.map {
      RecognitionProtocol.DatedRecording(recording: $0, day: owners.days[Int($0)])
    }
    return rules.recognition.sides(of: recordings).map { sides in
      .init(
        person, enrolment: sides.enrolment.flatMap { beatsOf[$0]! }, probes: sides.probes.flatMap { beatsOf[$0]! })
    }
  }

  /// One beat in five, of those that the model has not seen, probes.
  private func mixedBeats(_ person: Int32, seed: UInt64) -> RecognitionTrial.Participant {
    let beats = inOrder(person)
    let fresh = beats.filter { !seen.contains(beat: $0) }
    let drawn = fresh.map { (mixed(seed, owners.identities[$0]), $0) }.sorted(by: <).prefix(beats.count / 5)
    let probes = Set(drawn.map(\.1))
    return .init(person, enrolment: beats.filter { !probes.contains($0) }, probes: beats.filter(probes.contains))
  }
}
