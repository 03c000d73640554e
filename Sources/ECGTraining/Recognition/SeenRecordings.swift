/// Which recordings and beats of a file have made a model.
///
/// A model names beats by person, recording and R peak. Other settings of preparation move R peaks by a few samples, so
/// a beat close to one that was seen counts as seen, too.
struct SeenRecordings {
  /// The farthest that an R peak may lie from one that was seen, in samples of the recording: 50 ms at 500 Hz.
  static let tolerance: Int64 = 25
  private let recordings: Set<Int32>
  private let beats: Set<Int>
  private let people: Set<Int32>

  init(_ owners: BeatOwners, seen: SeenBeats) {
    var beats: Set<Int> = []
    if !seen.trained.isEmpty || !seen.validated.isEmpty {
      for beat in owners.people.indices where SeenRecordings.isSeen(beat, owners, seen) { beats.insert(beat) }
    }
    self.beats = beats
    recordings = Set(beats.map { owners.recordings[$0] })
    people = Set(beats.map { owners.people[$0] })
  }

  /// Whether any beat of it was seen.
  func contains(_ recording: Int32) -> Bool { recordings.contains(recording) }
  func contains(beat: Int) -> Bool { beats.contains(beat) }
  func contains(person: Int32) -> Bool { people.contains(person) }

  private static func isSeen(_ beat: Int, _ owners: BeatOwners, _ seen: SeenBeats) -> Bool {
    if seen.contains(owners.identities[beat]) { return true }
    let person = owners.names[Int(owners.people[beat])]
    let recording = owners.recordingNames[Int(owners.recordings[beat])]
    let peak = owners.rPeaks[beat]
    return (peak - tolerance...peak + tolerance).contains {
      seen.contains(BeatOwners.identity(person: person, recording: recording, rPeak: $0))
    }
  }
}
