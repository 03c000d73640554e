import ECGCore

/// Which beat belongs to whom and to which recording; one entry a beat, recordings numbered in order of date.
public struct BeatOwners: Sendable {
  public let people: [Int32]
  public let recordings: [Int32]
  /// Names of the people that `people` numbers.
  public let names: [String]
  /// The day of each recording, in days since any one day; nil where nobody knows.
  public let days: [Int?]
  let recordingNames: [String]
  let rPeaks: [Int64]
  /// What tells a beat from all others, in whatever file it is and whoever else is there.
  public let identities: [UInt64]

  /// - Parameters:
  ///   - names, recordingNames: what the numbers in `people` and `recordings` stand for.
  ///   - rPeaks: where each beat's R peak lies, in samples of its recording.
  ///   - days: the day of each recording, in days since any one day; empty where nobody knows any.
  public init(
    people: [Int32], recordings: [Int32], names: [String], recordingNames: [String], rPeaks: [Int64], days: [Int?] = []
  ) {
    precondition(people.count == recordings.count && people.count == rPeaks.count)
    self.people = people
    self.recordings = recordings
    self.names = names
    self.recordingNames = recordingNames
    self.rPeaks = rPeaks
    self.days = days.isEmpty ? recordingNames.map { _ in nil } : days
    identities = people.indices.map { beat in
      BeatOwners.identity(
        person: names[Int(people[beat])], recording: recordingNames[Int(recordings[beat])], rPeak: rPeaks[beat])
    }
  }

  /// The first eight bytes, little-endian, of the SHA-256 of person, recording and R peak, a line feed between them.
  static func identity(person: String, recording: String, rPeak: Int64) -> UInt64 {
    hash("\(person)\n\(recording)\n\(rPeak)")
  }

  /// The first eight bytes of a text's SHA-256.
  static func hash(_ text: String) -> UInt64 {
    var hash = SHA256()
    var text = text
    text.withUTF8 { hash.update(UnsafeRawBufferPointer($0)) }
    let digest = hash.finish()
    return (0..<8).reduce(0) { $0 | UInt64(digest[$1]) << (8 * UInt64($1)) }
  }
}

/// Beats that a model has been made with, by identity.
public struct SeenBeats: Equatable, Sendable {
  /// Those that it learned from.
  public var trained: Set<UInt64>
  /// Those that its epoch and its threshold were chosen by.
  public var validated: Set<UInt64>

  public init(trained: Set<UInt64> = [], validated: Set<UInt64> = []) {
    self.trained = trained
    self.validated = validated
  }

  public func contains(_ beat: UInt64) -> Bool { trained.contains(beat) || validated.contains(beat) }

  /// What a model has seen when it has been trained with `split`, too.
  public func adding(_ split: Split, of owners: BeatOwners) -> SeenBeats {
    SeenBeats(
      trained: trained.union(split.training.map { owners.identities[$0] }),
      validated: validated.union(split.validation.map { owners.identities[$0] }))
  }
}
