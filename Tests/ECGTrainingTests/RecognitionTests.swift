import Testing

@testable import ECGTraining

/// Who enrols with what and probes with what, and that a dishonest trial is found out.
@Suite struct RecognitionTests {
  /// People by name, each with recordings given by their day, of so many beats each. Recordings are named by their place.
  private func owners(_ people: [(name: String, days: [Int?])], beats: Int = 3) -> BeatOwners {
    var persons: [Int32] = []
    var recordings: [Int32] = []
    var names: [String] = []
    var days: [Int?] = []
    var rPeaks: [Int64] = []
    for (number, person) in people.enumerated() {
      for (place, day) in person.days.enumerated() {
        persons += Array(repeating: Int32(number), count: beats)
        recordings += Array(repeating: Int32(names.count), count: beats)
        rPeaks += (0..<Int64(beats)).map { 400 * $0 + 123 }
        names.append("rec_\(place)")
        days.append(day)
      }
    }
    return BeatOwners(
      people: persons, recordings: recordings, names: people.map(\.name), recordingNames: names, rPeaks: rPeaks,
      days: days)
  }

  private let nobody = ModelHistory(people: [], seen: SeenBeats())

  /// What recordings, by their place, enrol and probe of somebody with recordings on these days.
  private func sides(_ recognition: RecognitionProtocol, _ days: [Int?]) -> (enrolment: [Int32], probes: [Int32])? {
    recognition.sides(of: days.enumerated().map { .init(recording: Int32($0.offset), day: $0.element) })
      .map { ($0.enrolment, $0.probes) }
  }

  private static let sixRecordings: [Int?] = [100, 100, 101, 130, 131, 131]

  @Test(
    arguments: [
      (RecognitionProtocol.firstSecond, [0], [1]),
      (.lastRecording, [0, 1, 2, 3, 4], [5]),
      (.sameDaySingleShot, [0], [1]),
      (.sameDayLastOut, [0], [1]),
      (.otherDaySingleShot, [0], [2, 3, 4, 5]),
      (.otherDayLastOut, [0, 1, 2, 3], [4, 5]),
      // From 100 to 130 are 30 days, the most of a short term; to 131 are 31.
      (.shortTermSingleShot, [0], [2, 3]),
      (.shortTermLastOut, [2, 3], [4, 5]),
      (.longTermSingleShot, [0], [4, 5]),
      (.longTermLastOut, [0, 1], [4, 5]),
    ] as [(RecognitionProtocol, [Int32], [Int32])])
  func sidesFollowFromDaysAndOrder(recognition: RecognitionProtocol, enrolment: [Int32], probes: [Int32]) {
    let found = sides(recognition, Self.sixRecordings)
    #expect(found?.enrolment == enrolment && found?.probes == probes)
  }

  @Test func theFirstDayWithSeveralRecordingsIsTheSameDay() {
    let found = sides(.sameDayLastOut, [1, 5, 5, 5, 9, 9])
    #expect(found?.enrolment == [1, 2] && found?.probes == [3])
  }

  @Test func daysDecideBeforeNumbersWhereAllAreKnown() {
    #expect(sides(.firstSecond, [7, 3, 5])?.enrolment == [1])
    #expect(sides(.firstSecond, [7, 3, 5])?.probes == [2])
    #expect(sides(.firstSecond, [7, nil, 5])?.enrolment == [0])
    #expect(sides(.lastRecording, [7, 3, 5])?.probes == [0])
  }

  @Test func whoHasNothingToProbeWithCanOnlyBeEnrolled() {
    for recognition in RecognitionProtocol.allCases where recognition.separatesRecordings {
      let found = sides(recognition, [4])
      #expect(found?.enrolment == [0] && found?.probes == [])
    }
    #expect(sides(.otherDayLastOut, [4, 4])?.probes == [])
    #expect(sides(.longTermSingleShot, [4, 34])?.probes == [])
    #expect(sides(.otherDayLastOut, [4, nil]) == nil)
  }

