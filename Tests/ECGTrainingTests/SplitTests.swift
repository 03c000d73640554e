import Testing

@testable import ECGTraining

/// The division of beats is what makes every figure honest: these tests count it out.
@Suite struct SplitTests {
  /// Beats of people by recording: `[[4, 3], [2]]` is one person with two recordings and one with one. Recordings are
  /// numbered on; a person's beats lie in the order of their recordings.
  private func owners(_ people: [[Int]]) -> BeatOwners {
    named(people.enumerated().map { ("person \($0.offset)", $0.element.enumerated().map { ($0.offset, $0.element) }) })
  }

  /// The same with names, of people and of their recordings.
  private func named(_ people: [(name: String, recordings: [(name: Int, beats: Int)])]) -> BeatOwners {
    var persons: [Int32] = []
    var recordings: [Int32] = []
    var names: [String] = []
    var rPeaks: [Int64] = []
    for (number, person) in people.enumerated() {
      for recording in person.recordings {
        persons += Array(repeating: Int32(number), count: recording.beats)
        recordings += Array(repeating: Int32(names.count), count: recording.beats)
        rPeaks += (0..<Int64(recording.beats)).map { 400 * $0 + 123 }
        names.append("recording \(recording.name)")
      }
    }
    return BeatOwners(
      people: persons, recordings: recordings, names: people.map(\.name), recordingNames: names, rPeaks: rPeaks)
  }

  private func divide(
    _ owners: BeatOwners, by evaluation: EvaluationProtocol, beatsPerPerson: Int?, strangerCount: Int = 0, seed: UInt64
  ) -> Split {
    var rules = SplitRules(evaluation, beatsPerPerson: beatsPerPerson, seed: seed)
    rules.strangers = .drawn(strangerCount)
    return Split(owners, by: rules)
  }

  private func parts(_ split: Split) -> [[Int]] { [split.training, split.validation, split.test, split.strangers] }

  /// How many beats of `person` are in each part: training, validation, test, strangers.
  private func counts(_ split: Split, of person: Int32, _ owners: BeatOwners) -> [Int] {
    parts(split).map { $0.count { owners.people[$0] == person } }
  }

  /// Those that are no counterpart of a recognition protocol: `RecognitionTests` has these.
  private static let protocols: [EvaluationProtocol] = [.pooledBeats, .lastRecording, .developRecording]

  // MARK: Pooled beats

