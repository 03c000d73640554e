import Testing

@testable import ECGTraining

/// The division of beats is what makes every figure honest: these tests count it out.
@Suite struct SplitTests {
  /// Beats of people by recording: `[[4, 3], [2]]` is one person with two recordings and one with one. Recordings are
  /// numbered on; a person's beats lie in the order of their recordings.
  private func owners(_ people: [[Int]]) -> BeatOwners {
    var persons: [Int32] = []
    var recordings: [Int32] = []
    var recording: Int32 = 0
    for (person, counts) in people.enumerated() {
      for count in counts {
        persons += Array(repeating: Int32(person), count: count)
        recordings += Array(repeating: recording, count: count)
        recording += 1
      }
    }
    return BeatOwners(people: persons, recordings: recordings)
  }

  private func parts(_ split: Split) -> [[Int]] { [split.training, split.validation, split.test, split.strangers] }

  /// How many beats of `person` are in each part: training, validation, test, strangers.
  private func counts(_ split: Split, of person: Int32, _ owners: BeatOwners) -> [Int] {
    parts(split).map { $0.count { owners.people[$0] == person } }
  }

  private static let protocols = EvaluationProtocol.allCases

  // MARK: Pooled beats

  @Test func twentyFiveBeatsArePooledAs21And1And3() {
    let owners = owners([[30, 10], [25], [100]])
    let split = Split(owners, by: .pooledBeats, beatsPerPerson: 25, seed: 1)
    for person in 0..<3 { #expect(counts(split, of: Int32(person), owners) == [21, 1, 3, 0]) }
  }

  @Test(arguments: 3...400) func pooledPartsKeepTheirProportions(count: Int) {
    let owners = owners([[count]])
    let split = Split(owners, by: .pooledBeats, beatsPerPerson: nil, seed: 5)
    let (training, validation, test) = (split.training.count, split.validation.count, split.test.count)
    #expect(training + validation + test == count)
    #expect(training >= 1 && validation >= 1 && test >= 1)
    guard count >= 10 else { return }
    #expect(abs(Double(training) - 0.84 * Double(count)) <= 1)
    #expect(abs(Double(test) - 0.12 * Double(count)) <= 1)
    #expect(abs(Double(validation) - 0.04 * Double(count)) <= 1)
  }

  @Test func peopleWithTooFewBeatsAreLeftOutWithTheirNumber() {
    let split = Split(owners([[24], [25], [26], [2]]), by: .pooledBeats, beatsPerPerson: 25, seed: 1)
    #expect(split.people == [1, 2])
    #expect(split.leftOut.map(\.person) == [0, 3])
    #expect(split.leftOut.map(\.reason) == [.fewBeats(24), .fewBeats(2)])
    let all = Split(owners([[2], [3]]), by: .pooledBeats, beatsPerPerson: nil, seed: 1)
    #expect(all.people == [1])
    #expect(all.leftOut.map(\.reason) == [.fewBeats(2)])
  }

  // MARK: The last recording

  @Test func theLastRecordingIsTheTestAndNeverTrains() {
    let owners = owners([[10, 12, 9], [30, 31], [5, 5, 5, 5, 5]])
    let split = Split(owners, by: .lastRecording, beatsPerPerson: nil, seed: 3)
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
      recordings: [Int32](repeating: 9, count: 10) + [Int32](repeating: 4, count: 20))
    let split = Split(owners, by: .lastRecording, beatsPerPerson: nil, seed: 1)
    #expect(split.test == Array(0..<10))
    #expect((split.training + split.validation).allSatisfy { $0 >= 10 })
  }

  @Test func peopleWithOneRecordingAreLeftOut() {
    let split = Split(owners([[50], [10, 10], [1, 50]]), by: .lastRecording, beatsPerPerson: nil, seed: 1)
    #expect(split.people == [1])
    #expect(split.leftOut.map(\.person) == [0, 2])
    #expect(split.leftOut.map(\.reason) == [.fewRecordings(1), .fewBeats(1)])
  }

  @Test func beatsPerPersonCountsThoseThatTrainAndValidate() {
    let owners = owners([[30, 30, 7], [30, 30, 50], [19, 40]])
    let split = Split(owners, by: .lastRecording, beatsPerPerson: 20, seed: 1)
    #expect(counts(split, of: 0, owners) == [18, 2, 7, 0])
    #expect(counts(split, of: 1, owners) == [18, 2, 50, 0])
    #expect(split.leftOut.map(\.reason) == [.fewBeats(19)])
  }

  @Test func developRecordingTouchesNothingOfTheLastRecording() {
    let owners = owners([[10, 12, 9], [30, 31], [5, 5, 5, 5, 5]])
    let split = Split(owners, by: .developRecording, beatsPerPerson: nil, strangerCount: 0, seed: 3)
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
    let split = Split(owners, by: evaluation, beatsPerPerson: 15, strangerCount: 4, seed: 11)
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
    let split = Split(owners, by: evaluation, beatsPerPerson: 12, seed: 2)
    #expect(split.people.count > 5)
    let trained = Set(split.people.map { counts(split, of: $0, owners)[0] })
    #expect(trained.count == 1)
  }

  @Test(arguments: protocols) func theSeedAloneDecides(evaluation: EvaluationProtocol) {
    let owners = many
    func split(_ seed: UInt64) -> Split {
      Split(owners, by: evaluation, beatsPerPerson: 12, strangerCount: 3, seed: seed)
    }
    #expect(split(7) == split(7))
    #expect(split(7).leftOut.map(\.person) == split(7).leftOut.map(\.person))
    #expect(split(7).training != split(8).training)
    #expect(Set((0..<20).map { split($0).strangers }).count > 10, "other seeds draw other strangers")
  }

  @Test(arguments: protocols) func addingAPersonAtTheEndChangesNobodyElse(evaluation: EvaluationProtocol) {
    let people = (0..<12).map { person in [20 + person, 21, 22 + person] }
    let before = Split(owners(people), by: evaluation, beatsPerPerson: 15, seed: 4)
    let after = Split(owners(people + [[40, 40, 40]]), by: evaluation, beatsPerPerson: 15, seed: 4)
    let known = owners(people).people.count
    #expect(after.people == before.people + [12])
    for (short, long) in zip(parts(before), parts(after)) { #expect(long.filter { $0 < known } == short) }
    // A person who grows changes nobody else either.
    var grown = people
    grown[11][0] += 5
    let larger = Split(owners(grown), by: evaluation, beatsPerPerson: 15, seed: 4)
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
      let split = Split(owners, by: .pooledBeats, beatsPerPerson: 25, seed: seed)
      for beat in split.training + split.validation + split.test { drawn[beat] += 1 }
    }
    // 50 expected with a deviation of 6.8.
    #expect(drawn.min()! > 50 - 5 * 7 && drawn.max()! < 50 + 5 * 7)
  }

  @Test(arguments: protocols) func moreStrangersThanPeopleLeaveNobody(evaluation: EvaluationProtocol) {
    let split = Split(owners([[20, 20], [20, 20]]), by: evaluation, beatsPerPerson: nil, strangerCount: 9, seed: 1)
    #expect(split.people.isEmpty && split.training.isEmpty && split.strangers.count == 80)
    let empty = Split(owners([]), by: evaluation, beatsPerPerson: nil, strangerCount: 1, seed: 1)
    #expect(empty.people.isEmpty && empty.leftOut.isEmpty)
  }
}
