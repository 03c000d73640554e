import ECGExport
import Foundation

extension PreparedBeats {
  /// The beats of several files as if they were one; the digest names all of them.
  ///
  /// Throws `mismatch` for files that were prepared in different ways, and for people of the same name in two of them: they
  /// may be one person or two, which only their names can tell (`ecgid prepare --prefix`).
  public static func read(_ urls: [URL]) throws -> (beats: PreparedBeats, digest: String) {
    guard let first = urls.first else { throw WorkflowError.option("there is no file of prepared beats") }
    var (joined, digest) = try read(first)
    for url in urls.dropFirst() {
      let (next, ownDigest) = try read(url)
      try joined.append(next, from: url.path)
      digest += "\n" + ownDigest
    }
    return (joined, digest)
  }

  private mutating func append(_ other: PreparedBeats, from path: String) throws {
    guard other.beatLength == beatLength, other.preprocessing == preprocessing,
      other.leftOutReasons == leftOutReasons
    else { throw WorkflowError.mismatch("\(path) was prepared in another way than the file before it") }
    if let name = Set(people).intersection(other.people).min() {
      throw WorkflowError.mismatch(
        "\(path) has a person “\(name)”, and so has a file before it: prepare one of them with --prefix")
    }
    let (person, recording) = (Int32(people.count), Int32(recordings.count))
    people += other.people
    recordings += other.recordings.map {
      var own = $0
      own.person += person
      return own
    }
    personOfBeat += other.personOfBeat.map { $0 + person }
    recordingOfBeat += other.recordingOfBeat.map { $0 + recording }
    qualities = qualities.isEmpty || other.qualities.isEmpty ? [] : qualities + other.qualities
    beats += other.beats
    rPeaks += other.rPeaks
    source += "; " + other.source
  }
}