  @Test func twentyFiveBeatsArePooledAs21And1And3() {
    let owners = owners([[30, 10], [25], [100]])
    let split = divide(owners, by: .pooledBeats, beatsPerPerson: 25, seed: 1)
    for person in 0..<3 { #expect(counts(split, of: Int32(person), owners) == [21, 1, 3, 0]) }
  }

  @Test(arguments: 3...400) func pooledPartsKeepTheirProportions(count: Int) {
    let owners = owners([[count]])
    let split = divide(owners, by: .pooledBeats, beatsPerPerson: nil, seed: 5)
    let (training, validation, test) = (split.training.count, split.validation.count, split.test.count)
    #expect(training + validation + test == count)
    #expect(training >= 1 && validation >= 1 && test >= 1)
    guard count >= 10 else { return }
    #expect(abs(Double(training) - 0.84 * Double(count)) <= 1)
    #expect(abs(Double(test) - 0.12 * Double(count)) <= 1)
    #expect(abs(Double(validation) - 0.04 * Double(count)) <= 1)
  }

  @Test func peopleWithTooFewBeatsAreLeftOutWithTheirNumber() {
    let split = divide(owners([[24], [25], [26], [2]]), by: .pooledBeats, beatsPerPerson: 25, seed: 1)
    #expect(split.people == [1, 2])
    #expect(split.leftOut.map(\.person) == [0, 3])
    #expect(split.leftOut.map(\.reason) == [.fewBeats(24), .fewBeats(2)])
    let all = divide(owners([[2], [3]]), by: .pooledBeats, beatsPerPerson: nil, seed: 1)
    #expect(all.people == [1])
    #expect(all.leftOut.map(\.reason) == [.fewBeats(2)])
  }

  // MARK: The last recording

  @Test func theLastRecordingIsTheTestAndNeverTrains() {
    let owners = owners([[10, 12, 9], [30, 31], [5, 5, 5, 5, 5]])
    let split = divide(owners, by: .lastRecording, beatsPerPerson: nil, seed: 3)
    #expect(split.people == [0, 1, 2])
    for person in split.people {
      let mine = { (beats: [Int]) in Set(beats.filter { owners.people[$0] == person }.map { owners.recordings[$0] }) }
      let seen = mine(split.training + split.validation)
      let tested = mine(split.test)
      #expect(tested.count == 1)
      #expect(seen.max()! < tested.min()!)
    }
    // Nothing of the last recording is lost, and 10 % of the others validate.
    #expect(counts(split, of: 0, owners) == [20, 2, 9, 0])
    #expect(counts(split, of: 1, owners) == [27, 3, 31, 0])
    #expect(counts(split, of: 2, owners) == [18, 2, 5, 0])
  }

  @Test func recordingsMayLieInAnyOrderInTheFile() {
    // The last recording's beats come first.
    let owners = BeatOwners(
      people: [Int32](repeating: 0, count: 30),
      recordings: [Int32](repeating: 1, count: 10) + [Int32](repeating: 0, count: 20), names: ["Ada"],
      recordingNames: ["first", "last"], rPeaks: Array(0..<30))
    let split = divide(owners, by: .lastRecording, beatsPerPerson: nil, seed: 1)
    #expect(split.test == Array(0..<10))
    #expect((split.training + split.validation).allSatisfy { $0 >= 10 })
  }

  @Test func peopleWithOneRecordingAreLeftOut() {
    let split = divide(owners([[50], [10, 10], [1, 50]]), by: .lastRecording, beatsPerPerson: nil, seed: 1)
    #expect(split.people == [1])
    #expect(split.leftOut.map(\.person) == [0, 2])
    #expect(split.leftOut.map(\.reason) == [.fewRecordings(1), .fewBeats(1)])
  }

  @Test func beatsPerPersonCountsThoseThatTrainAndValidate() {
    let owners = owners([[30, 30, 7], [30, 30, 50], [19, 40]])
    let split = divide(owners, by: .lastRecording, beatsPerPerson: 20, seed: 1)
    #expect(counts(split, of: 0, owners) == [18, 2, 7, 0])
    #expect(counts(split, of: 1, owners) == [18, 2, 50, 0])
    #expect(split.leftOut.map(\.reason) == [.fewBeats(19)])
  }

  @Test func developRecordingTouchesNothingOfTheLastRecording() {
    let owners = owners([[10, 12, 9], [30, 31], [5, 5, 5, 5, 5]])
    let split = divide(owners, by: .developRecording, beatsPerPerson: nil, strangerCount: 0, seed: 3)
    #expect(split.people == [0, 2])
    #expect(split.leftOut.map(\.reason) == [.fewRecordings(1)])
    let used = Set(parts(split).joined().map { owners.recordings[$0] })
    #expect(used == [0, 1, 5, 6, 7, 8])
    #expect(Set(split.test.map { owners.recordings[$0] }) == [1, 8])
    #expect(counts(split, of: 0, owners) == [9, 1, 12, 0])
  }

  // MARK: All protocols

  /// 40 people, some with few beats, some with one recording.
  private var many: BeatOwners {
    owners((0..<40).map { person in (0...(person % 5)).map { 8 + (person * 7 + $0 * 11) % 23 } })
  }

  @Test(arguments: protocols) func partsShareNoBeatAndEveryBeatIsItsPersons(evaluation: EvaluationProtocol) {
    let owners = many
    let split = divide(owners, by: evaluation, beatsPerPerson: 15, strangerCount: 4, seed: 11)
    let all = parts(split).flatMap { $0 }
    #expect(Set(all).count == all.count)
    #expect(all.allSatisfy(owners.people.indices.contains))
    let members = Set(split.people)
    for part in [split.training, split.validation, split.test] {
      #expect(Set(part.map { owners.people[$0] }) == members, "every person is in every part")
    }
    let apart = Set(split.strangers.map { owners.people[$0] })
    #expect(apart.count == 4 && apart.isDisjoint(with: members))
    #expect(Set(split.leftOut.filter { $0.reason == .stranger }.map(\.person)) == apart)
    #expect(split.strangers.count == owners.people.count { apart.contains($0) }, "all of a stranger's beats are kept")
    // Everybody is somewhere, once.
    #expect((split.people + split.leftOut.map(\.person)).sorted() == Array(0..<40))
    #expect(split.people == split.people.sorted())
  }

  @Test(arguments: protocols) func classesAreBalanced(evaluation: EvaluationProtocol) {
    let owners = many
    let split = divide(owners, by: evaluation, beatsPerPerson: 12, seed: 2)
    #expect(split.people.count > 5)
    let trained = Set(split.people.map { counts(split, of: $0, owners)[0] })
    #expect(trained.count == 1)
  }

  @Test(arguments: protocols) func theSeedAloneDecides(evaluation: EvaluationProtocol) {
    let owners = many
    func split(_ seed: UInt64) -> Split {
      divide(owners, by: evaluation, beatsPerPerson: 12, strangerCount: 3, seed: seed)
    }
    #expect(split(7) == split(7))
    #expect(split(7).leftOut.map(\.person) == split(7).leftOut.map(\.person))
    #expect(split(7).training != split(8).training)
    #expect(Set((0..<20).map { split($0).strangers }).count > 10, "other seeds draw other strangers")
  }

  @Test(arguments: protocols) func addingAPersonAtTheEndChangesNobodyElse(evaluation: EvaluationProtocol) {
    let people = (0..<12).map { person in [20 + person, 21, 22 + person] }
    let before = divide(owners(people), by: evaluation, beatsPerPerson: 15, seed: 4)
    let after = divide(owners(people + [[40, 40, 40]]), by: evaluation, beatsPerPerson: 15, seed: 4)
    let known = owners(people).people.count
    #expect(after.people == before.people + [12])
    for (short, long) in zip(parts(before), parts(after)) { #expect(long.filter { $0 < known } == short) }
    // A person who grows changes nobody else either.
    var grown = people
    grown[11][0] += 5
    let larger = divide(owners(grown), by: evaluation, beatsPerPerson: 15, seed: 4)
    let others = people[..<11].joined().reduce(0, +)
    for (short, long) in zip(parts(before), parts(larger)) {
      #expect(long.filter { $0 < others } == short.filter { $0 < others })
    }
  }

  @Test func drawnBeatsComeFromEverywhere() {
    // 25 of 400 beats, many seeds: no beat is drawn much more often than another.
    let owners = owners([[400]])
    var drawn = [Int](repeating: 0, count: 400)
    for seed in 0..<800 as Range<UInt64> {
      let split = divide(owners, by: .pooledBeats, beatsPerPerson: 25, seed: seed)
      for beat in split.training + split.validation + split.test { drawn[beat] += 1 }
    }
    // 50 expected with a deviation of 6.8.
    #expect(drawn.min()! > 50 - 5 * 7 && drawn.max()! < 50 + 5 * 7)
  }

  @Test(arguments: protocols) func moreStrangersThanPeopleLeaveNobody(evaluation: EvaluationProtocol) {
    let split = divide(owners([[20, 20], [20, 20]]), by: evaluation, beatsPerPerson: nil, strangerCount: 9, seed: 1)
    #expect(split.people.isEmpty && split.training.isEmpty && split.strangers.count == 80)
    let empty = divide(owners([]), by: evaluation, beatsPerPerson: nil, strangerCount: 1, seed: 1)
    #expect(empty.people.isEmpty && empty.leftOut.isEmpty)
  }

  // MARK: Who else is there

  private typealias Person = (name: String, recordings: [(name: Int, beats: Int)])

  /// People by name, each with one to four recordings.
  private func crowd(_ numbers: some Sequence<Int>) -> [Person] {
    numbers.map { number in
      ("person \(number)", (0...(number % 4)).map { (name: $0, beats: 20 + (number * 7 + $0 * 11) % 23) })
    }
  }

  /// A person's parts, each as the identities of its beats.
  private func parts(of name: String, _ owners: BeatOwners, _ split: Split) -> [Set<UInt64>] {
    parts(split).map { part in
      Set(part.filter { owners.names[Int(owners.people[$0])] == name }.map { owners.identities[$0] })
    }
  }

  @Test(arguments: protocols, [nil, 17])
  func aPersonsPartsDoNotDependOnTheOthers(_ evaluation: EvaluationProtocol, _ count: Int?) {
    let all = named(crowd(0..<40))
    let whole = divide(all, by: evaluation, beatsPerPerson: count, seed: 8)
    // Others in front, none behind, some gone, all backwards, one alone.
    let others: [[Int]] = [Array(100..<120) + Array(0..<40), Array(20..<40), [3, 5, 7, 22], (0..<40).reversed(), [11]]
    for numbers in others {
      let some = named(crowd(numbers))
      let split = divide(some, by: evaluation, beatsPerPerson: count, seed: 8)
      for number in numbers where number < 40 {
        let name = "person \(number)"
        #expect(parts(of: name, some, split) == parts(of: name, all, whole), "\(name)")
      }
    }
  }

  @Test(arguments: protocols) func theOrderOfBeatsInTheFileDoesNotMatter(evaluation: EvaluationProtocol) {
    func owners(_ order: [Int]) -> BeatOwners {
      BeatOwners(
        people: order.map { Int32($0 / 60) }, recordings: order.map { Int32($0 / 20) }, names: ["Ada", "Bob"],
        recordingNames: ["a", "b", "c", "d", "e", "f"], rPeaks: order.map { Int64($0) })
    }
    let (forwards, backwards) = (owners(Array(0..<120)), owners((0..<120).reversed()))
    func identities(_ owners: BeatOwners) -> [Set<UInt64>] {
      parts(divide(owners, by: evaluation, beatsPerPerson: 15, seed: 1)).map { Set($0.map { owners.identities[$0] }) }
    }
    #expect(identities(forwards) == identities(backwards))
  }

  @Test func strangersDependOnThoseWhoCouldBeStrangersOnly() {
    let all = named(crowd(0..<40))
    let drawn = divide(all, by: .pooledBeats, beatsPerPerson: nil, strangerCount: 5, seed: 3)
    let strangers = Set(drawn.strangers.map { all.names[Int(all.people[$0])] })
    #expect(strangers.count == 5)
    // Without the other people, in another order, the same ones are drawn.
    let few = named(crowd((0..<40).reversed().filter { strangers.contains("person \($0)") || $0 % 3 == 0 }))
    let again = divide(few, by: .pooledBeats, beatsPerPerson: nil, strangerCount: 5, seed: 3)
    #expect(Set(again.strangers.map { few.names[Int(few.people[$0])] }) == strangers)
  }

  // MARK: What a model has seen

  /// What a first training leaves behind, and a second file in which people and recordings came and went.
  private func retrained(
    _ first: EvaluationProtocol, _ second: EvaluationProtocol, _ count: (Int?, Int?), seeds: (UInt64, UInt64)
  ) -> (owners: BeatOwners, before: SeenBeats, split: Split, rules: SplitRules) {
    let old = named(crowd(0..<40))
    let before = SeenBeats().adding(
      Split(old, by: SplitRules(first, beatsPerPerson: count.0, seed: seeds.0)), of: old)
    var people = crowd(Array(60..<70) + Array(10..<40))
    for index in people.indices {
      switch index % 4 {
      case 0: people[index].recordings.append((name: 9, beats: 30))
      case 1: people[index].recordings.removeLast()
      case 2: people[index].recordings.insert((name: 8, beats: 25), at: 0)
      default: break
      }
    }
    let owners = named(people.filter { !$0.recordings.isEmpty })
    var rules = SplitRules(second, beatsPerPerson: count.1, seed: seeds.1)
    rules.strangers = .drawn(3)
    rules.dropped = ["person 12", "person 61"]
    return (owners, before, Split(owners, by: rules, seen: before), rules)
  }

  @Test(
    arguments: protocols.flatMap { first in protocols.map { (first, $0) } },
    [(1, 1), (1, 2)] as [(UInt64, UInt64)])
  func seenBeatsNeverJudge(_ evaluation: (EvaluationProtocol, EvaluationProtocol), _ seeds: (UInt64, UInt64)) {
    for count in [(nil, nil), (15, 15), (15, nil), (nil, 15)] as [(Int?, Int?)] {
      let (owners, before, split, _) = retrained(evaluation.0, evaluation.1, count, seeds: seeds)
      let tested = Set(split.test.map { owners.identities[$0] })
      let validated = Set(split.validation.map { owners.identities[$0] })
      #expect(!before.trained.isEmpty && tested.count > 20)
      #expect(tested.isDisjoint(with: before.trained) && tested.isDisjoint(with: before.validated))
      #expect(validated.isDisjoint(with: before.trained))
      let strangers = Set(split.strangers.map { owners.identities[$0] })
      #expect(!strangers.isEmpty && strangers.isDisjoint(with: before.trained.union(before.validated)))
      let names = Set(split.people.map { owners.names[Int($0)] })
      #expect(names.isDisjoint(with: ["person 12", "person 61"]))
      // With a recording held out, none of its beats has trained, nor will.
      if evaluation.1 != .pooledBeats {
        let testRecordings = Set(split.test.map { owners.recordings[$0] })
        let seen = owners.identities.indices.filter {
          before.trained.contains(owners.identities[$0]) || before.validated.contains(owners.identities[$0])
        }
        #expect(testRecordings.isDisjoint(with: Set(seen.map { owners.recordings[$0] })))
        #expect(testRecordings.isDisjoint(with: Set(split.training.map { owners.recordings[$0] })))
      }
    }
  }

  /// Whoever has the model, and the beats, finds the same division again.
  @Test(arguments: protocols.flatMap { first in protocols.map { (first, $0) } })
  func theModelKeepsWhatItsDivisionFollowsFrom(_ first: EvaluationProtocol, _ second: EvaluationProtocol) {
    for count in [(nil, nil), (15, 15), (15, nil)] as [(Int?, Int?)] {
      var (owners, before, split, rules) = retrained(first, second, count, seeds: (1, 2))
      let after = before.adding(split, of: owners)
      #expect(after.trained.isSuperset(of: before.trained))
      rules.strangers = .named(
        Set(split.leftOut.filter { $0.reason == .stranger }.map { owners.names[Int($0.person)] }))
      #expect(Split(owners, by: rules, seen: after) == split)
    }
  }

  @Test(arguments: protocols) func trainingAgainOnTheSameFileDividesItAsBefore(evaluation: EvaluationProtocol) {
    let owners = named(crowd(0..<40))
    let rules = SplitRules(evaluation, beatsPerPerson: 15, seed: 5)
    let first = Split(owners, by: rules)
    #expect(Split(owners, by: rules, seen: SeenBeats().adding(first, of: owners)) == first)
  }

  @Test func knownPeopleWithoutNewBeatsTrainAndAreNotTested() {
    let owners = named([("Ada", [(0, 30), (1, 30)]), ("Bob", [(0, 30), (1, 30)])])
    let ada = Set(owners.identities.indices.filter { owners.people[$0] == 0 }.map { owners.identities[$0] })
    for evaluation in Self.protocols {
      let split = Split(owners, by: SplitRules(evaluation, seed: 1), seen: SeenBeats(trained: ada))
      #expect(counts(split, of: 0, owners)[0] > 40 && counts(split, of: 0, owners)[1...] == [0, 0, 0])
      #expect(evaluation == .developRecording || counts(split, of: 1, owners)[2] > 0)
    }
  }

  @Test func knownPeopleAreNotDrawnAsStrangers() {
    let owners = named(crowd(0..<10))
    var rules = SplitRules(.pooledBeats, seed: 1)
    rules.strangers = .drawn(8)
    let known: Set<String> = ["person 2", "person 5", "person 7", "person 9"]
    let split = Split(owners, by: rules, known: known)
    #expect(Set(split.people.map { owners.names[Int($0)] }) == known)
  }

  /// Whoever reads a model file with other tools can tell which beats made it: sha256("Ada\nmorning\n1234").
  @Test func identitiesAreSHA256() {
    // python3 -c "import hashlib; print(hashlib.sha256(b'Ada\nmorning\n1234').digest()[:8].hex())"
    #expect(BeatOwners.identity(person: "Ada", recording: "morning", rPeak: 1234) == 0xA0D8_7266_F7ED_F75B)
  }
}
