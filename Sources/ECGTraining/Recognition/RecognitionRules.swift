/// What a trial follows from, besides the beats and what the model has seen.
public struct RecognitionRules: Equatable, Sendable {
  public var recognition: RecognitionProtocol
  /// Only people whom the model has never seen take part.
  public var isSubjectDisjoint = false
  /// So many people, drawn by the seed among those whom the model has never seen, are not enrolled and probe with all their
  /// recordings.
  public var strangerCount = 0
  /// People who cannot probe are enrolled, too, so that there are more to be taken for.
  public var enrolsEverybody = false
  public var seed: UInt64

  public init(_ recognition: RecognitionProtocol, seed: UInt64 = 1) {
    self.recognition = recognition
    self.seed = seed
  }
}

/// What a model has been made with.
public struct ModelHistory: Equatable, Sendable {
  /// Names of the people it tells apart.
  public var people: Set<String>
  public var seen: SeenBeats

  public init(people: Set<String>, seen: SeenBeats) {
    self.people = people
    self.seen = seen
  }

  /// The people of a file, by number, who are new to the model: it neither tells anybody of their name apart nor has seen a
  /// beat of theirs.
  public func newPeople(in owners: BeatOwners) -> Set<Int32> {
    newPeople(in: owners, seen: SeenRecordings(owners, seen: seen))
  }

  func newPeople(in owners: BeatOwners, seen: SeenRecordings) -> Set<Int32> {
    Set(owners.names.indices.map(Int32.init)).filter {
      !people.contains(owners.names[Int($0)]) && !seen.contains(person: $0)
    }
  }
}
