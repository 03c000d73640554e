import Foundation

/// A recording that has not been read yet: who, which one, when, and where it lies.
public struct RecordingReference: Sendable, Hashable, CustomStringConvertible {
  /// Where the samples come from.
  public enum Source: Sendable, Hashable {
    /// A file that `openRecording` opens; the sampling rate in hertz where the file does not carry it.
    case file(URL, samplingRate: Double?)
    /// The simulator's recording of a virtual person, both counted from 1; seconds and hertz.
    case simulated(Simulator, person: Int, session: Int, duration: Double, samplingRate: Double)
  }

  public var person: String
  /// Unique among the person's recordings: "rec_2".
  public var name: String
  public var date: RecordingDate?
  public var source: Source

  public init(person: String, name: String, date: RecordingDate? = nil, source: Source) {
    self.person = person
    self.name = name
    self.date = date
    self.source = source
  }

  /// The file, if there is one.
  public var url: URL? {
    switch source {
    case .file(let url, _): url
    case .simulated: nil
    }
  }

  public var description: String { "\(person)/\(name)" }

  /// Opens the recording, without reading its samples.
  public func open() throws(RecordError) -> any RecordingFile {
    switch source {
    case .file(let url, let samplingRate):
      return try openRecording(url, samplingRate: samplingRate)
    case .simulated(let simulator, let person, let session, let duration, let samplingRate):
      let simulated = try simulator.record(
        person: person, session: session, duration: duration, samplingRate: samplingRate)
      return RecordingInMemory(simulated, name: description)
    }
  }

  /// Reads the recording as ``readRecording(_:samplingRate:lead:verifying:)`` does.
  public func read(lead: LeadChoice? = .first, verifying: Bool = true) throws(RecordError) -> Recording {
    var recording = try open().read(lead: lead, verifying: verifying)
    if let date { recording.date = date }
    return recording
  }
}

/// The recordings of a group of people.
public struct Dataset: Sendable {
  /// Where it came from, to show to people.
  public let name: String
  /// Sorted by person, then date (those without one last), then name; numbers in names count as numbers, so that rec_2
  /// comes before rec_10.
  public let recordings: [RecordingReference]
  /// What people should know of it: files that are not there, say.
  public let remarks: [String]

  public init(name: String, recordings: [RecordingReference], remarks: [String] = []) {
    self.name = name
    self.remarks = remarks
    self.recordings = recordings.sorted { a, b in
      if a.person != b.person { return inNaturalOrder(a.person, b.person) }
      if a.date != b.date { return a.date != nil && (b.date == nil || a.date! < b.date!) }
      return inNaturalOrder(a.name, b.name)
    }
  }

  /// Everybody, in the order of `recordings`.
  public var people: [String] { byPerson.map(\.person) }

  /// The recordings person by person, in the order of `recordings`.
  public var byPerson: [(person: String, recordings: ArraySlice<RecordingReference>)] {
    var groups: [(person: String, recordings: ArraySlice<RecordingReference>)] = []
    var start = 0
    for index in recordings.indices
    where index + 1 == recordings.count || recordings[index + 1].person != recordings[index].person {
      groups.append((recordings[index].person, recordings[start...index]))
      start = index + 1
    }
    return groups
  }

  /// Reads one of the recordings; nil as the lead reads all leads.
  public func read(
    _ reference: RecordingReference, lead: LeadChoice? = .first, verifying: Bool = true
  ) throws(RecordError) -> Recording {
    try reference.read(lead: lead, verifying: verifying)
  }
}
