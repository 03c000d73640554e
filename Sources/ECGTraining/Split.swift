/// How beats are divided into those that train, those that choose and those that judge.
public enum EvaluationProtocol: String, CaseIterable, Sendable {
  /// A person's beats of all recordings are pooled and divided 84 % / 4 % / 12 % (training / validation / test). Beats
  /// of one recording stand on both sides, which flatters: for comparison with published figures.
  case pooledBeats = "pooled-beats"
  /// A person's last recording is the test; the others train, 10 % of their beats validate.
  case lastRecording = "last-recording"
  /// As `lastRecording`, but a person's last recording is set aside unseen and the one before it is the test: what
  /// choices are made on, so that `lastRecording` still judges something new.
  case developRecording = "develop-recording"
  /// What enrols under the recognition protocol of this name trains, 10 % of it validates; what probes is the test. People
  /// who cannot probe train as well.
  case firstSecond = "first-second"
  case sameDayLastOut = "same-day-last-out"
  case otherDayLastOut = "other-day-last-out"
  case shortTermLastOut = "short-term-last-out"
  case longTermLastOut = "long-term-last-out"
}

/// What a division of beats follows from, besides the beats themselves.
public struct SplitRules: Equatable, Sendable {
  /// People who are set apart entirely, to see whether they are turned away.
  public enum Strangers: Equatable, Sendable {
    /// So many, drawn by the seed among those that the model has never seen.
    case drawn(Int)
    case named(Set<String>)
  }

  public var evaluation: EvaluationProtocol
  /// How many beats of each person take part (people with fewer are left out); nil is all.
  public var beatsPerPerson: Int?
  public var strangers = Strangers.drawn(0)
  /// People who take no part, by name.
  public var dropped: Set<String> = []
  public var seed: UInt64

  public init(_ evaluation: EvaluationProtocol, beatsPerPerson: Int? = nil, seed: UInt64) {
    self.evaluation = evaluation
    self.beatsPerPerson = beatsPerPerson
    self.seed = seed
  }
}

/// A division of beats that was made before anything mixes them.
///
/// What becomes of a person's beats follows from the rules and from these beats alone: not from who else is there, nor
/// from the order in the file. Beats that a model has seen before are never among those that judge.
public struct Split: Equatable, Sendable {
  /// Why a person takes no part.
  public enum Reason: Equatable, Sendable {
    case fewBeats(Int)
    case fewRecordings(Int)
    /// A protocol that goes by days needs the day of every recording.
    case undated
    case stranger
    case dropped
  }

  /// Indices of beats.
  public private(set) var training: [Int] = []
  public private(set) var validation: [Int] = []
  public private(set) var test: [Int] = []
  /// Beats of people who were set apart entirely.
  public private(set) var strangers: [Int] = []
  /// The people that take part, by their number in the data, in that order.
  public private(set) var people: [Int32] = []
  public private(set) var leftOut: [(person: Int32, reason: Reason)] = []

  /// - Parameters:
  ///   - seen: beats that the model has seen before. A known person without any others has no test beats.
  ///   - known: people who are no strangers to the model, besides those with beats in `seen`.
  public init(
    _ owners: BeatOwners, by rules: SplitRules, seen: SeenBeats = SeenBeats(), known: Set<String> = []
  ) {
    let division = Division(owners: owners, rules: rules, seen: seen)
    var beatsOf: [Int32: [Int]] = [:]
    for (beat, person) in owners.people.enumerated() { beatsOf[person, default: []].append(beat) }
    let apart = division.strangers(among: beatsOf, known: known)

    for person in beatsOf.keys.sorted() {
      let beats = beatsOf[person]!
      if rules.dropped.contains(owners.names[Int(person)]) {
        leftOut.append((person, .dropped))
      } else if apart.contains(person) {
        strangers += beats
        leftOut.append((person, .stranger))
      } else {
        switch rules.evaluation {
        case .pooledBeats: add(division.pooled(beats), of: person)
        case .lastRecording: add(division.holdingOut(beats, aside: 0), of: person)
        case .developRecording: add(division.holdingOut(beats, aside: 1), of: person)
        case .firstSecond: add(division.enrolling(beats, by: .firstSecond), of: person)
        case .sameDayLastOut: add(division.enrolling(beats, by: .sameDayLastOut), of: person)
        case .otherDayLastOut: add(division.enrolling(beats, by: .otherDayLastOut), of: person)
        case .shortTermLastOut: add(division.enrolling(beats, by: .shortTermLastOut), of: person)
        case .longTermLastOut: add(division.enrolling(beats, by: .longTermLastOut), of: person)
        }
      }
    }
    precondition(isDisjoint, "a beat is in two parts of the split")
  }

  private mutating func add(_ result: Division.Result, of person: Int32) {
    switch result {
    case .parts(let parts):
      training += parts.training
      validation += parts.validation
      test += parts.test
      people.append(person)
    case .leftOut(let reason):
      leftOut.append((person, reason))
    }
  }

  private var isDisjoint: Bool {
    let all = training + validation + test + strangers
    return Set(all).count == all.count
  }

