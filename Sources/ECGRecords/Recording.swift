/// One lead of a recording.
public struct Lead: Sendable, Equatable {
  /// As the file names it ("I", "MLII"); may be empty.
  public var name: String
  /// Millivolts, one value per sampling period. NaN where the recorder stored no valid sample.
  public var samples: [Float]

  public init(name: String, samples: [Float]) {
    self.name = name
    self.samples = samples
  }
}

/// A recording in memory: one or more leads of equal length, sampled together.
public struct Recording: Sendable, Equatable {
  /// Hertz.
  public var samplingRate: Double
  public var leads: [Lead]
  /// Free text from the file's header, one entry a line, without the comment mark.
  public var comments: [String]
  /// The day on which it was recorded, where the file tells.
  public var date: RecordingDate?

  public init(samplingRate: Double, leads: [Lead], comments: [String] = [], date: RecordingDate? = nil) {
    self.samplingRate = samplingRate
    self.leads = leads
    self.comments = comments
    self.date = date
  }

  /// Samples per lead.
  public var sampleCount: Int { leads.first?.samples.count ?? 0 }

  /// Seconds.
  public var duration: Double { Double(sampleCount) / samplingRate }
}

/// Which lead of a recording to read.
public enum LeadChoice: Sendable, Hashable, CustomStringConvertible {
  /// Counted from 0.
  case index(Int)
  /// As the file names it; upper and lower case are told apart only if that is needed to decide. Two names with a hyphen between
  /// them mean the first lead less the second.
  case name(String)

  /// The lead that is read when nobody chooses.
  public static let first = LeadChoice.index(0)

  /// A choice as a person types it: a whole number is an index, everything else a name.
  public init(_ text: String) {
    if let index = Int(text) { self = .index(index) } else { self = .name(text) }
  }

  public var description: String {
    switch self {
    case .index(let index): "number \(index)"
    case .name(let name): "\"\(name)\""
    }
  }

  /// The chosen position among `names`, or nil if there is none.
  func position(in names: [String]) -> Int? {
    switch self {
    case .index(let index):
      return names.indices.contains(index) ? index : nil
    case .name(let name):
      let wanted = name.lowercased()
      return names.firstIndex(of: name) ?? names.firstIndex { $0.lowercased() == wanted }
    }
  }

  /// The positions of two leads whose difference is meant, or nil; names may have hyphens themselves.
  func difference(in names: [String]) -> (Int, Int)? {
    guard case .name(let name) = self else { return nil }
    for hyphen in name.indices.dropFirst().dropLast() where name[hyphen] == "-" {
      let parts = [name[..<hyphen], name[name.index(after: hyphen)...]].map { LeadChoice.name(String($0)) }
      if let first = parts[0].position(in: names), let second = parts[1].position(in: names) { return (first, second) }
    }
    return nil
  }
}
