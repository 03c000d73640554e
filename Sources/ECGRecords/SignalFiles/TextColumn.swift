/// What a column of a text file holds, told by its heading: "I", "I [uV]", "ECG_mV", "time (ms)", "sample".
struct TextColumn: Equatable {
  enum Role: Equatable {
    case lead
    case time(secondsPerUnit: Double)
    /// Numbers of samples or rows.
    case counter
  }

  var name: String
  var unit: String
  var role: Role

  /// - Parameters:
  ///   - unit: the unit where the heading names none.
  ///   - isFirst: whether it is the first of several columns; without a heading, that counts rows, as pandas writes it.
  init(heading: String, unit: String? = nil, isFirst: Bool = false) {
    let (name, named) = Self.split(heading)
    self.name = name
    self.unit = named ?? unit ?? "mV"
    let words = name.lowercased().split { !$0.isLetter }.map(String.init)
    let first = words.first ?? ""
    // A heading may be a unit alone: "ms", "seconds"; but not "s", which may be a lead's name.
    let isUnitOfTime = words.count == 1 && first.count > 1 && secondsPerUnit[first] != nil
    if timeWords.contains(first) || ["time", "timestamp"].contains(words.last) || isUnitOfTime {
      role = .time(secondsPerUnit: named.flatMap { secondsPerUnit[$0.lowercased()] } ?? secondsPerUnit[first] ?? 1)
    } else if counterWords.contains(first) || (isFirst && first.isEmpty) {
      role = .counter
    } else {
      role = .lead
    }
  }

  /// The name and the unit behind it: in square brackets; in parentheses or after a blank, an underscore or a slash where
  /// it is a unit that we know.
  private static func split(_ heading: String) -> (name: String, unit: String?) {
    func trimmed(_ text: Substring) -> String {
      String(text.drop { " _/".contains($0) }.reversed().drop { " _/".contains($0) }.reversed())
    }
    for (open, close) in [("[", "]"), ("(", ")")] as [(Character, Character)] where heading.last == close {
      guard let start = heading.lastIndex(of: open) else { continue }
      let unit = trimmed(heading[heading.index(after: start)...].dropLast())
      if open == "[" || isUnit(unit) { return (trimmed(heading[..<start]), unit) }
    }
    if let mark = heading.lastIndex(where: { " _/".contains($0) }), mark > heading.startIndex {
      let unit = heading[heading.index(after: mark)...]
      // "lead_v" is a name, "lead_V" has a unit.
      if unit != "v", isUnit(String(unit)) { return (trimmed(heading[..<mark]), String(unit)) }
    }
    return (heading, nil)
  }

  static func isUnit(_ text: String) -> Bool {
    millivolts(perUnit: text) != nil || secondsPerUnit[text.lowercased()] != nil
  }
}

private let timeWords: Set<String> = ["time", "t", "timestamp", "timestamps", "elapsed", "zeit", "temps", "tiempo"]
private let counterWords: Set<String> = ["sample", "samples", "index", "idx", "unnamed", "row"]

private let secondsPerUnit: [String: Double] = [
  "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1, "hh:mm:ss": 1, "hh:mm:ss.mmm": 1, "mm:ss.mmm": 1,
  "ms": 1e-3, "msec": 1e-3, "millisecond": 1e-3, "milliseconds": 1e-3,
  "us": 1e-6, "\u{B5}s": 1e-6, "\u{3BC}s": 1e-6, "usec": 1e-6, "microseconds": 1e-6, "ns": 1e-9, "nanoseconds": 1e-9,
  "min": 60, "minutes": 60, "h": 3600, "hours": 3600,
]