  @Test(arguments: RecognitionProtocol.allCases)
  func noRecordingStandsOnBothSides(recognition: RecognitionProtocol) throws {
    let owners = owners(
      [("Ada", [1, 1, 2, 50]), ("Bo", [1, 1, 1]), ("Cy", [3]), ("Di", [1, 20, 45, 45]), ("Ed", [nil, nil])], beats: 10)
    var rules = RecognitionRules(recognition)
    rules.enrolsEverybody = true
    let trial = try RecognitionTrial(owners, by: rules, model: nobody)
    let enrolment = Set(trial.enrolled.flatMap(\.enrolment))
    let probes = Set(trial.enrolled.flatMap(\.probes))
    #expect(enrolment.isDisjoint(with: probes) && !probes.isEmpty)
    let recordings = Set(enrolment.map { owners.recordings[$0] })
    #expect(recordings.isDisjoint(with: probes.map { owners.recordings[$0] }) == recognition.separatesRecordings)
    for participant in trial.enrolled {
      #expect((participant.enrolment + participant.probes).allSatisfy { owners.people[$0] == participant.person })
    }
  }

  @Test func oneRandomBeatInFiveProbes() throws {
    let owners = owners([("Ada", [1, 2]), ("Bo", [1, 1])], beats: 10)
    let trial = try RecognitionTrial(owners, by: RecognitionRules(.randomBeats, seed: 4), model: nobody)
    for participant in trial.enrolled { #expect((participant.probes.count, participant.enrolment.count) == (4, 16)) }
    let other = try RecognitionTrial(owners, by: RecognitionRules(.randomBeats, seed: 5), model: nobody)
    #expect(other.enrolled != trial.enrolled)
  }

  // MARK: The check

  private func violation(
    _ owners: BeatOwners, _ rules: RecognitionRules, _ enrolled: [RecognitionTrial.Participant],
    strangers: [RecognitionTrial.Participant] = [], model: ModelHistory? = nil, signals: [UInt64] = []
  ) -> String? {
    do {
      _ = try RecognitionTrial(
        owners, signals: signals, rules: rules, model: model ?? nobody, enrolled: enrolled, strangers: strangers)
      return nil
    } catch RecognitionError.violation(let text) {
      return text
    } catch { return "another error" }
  }

  /// Ada has recordings with beats 0–2 and 3–5 on days 1 and 2, Bo 6–8 and 9–11.
  private var two: BeatOwners { owners([("Ada", [1, 2]), ("Bo", [1, 2])]) }
  private let bo = RecognitionTrial.Participant(1, enrolment: [6, 7, 8], probes: [9, 10, 11])

  private func ada(_ enrolment: [Int], _ probes: [Int]) -> RecognitionTrial.Participant {
    .init(0, enrolment: enrolment, probes: probes)
  }

  @Test func anHonestTrialPasses() {
    #expect(violation(two, RecognitionRules(.firstSecond), [ada([0, 1, 2], [3, 4, 5]), bo]) == nil)
  }

  @Test func aProbeThatIsEnrolledIsFound() {
    for recognition in [RecognitionProtocol.firstSecond, .randomBeats] {
      let found = violation(two, RecognitionRules(recognition), [ada([0, 1, 2], [2, 3]), bo])
      #expect(found == "1 probe beats are enrolled, too")
    }
  }

  @Test func aRecordingOnBothSidesIsFound() {
    #expect(
      violation(two, RecognitionRules(.firstSecond), [ada([0, 1], [2, 3, 4]), bo])
        == "1 probe beats come from recordings that enrol")
    #expect(violation(two, RecognitionRules(.randomBeats), [ada([0, 1], [2, 3, 4]), bo]) == nil)
  }

