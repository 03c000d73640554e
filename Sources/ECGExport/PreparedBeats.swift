import ECGCore
import ECGModelFile
import Foundation

/// Beats cut from recordings and whose they are: what `ecgid prepare` writes and `ecgid train` reads.
///
/// One HDF5 file in the same subset as a model file, so that h5py reads it and damage is found before training begins.
public struct PreparedBeats: Equatable, Sendable {
  /// One recording, in the order that `recordings` numbers them.
  public struct Recording: Equatable, Sendable {
    /// As the data set names it, for example "Person_07/rec_2".
    public var name: String
    /// Whose it is: a number in `people`.
    public var person: Int32
    /// Year, month and day as ISO 8601 has them, or empty when it is not known.
    public var date: String
    /// How many beats were left out, one number per reason.
    public var leftOut: [Int32]
    /// The quality of its signal, 0 to 1; nil in a file that does not say.
    public var quality: Float?

    public init(name: String, person: Int32, date: String = "", leftOut: [Int32] = [], quality: Float? = nil) {
      self.quality = quality
      self.name = name
      self.person = person
      self.date = date
      self.leftOut = leftOut
    }
  }

  /// One of the numbers of the preprocessing configuration.
  public struct Setting: Equatable, Sendable {
    public var name: String
    public var value: Double
    public init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// Beats × `beatLength` values, one beat after the other.
  public var beats: [Float] = []
  /// Samples in one beat.
  public var beatLength: Int
  /// Of the beats, in Hz.
  public var samplingRate: Double
  /// Each beat's person: a number in `people`.
  public var personOfBeat: [Int32] = []
  /// Each beat's recording: a number in `recordings`.
  public var recordingOfBeat: [Int32] = []
  /// Each beat's R peak: the position in its recording, in samples of the recording at its own rate.
  public var rPeaks: [Int64] = []
  /// Each beat's quality, 0 to 1; empty in a file that does not say.
  public var qualities: [Float] = []
  public var people: [String] = []
  /// A person's recordings in order of date.
  public var recordings: [Recording] = []
  /// What the numbers of `Recording.leftOut` count, for example "flat".
  public var leftOutReasons: [String] = []
  /// The preprocessing configuration that the beats were cut with.
  public var preprocessing: [Setting] = []
  /// Where the recordings come from, for people to read.
  public var source: String

  public var count: Int { personOfBeat.count }

  public init(beatLength: Int, samplingRate: Double, source: String = "") {
    self.beatLength = beatLength
    self.samplingRate = samplingRate
    self.source = source
  }

  private static let formatVersion = 1
  private static let group = "prepared"

  // MARK: Writing

  /// Writes the whole file or nothing. Returns its SHA-256 in hexadecimal, by which a model can name exactly the beats
  /// that it was trained on; the same beats give the same.
  @discardableResult
  public func write(to url: URL) throws(ExportError) -> String {
    if let problem { throw .content("prepared beats: \(problem)") }
    let image = try HDF5Writer.image(for: url.path) { (writer) throws(ExportError) in try build(writer) }
    let digest = try seal(image, digest: "digest", in: "prepared", path: url.path)
    try writeWhole(image.content, to: url)
    return digest
  }

  private func build(_ writer: HDF5Writer) throws(ExportError) {
    let group = PreparedBeats.group
    try writer.attribute("format_version", of: group, Int32(PreparedBeats.formatVersion))
    try writer.attribute("sampling_rate", of: group, samplingRate)
    try writer.attribute("source", of: group, source)
    try writer.dataset("\(group)/beats", beats, [count, beatLength])
    try writer.dataset("\(group)/person_of_beat", personOfBeat, [count])
    try writer.dataset("\(group)/recording_of_beat", recordingOfBeat, [count])
    try writer.dataset("\(group)/r_peaks", rPeaks, [count])
    if !qualities.isEmpty { try writer.dataset("\(group)/qualities", qualities, [count]) }
    try writer.dataset("\(group)/people", people)
    try writer.dataset("\(group)/recordings", recordings.map(\.name))
    try writer.dataset("\(group)/recording_people", recordings.map(\.person), [recordings.count])
    try writer.dataset("\(group)/recording_dates", recordings.map(\.date))
    if recordings.contains(where: { $0.quality != nil }) {
      try writer.dataset(
        "\(group)/recording_qualities", recordings.map { $0.quality ?? .nan }, [recordings.count])
    }
    try writer.dataset("\(group)/left_out_reasons", leftOutReasons)
    try writer.dataset(
      "\(group)/left_out", recordings.flatMap(\.leftOut), [recordings.count, leftOutReasons.count])
    try writer.group("\(group)/preprocessing")
    for setting in preprocessing {
      try writer.attribute(setting.name, of: "\(group)/preprocessing", setting.value)
    }
    try writer.dataset("\(group)/digest", [UInt8](repeating: 0, count: 32), [32])
  }

