import ECGCore

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
}

/// Which beat belongs to whom and to which recording; one entry a beat, recordings numbered in order of date.
public struct BeatOwners: Sendable {
  public let people: [Int32]
  public let recordings: [Int32]

  public init(people: [Int32], recordings: [Int32]) {
    precondition(people.count == recordings.count)
    self.people = people
    self.recordings = recordings
  }
}

/// A division of beats that was made before anything mixes them.
public struct Split: Equatable, Sendable {
  /// Why a person takes no part.
  public enum Reason: Equatable, Sendable {
    case fewBeats(Int)
    case fewRecordings(Int)
    case stranger
  }

  /// Indices of beats.
  public private(set) var training: [Int] = []
  public private(set) var validation: [Int] = []
  public private(set) var test: [Int] = []
  /// Beats of people who were set apart entirely, to see whether they are turned away.
  public private(set) var strangers: [Int] = []
  /// The people that take part, by their number in the data; the position here is the class a network learns.
  public private(set) var people: [Int32] = []
  public private(set) var leftOut: [(person: Int32, reason: Reason)] = []

  /// - Parameters:
  ///   - beatsPerPerson: how many beats of each person take part (people with fewer are left out); nil is all.
  ///   - strangerCount: how many people are set apart entirely, drawn by the seed.
  public init(
    _ owners: BeatOwners, by evaluation: EvaluationProtocol, beatsPerPerson: Int?, strangerCount: Int = 0, seed: UInt64
  ) {
    var beatsOf: [Int32: [Int]] = [:]
    for (beat, person) in owners.people.enumerated() { beatsOf[person, default: []].append(beat) }
    let everyone = beatsOf.keys.sorted()

    var generator = SeededGenerator(seed: seed)
    let apart = Set(everyone.shuffled(using: &generator).prefix(strangerCount))

    for person in everyone {
      let beats = beatsOf[person]!
      if apart.contains(person) {
        strangers += beats
        leftOut.append((person, .stranger))
        continue
      }
      // Each person draws from a sequence of their own, so that people added behind them change nothing for them.
      var generator = SeededGenerator(seed: seed &+ 0x1_0000_0001 &* (UInt64(person) &+ 1))
      switch evaluation {
      case .pooledBeats:
        pool(beats, of: person, beatsPerPerson: beatsPerPerson, using: &generator)
      case .lastRecording:
        holdOut(beats, of: person, owners: owners, aside: 0, beatsPerPerson: beatsPerPerson, using: &generator)
      case .developRecording:
        holdOut(beats, of: person, owners: owners, aside: 1, beatsPerPerson: beatsPerPerson, using: &generator)
      }
    }
    precondition(isDisjoint, "a beat is in two parts of the split")
  }

  private mutating func pool(
    _ beats: [Int], of person: Int32, beatsPerPerson: Int?, using generator: inout SeededGenerator
  ) {
    let count = beatsPerPerson ?? beats.count
    guard beats.count >= count, count >= 3 else {
      leftOut.append((person, .fewBeats(beats.count)))
      return
    }
    let drawn = beats.shuffled(using: &generator).prefix(count)
    // Few beats leave room for one that validates and one that judges.
    let trainingCount = min(Int((0.84 * Double(count)).rounded()), count - 2)
    let testCount = max(1, min(Int((0.12 * Double(count)).rounded()), count - trainingCount - 1))
    training += drawn.prefix(trainingCount)
    test += drawn.dropFirst(trainingCount).prefix(testCount)
    validation += drawn.dropFirst(trainingCount + testCount)
    people.append(person)
  }

  private mutating func holdOut(
    _ beats: [Int], of person: Int32, owners: BeatOwners, aside: Int, beatsPerPerson: Int?,
    using generator: inout SeededGenerator
  ) {
    let recordings = Set(beats.map { owners.recordings[$0] }).sorted().dropLast(aside)
    guard let last = recordings.last, recordings.count >= 2 else {
      leftOut.append((person, .fewRecordings(recordings.count)))
      return
    }
    let before = beats.filter { owners.recordings[$0] < last }
    let count = beatsPerPerson ?? before.count
    guard before.count >= count, count >= 2 else {
      leftOut.append((person, .fewBeats(before.count)))
      return
    }
    let drawn = before.shuffled(using: &generator).prefix(count)
    let validationCount = max(1, count / 10)
    validation += drawn.prefix(validationCount)
    training += drawn.dropFirst(validationCount)
    test += beats.filter { owners.recordings[$0] == last }
    people.append(person)
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