  @Test func aCopyUnderAnotherNameIsFound() {
    var signals = (0..<12).map { UInt64($0) }
    signals[4] = signals[1]
    #expect(
      violation(two, RecognitionRules(.firstSecond), [ada([0, 1, 2], [3, 4, 5]), bo], signals: signals)?.contains(
        "1 probe beats are copies") == true)
  }

  @Test func whatDoesNotBelongToAPersonIsFound() {
    #expect(violation(two, RecognitionRules(.firstSecond), [ada([0], [9]), bo]) == "a person is given another's beats")
    #expect(violation(two, RecognitionRules(.firstSecond), [bo, bo]) == "a person takes part twice")
    #expect(violation(two, RecognitionRules(.firstSecond), [ada([], [3]), bo]) == "a person is enrolled without beats")
  }

  @Test func timesAreChecked() {
    #expect(violation(two, RecognitionRules(.firstSecond), [ada([3], [0]), bo])?.contains("-1 days later") == true)
    #expect(violation(two, RecognitionRules(.sameDayLastOut), [ada([0], [3]), bo])?.contains("not same-day") == true)
    #expect(violation(two, RecognitionRules(.longTermLastOut), [ada([0], [3]), bo])?.contains("1 days later") == true)
    let undated = owners([("Ada", [nil, nil]), ("Bo", [1, 2])])
    #expect(
      violation(undated, RecognitionRules(.otherDayLastOut), [ada([0], [3]), bo])?.contains("without a day") == true)
    #expect(violation(undated, RecognitionRules(.lastRecording), [ada([0], [3]), bo]) == nil)
  }

  @Test func aProbeThatTrainedTheModelIsFoundWithItsRecording() {
    let owners = two
    func model(_ beat: Int, validated: Bool = false) -> ModelHistory {
      let seen: Set<UInt64> = [owners.identities[beat]]
      return ModelHistory(
        people: ["Ada"], seen: validated ? SeenBeats(validated: seen) : SeenBeats(trained: seen))
    }
    let enrolled = [ada([0, 1, 2], [3, 4]), bo]
    let rules = RecognitionRules(.firstSecond)
    #expect(violation(owners, rules, enrolled, model: model(0)) == nil)
    // Beat 5 probes not itself, but its recording does.
    for beat in [3, 5] {
      for validated in [false, true] {
        #expect(
          violation(owners, rules, enrolled, model: model(beat, validated: validated))?.hasPrefix(
            "2 of 5 probe beats (1 recordings) have made the model") == true)
      }
    }
  }

  @Test(arguments: [(-26, true), (-25, false), (25, false), (26, true)] as [(Int64, Bool)])
  func aBeatThatWasCutALittleOffCountsAsSeen(shift: Int64, isHonest: Bool) {
    let seen = BeatOwners.identity(person: "Ada", recording: "rec_1", rPeak: 523 + shift)
    let model = ModelHistory(people: [], seen: SeenBeats(trained: [seen]))
    let found = violation(two, RecognitionRules(.firstSecond), [ada([0], [4]), bo], model: model)
    #expect((found == nil) == isHonest)
  }

  @Test func subjectDisjointMeansNeverSeen() throws {
    let owners = owners([("Ada", [1, 2]), ("Bo", [1, 2]), ("Cy", [1, 2]), ("Di", [1, 2])])
    var rules = RecognitionRules(.firstSecond)
    rules.isSubjectDisjoint = true
    // Ada by name, Bo by a beat.
    let model = ModelHistory(people: ["Ada"], seen: SeenBeats(trained: [owners.identities[6]]))
    let trial = try RecognitionTrial(owners, by: rules, model: model)
    #expect(trial.enrolled.map(\.person) == [2, 3])
    #expect(trial.leftOut.map(\.person) == [0, 1] && trial.leftOut.allSatisfy { $0.reason == .seen })
    let cheating = [
      RecognitionTrial.Participant(0, enrolment: [0], probes: [3]), .init(3, enrolment: [18], probes: [21]),
    ]
    #expect(violation(owners, rules, cheating, model: model)?.contains("on 1 of the people") == true)
    let everybody = ModelHistory(people: ["Ada", "Bo", "Cy"], seen: SeenBeats())
    #expect(throws: RecognitionError.self) { try RecognitionTrial(owners, by: rules, model: everybody) }
  }

  @Test func strangersAreUnseenAndNotEnrolled() throws {
    let owners = owners([("Ada", [1, 2]), ("Bo", [1, 2]), ("Cy", [1]), ("Di", [1, 2]), ("Ed", [1, 2])])
    var rules = RecognitionRules(.firstSecond, seed: 9)
    rules.strangerCount = 2
    let model = ModelHistory(people: ["Ada", "Bo"], seen: SeenBeats())
    let trial = try RecognitionTrial(owners, by: rules, model: model)
    #expect(trial.strangers.count == 2)
    for stranger in trial.strangers {
      #expect([2, 3, 4].contains(stranger.person) && stranger.enrolment.isEmpty)
      #expect(stranger.probes.count == owners.people.count { $0 == stranger.person })
      #expect(!trial.enrolled.contains { $0.person == stranger.person })
    }
    rules.strangerCount = 4
    #expect(throws: RecognitionError.self) { try RecognitionTrial(owners, by: rules, model: model) }
    #expect(
      violation(
        two, RecognitionRules(.firstSecond), [ada([0], [3])], strangers: [.init(1, enrolment: [6], probes: [9])])
        == "a stranger is enrolled")
    #expect(
      violation(
        two, RecognitionRules(.firstSecond), [ada([0], [3])], strangers: [.init(1, enrolment: [], probes: [9])],
        model: ModelHistory(people: ["Bo"], seen: SeenBeats())) == "the model has been trained on a stranger")
  }

  // MARK: Training

  @Test(arguments: RecognitionProtocol.allCases)
  func aModelTrainedByItsCounterpartMayBeJudged(recognition: RecognitionProtocol) throws {
    let owners = owners(
      [("Ada", [1, 1, 2, 50]), ("Bo", [1, 1, 1]), ("Cy", [3, 3]), ("Di", [1, 20, 45, 45])], beats: 10)
    let split = Split(owners, by: SplitRules(recognition.training, seed: 1))
    #expect(!split.training.isEmpty && !split.validation.isEmpty)
    let model = ModelHistory(
      people: Set(split.people.map { owners.names[Int($0)] }), seen: SeenBeats().adding(split, of: owners))
    var rules = RecognitionRules(recognition)
    rules.enrolsEverybody = true
    let trial = try RecognitionTrial(owners, by: rules, model: model)
    #expect(!trial.probing.isEmpty)
  }

  @Test(arguments: [
    EvaluationProtocol.firstSecond, .sameDayLastOut, .otherDayLastOut, .shortTermLastOut, .longTermLastOut,
  ])
  func whatEnrolsTrainsAndWhatProbesTests(evaluation: EvaluationProtocol) throws {
    let people =
      [
        ("Ada", [1, 1, 2, 50]), ("Bo", [1, 1, 1]), ("Cy", [3, 3]), ("Di", [1, 20, 45, 45]), ("Ed", [4]),
        ("Fay", [nil, nil]),
      ] as [(name: String, days: [Int?])]
    let owners = owners(people, beats: 20)
    func split(seed: UInt64) -> Split { Split(owners, by: SplitRules(evaluation, seed: seed)) }
    let first = split(seed: 1)
    var rules = RecognitionRules(try #require(RecognitionProtocol(rawValue: evaluation.rawValue)))
    rules.enrolsEverybody = true
    let trial = try RecognitionTrial(owners, by: rules, model: nobody)
    #expect(first.people == trial.enrolled.map(\.person))
    #expect(Set(first.test) == Set(trial.enrolled.flatMap(\.probes)))
    #expect(Set(first.training + first.validation) == Set(trial.enrolled.flatMap(\.enrolment)))
    #expect(Set(first.training).isDisjoint(with: first.validation))
    // 10 % of each person's beats that enrol.
    for participant in trial.enrolled {
      let count = first.validation.count { owners.people[$0] == participant.person }
      #expect(count == participant.enrolment.count / 10)
    }
    let second = split(seed: 2)
    #expect(split(seed: 1) == first && second.training != first.training && second.test == first.test)
    // On the same file again, with what it has seen, it is divided as before.
    let again = Split(
      owners, by: SplitRules(evaluation, seed: 1), seen: SeenBeats().adding(first, of: owners),
      known: Set(first.people.map { owners.names[Int($0)] }))
    #expect(again == first)
    #expect(first.leftOut.map(\.reason) == (evaluation == .firstSecond ? [] : [.undated]))
  }
}