  /// What does not fit together, if anything.
  private var problem: String? {
    let (size, overflow) = count.multipliedReportingOverflow(by: beatLength)
    if count == 0 { return "there are none" }
    if beatLength <= 0 || overflow || beats.count != size {
      return "\(beats.count) values for \(count) beats of \(beatLength) samples"
    }
    if !(samplingRate.isFinite && samplingRate > 0) { return "a sampling rate of \(samplingRate) Hz" }
    if recordingOfBeat.count != count || rPeaks.count != count
      || !(qualities.isEmpty || qualities.count == count)
    {
      return "the tables differ in length"
    }
    if let person = personOfBeat.first(where: { !people.indices.contains(Int($0)) }) {
      return "a beat of person \(person), of \(people.count)"
    }
    if let recording = recordingOfBeat.first(where: { !recordings.indices.contains(Int($0)) }) {
      return "a beat of recording \(recording), of \(recordings.count)"
    }
    for recording in recordings {
      if !people.indices.contains(Int(recording.person)) {
        return "recording “\(recording.name)” of person \(recording.person), of \(people.count)"
      }
      if recording.leftOut.count != leftOutReasons.count {
        return "recording “\(recording.name)” counts \(recording.leftOut.count) reasons of \(leftOutReasons.count)"
      }
    }
    for (beat, recording) in recordingOfBeat.enumerated()
    where recordings[Int(recording)].person != personOfBeat[beat] {
      return "beat \(beat) and its recording “\(recordings[Int(recording)].name)” belong to different people"
    }
    if let place = beats.firstIndex(where: { !$0.isFinite }) { return "beat \(place / beatLength) is not finite" }
    return nil
  }

  // MARK: Reading

  /// Reads a file that `write(to:)` wrote; an error names the file, the entry and what is wrong with it.
  public init(contentsOf url: URL) throws(ExportError) { self = try PreparedBeats.read(url).beats }

  /// Reads a file, and says its SHA-256 in hexadecimal.
  public static func read(_ url: URL) throws(ExportError) -> (beats: PreparedBeats, digest: String) {
    let reader = try HDF5Reader(url)
    defer { withExtendedLifetime(reader) {} }
    do {
      _ = try reader.group(group)
    } catch {
      throw reader.damaged("", "this is not a file of prepared beats; make one with “ecgid prepare”")
    }
    let version = try reader.integer("format_version", of: group)
    guard version == PreparedBeats.formatVersion else {
      throw reader.damaged("", "format version \(version) is unknown to this program; prepare the beats again")
    }
    let seal = try reader.dataset("\(group)/digest")
    let content = try reader.reading("\(group)/digest") { () throws(Status) in
      guard seal.bytes.count == 32, seal.element == .unsignedInteger else { throw .malformed }
      let content = try reader.file.digest(zeroing: seal)
      for index in 0..<32 where content[index] != seal.bytes[index] { throw .digest }
      return content
    }
    let table = try reader.dataset("\(group)/beats")
    guard table.rank == 2 else { throw reader.damaged("\(group)/beats", "not a table of beats × samples") }
    var prepared = PreparedBeats(
      beatLength: table.sizes.1, samplingRate: try reader.number("sampling_rate", of: group),
      source: try reader.text("source", of: group))
    func values<T>(_ name: String, _ body: (Entry) throws(Status) -> UnsafeBufferPointer<T>) throws(ExportError) -> [T]
    {
      let entry = try reader.dataset("\(group)/\(name)")
      return try reader.reading("\(group)/\(name)") { () throws(Status) in Array(try body(entry)) }
    }
    prepared.beats = try values("beats") { (entry) throws(Status) in try entry.float32() }
    prepared.personOfBeat = try values("person_of_beat") { (entry) throws(Status) in try entry.int32() }
    prepared.recordingOfBeat = try values("recording_of_beat") { (entry) throws(Status) in try entry.int32() }
    prepared.rPeaks = try values("r_peaks") { (entry) throws(Status) in try entry.int64() }
    if reader.has("\(group)/qualities") {
      prepared.qualities = try values("qualities") { (entry) throws(Status) in try entry.float32() }
    }
    prepared.people = try reader.texts("\(group)/people")
    let reasons = try reader.texts("\(group)/left_out_reasons")
    let names = try reader.texts("\(group)/recordings")
    let dates = try reader.texts("\(group)/recording_dates")
    let owners = try values("recording_people") { (entry) throws(Status) in try entry.int32() }
    let leftOut = try values("left_out") { (entry) throws(Status) in try entry.int32() }
    let qualities =
      reader.has("\(group)/recording_qualities")
      ? try values("recording_qualities") { (entry) throws(Status) in try entry.float32() }
      : [Float](repeating: .nan, count: names.count)
    guard qualities.count == names.count, dates.count == names.count, owners.count == names.count,
      leftOut.count == names.count * reasons.count
    else { throw reader.damaged("\(group)/recordings", "the tables of recordings differ in length") }
    for (index, name) in names.enumerated() {
      let counts = leftOut[index * reasons.count..<(index + 1) * reasons.count]
      prepared.recordings.append(
        Recording(
          name: name, person: owners[index], date: dates[index], leftOut: Array(counts),
          quality: qualities[index].isNaN ? nil : qualities[index]))
    }
    prepared.preprocessing = try reader.numbers(of: "\(group)/preprocessing").map { Setting($0.name, $0.value) }
    prepared.leftOutReasons = reasons
    if let problem = prepared.problem { throw reader.damaged(group, problem) }
    return (prepared, content.hexadecimal)
  }
}