  public static func == (left: Split, right: Split) -> Bool {
    left.training == right.training && left.validation == right.validation && left.test == right.test
      && left.strangers == right.strangers && left.people == right.people
  }
}

/// Divides the beats of one person at a time.
private struct Division {
  let owners: BeatOwners
  let rules: SplitRules
  let seen: SeenBeats

  struct Parts {
    var training: [Int] = []
    var validation: [Int] = []
    var test: [Int] = []
  }

  enum Result {
    case parts(Parts)
    case leftOut(Split.Reason)
  }

  func strangers(among beatsOf: [Int32: [Int]], known: Set<String>) -> Set<Int32> {
    func name(_ person: Int32) -> String { owners.names[Int(person)] }
    switch rules.strangers {
    case .named(let names): return Set(beatsOf.keys.filter { names.contains(name($0)) })
    case .drawn(let count):
      let unknown = beatsOf.filter { person, beats in
        !known.contains(name(person)) && !rules.dropped.contains(name(person)) && !beats.contains(where: isSeen)
      }
      return Set(inRandomOrder(unknown.keys) { BeatOwners.hash(name($0)) }.prefix(count))
    }
  }

  func pooled(_ beats: [Int]) -> Result {
    let count = rules.beatsPerPerson ?? beats.count
    guard beats.count >= count, count >= 3 else { return .leftOut(.fewBeats(beats.count)) }
    // Few beats leave room for one that validates and one that judges.
    let trainingCount = min(Int((0.84 * Double(count)).rounded()), count - 2)
    let testCount = max(1, min(Int((0.12 * Double(count)).rounded()), count - trainingCount - 1))
    var parts = Parts()
    var rest = shuffled(beats)
    parts.test = rest.take(testCount) { !isSeen($0) }
    parts.validation = rest.take(count - trainingCount - testCount) { !isTrained($0) }
    parts.training = Array(rest.prefix(trainingCount))
    return .parts(parts)
  }

  func holdingOut(_ beats: [Int], aside: Int) -> Result {
    let recordings = Set(beats.map { owners.recordings[$0] }).sorted()
    let seenRecordings = Set(beats.filter(isSeen).map { owners.recordings[$0] })
    let fresh = recordings.filter { !seenRecordings.contains($0) }
    let tested = fresh.dropLast(aside).last
    guard tested != nil || !seenRecordings.isEmpty else { return .leftOut(.fewRecordings(recordings.count - aside)) }
    let apart = Set(fresh.suffix(aside) + [tested].compactMap(\.self))
    let others = beats.filter { !apart.contains(owners.recordings[$0]) }
    guard !others.isEmpty else { return .leftOut(.fewRecordings(recordings.count - aside)) }
    return training(on: others, testing: beats.filter { owners.recordings[$0] == tested })
  }

  /// Recordings that the model has seen beats of never test.
  func enrolling(_ beats: [Int], by recognition: RecognitionProtocol) -> Result {
    let recordings = Set(beats.map { owners.recordings[$0] }).sorted()
    let sides = recognition.sides(of: recordings.map { .init(recording: $0, day: owners.days[Int($0)]) })
    guard let sides, !sides.enrolment.isEmpty else { return .leftOut(.undated) }
    let seenRecordings = Set(beats.filter(isSeen).map { owners.recordings[$0] })
    let (enrolment, probes) = (Set(sides.enrolment), Set(sides.probes).subtracting(seenRecordings))
    return training(
      on: beats.filter { enrolment.contains(owners.recordings[$0]) },
      testing: beats.filter { probes.contains(owners.recordings[$0]) })
  }

  private func training(on others: [Int], testing test: [Int]) -> Result {
    let count = rules.beatsPerPerson ?? others.count
    guard others.count >= count, count >= 2 else { return .leftOut(.fewBeats(others.count)) }
    let validationCount = max(1, count / 10)
    var parts = Parts()
    var rest = shuffled(others)
    parts.test = test
    parts.validation = rest.take(validationCount) { !isTrained($0) }
    parts.training = Array(rest.prefix(count - validationCount))
    return .parts(parts)
  }

  private func shuffled(_ beats: [Int]) -> [Int] { inRandomOrder(beats) { owners.identities[$0] } }

  /// An order that follows from the seed and from each element's identity alone.
  private func inRandomOrder<Element: Comparable>(
    _ elements: some Sequence<Element>, identity: (Element) -> UInt64
  ) -> [Element] {
    elements.map { (mixed(rules.seed, identity($0)), $0) }.sorted(by: <).map(\.1)
  }

  private func isSeen(_ beat: Int) -> Bool { seen.contains(owners.identities[beat]) }
  private func isTrained(_ beat: Int) -> Bool { seen.trained.contains(owners.identities[beat]) }
}

extension [Int] {
  /// Takes out the first `count` elements that satisfy `condition`.
  fileprivate mutating func take(_ count: Int, where condition: (Int) -> Bool) -> [Int] {
    var taken: [Int] = []
    var left: [Int] = []
    for element in self {
      if taken.count < count && condition(element) { taken.append(element) } else { left.append(element) }
    }
    self = left
    return taken
  }
}
