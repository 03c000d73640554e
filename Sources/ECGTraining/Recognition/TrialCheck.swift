/// That a trial is honest, from the finished sides alone: it does not rely on how they were made.
extension RecognitionTrial {
  /// - Throws: `violation` with what is wrong and how many beats, `people` when too few are left.
  func check(_ owners: BeatOwners, signals: [UInt64], model: ModelHistory) throws(RecognitionError) {
    try checkSides(owners, signals: signals)
    try checkTimes(owners)
    try checkModel(owners, model: model)
    guard enrolled.count >= 2, !probing.isEmpty else {
      let reasons = Reason.allCases.compactMap { reason in
        let count = leftOut.count { $0.reason == reason }
        return count > 0 ? "\(count) are \(reason.rawValue)" : nil
      }
      throw .people(
        "\(rules.recognition.rawValue): \(enrolled.count) people can be enrolled and \(probing.count) of them probe;"
          + " two and one are needed" + (reasons.isEmpty ? "" : " (\(reasons.joined(separator: ", ")))"))
    }
  }

  private func checkSides(_ owners: BeatOwners, signals: [UInt64]) throws(RecognitionError) {
    let everybody = enrolled + strangers
    let people = everybody.map(\.person)
    guard Set(people).count == people.count else { throw .violation("a person takes part twice") }
    for participant in everybody {
      guard (participant.enrolment + participant.probes).allSatisfy({ owners.people[$0] == participant.person }) else {
        throw .violation("a person is given another's beats")
      }
    }
    guard strangers.allSatisfy(\.enrolment.isEmpty) else { throw .violation("a stranger is enrolled") }
    guard enrolled.allSatisfy({ !$0.enrolment.isEmpty }) else { throw .violation("a person is enrolled without beats") }

    let enrolment = enrolled.flatMap(\.enrolment)
    let probes = everybody.flatMap(\.probes)
    func shared<Key: Hashable>(_ key: (Int) -> Key) -> Int {
      let enrolled = Set(enrolment.map(key))
      return probes.count { enrolled.contains(key($0)) }
    }
    let beats = shared { owners.identities[$0] }
    guard beats == 0 else { throw .violation("\(beats) probe beats are enrolled, too") }
    if !signals.isEmpty {
      let copies = shared { signals[$0] }
      guard copies == 0 else {
        throw .violation(
          "\(copies) probe beats are copies of beats that enrol: the same recording is there under two names")
      }
    }
    guard rules.recognition.separatesRecordings else { return }
    let ofRecordings = shared { owners.recordings[$0] }
    guard ofRecordings == 0 else { throw .violation("\(ofRecordings) probe beats come from recordings that enrol") }
  }

  private func checkTimes(_ owners: BeatOwners) throws(RecognitionError) {
    guard rules.recognition.separatesRecordings else { return }
    for participant in probing {
      func days(_ beats: [Int]) -> [Int?] { Set(beats.map { owners.recordings[$0] }).map { owners.days[Int($0)] } }
      let (early, late) = (days(participant.enrolment), days(participant.probes))
      guard !(early + late).contains(nil) else {
        guard rules.recognition.daysBetween == nil else { throw .violation("a recording without a day takes part") }
        continue
      }
      for (before, after) in early.flatMap({ before in late.map { (before!, $0!) } }) {
        guard (rules.recognition.daysBetween ?? 0...Int.max).contains(after - before) else {
          throw .violation(
            "a recording that probes is \(after - before) days later than one that enrols: not"
              + " \(rules.recognition.rawValue)")
        }
      }
    }
  }

  private func checkModel(_ owners: BeatOwners, model: ModelHistory) throws(RecognitionError) {
    let seen = SeenRecordings(owners, seen: model.seen)
    func isSeen(_ beat: Int) -> Bool {
      rules.recognition.separatesRecordings ? seen.contains(owners.recordings[beat]) : seen.contains(beat: beat)
    }
    let probes = (enrolled + strangers).flatMap(\.probes)
    let trained = probes.filter(isSeen)
    guard trained.isEmpty else {
      let recordings = Set(trained.map { owners.recordings[$0] }).count
      throw .violation(
        "\(trained.count) of \(probes.count) probe beats (\(recordings) recordings) have made the model or come from"
          + " recordings that did: train it by --protocol \(rules.recognition.training.rawValue) or on other people")
    }
    func isKnown(_ participant: Participant) -> Bool {
      model.people.contains(owners.names[Int(participant.person)])
        || owners.people.indices.contains {
          owners.people[$0] == participant.person && seen.contains(owners.recordings[$0])
        }
    }
    guard !strangers.contains(where: isKnown) else { throw .violation("the model has been trained on a stranger") }
    if rules.isSubjectDisjoint {
      let known = enrolled.count(where: isKnown)
      guard known == 0 else {
        throw .violation("the model has been trained on \(known) of the people who are enrolled")
      }
    }
  }
}

extension RecognitionProtocol {
  /// How to train a model that this protocol may judge: on what enrols, at most.
  public var training: EvaluationProtocol {
    switch self {
    case .randomBeats: .pooledBeats
    case .firstSecond, .sameDaySingleShot, .otherDaySingleShot, .shortTermSingleShot, .longTermSingleShot: .firstSecond
    case .lastRecording: .lastRecording
    case .sameDayLastOut: .sameDayLastOut
    case .otherDayLastOut: .otherDayLastOut
    case .shortTermLastOut: .shortTermLastOut
    case .longTermLastOut: .longTermLastOut
    }
  }
}
