import ECGCore
import ECGIdentity
import ECGModelFile

/// What scores against enrolled people mean, as the trainer has it; `VerificationScale` of ECGIdentity says how it is read.
public struct VerificationContents: Equatable, Sendable {
  // MARK: What a device reads

  /// Beats at each look, ascending.
  public var beatCounts: [Int32]
  /// Descending.
  public var impostorRates: [Float]
  /// Looks × rates: the least score with that rate or a smaller one.
  public var impostorScores: [Float]
  /// People who were compared with each other.
  public var people: Int
  /// The false acceptance rate that is promised.
  public var falseAcceptanceRate: Double

  // MARK: The evidence, for people to read

  /// Comparisons between two people, each with all its looks.
  public var comparisons: Int
  /// Those that the thresholds for one template accept, at any look.
  public var falseAcceptances: Int
  /// The 95 % interval of their share, with people as units.
  public var falseAcceptanceInterval: ClosedRange<Double>
  /// The threshold for one template at each look.
  public var thresholds: [Float]
  /// People with another recording than the one they were enrolled by, and such recordings.
  public var genuinePeople: Int
  public var genuineComparisons: Int
  /// Those of the latter that were accepted, at any look.
  public var genuineAcceptances: Int
  /// Cumulative shares, ascending, and looks × shares: the scores of genuine comparisons below which these lie. Empty when
  /// there were none.
  public var genuineShares: [Float]
  public var genuineScores: [Float]
  /// Where the beats come from.
  public var source: String

  public init(
    beatCounts: [Int32], impostorRates: [Float], impostorScores: [Float], people: Int, falseAcceptanceRate: Double,
    comparisons: Int = 0, falseAcceptances: Int = 0, falseAcceptanceInterval: ClosedRange<Double> = 0...1,
    thresholds: [Float] = [], genuinePeople: Int = 0, genuineComparisons: Int = 0, genuineAcceptances: Int = 0,
    genuineShares: [Float] = [], genuineScores: [Float] = [], source: String = ""
  ) {
    self.beatCounts = beatCounts
    self.impostorRates = impostorRates
    self.impostorScores = impostorScores
    self.people = people
    self.falseAcceptanceRate = falseAcceptanceRate
    self.comparisons = comparisons
    self.falseAcceptances = falseAcceptances
    self.falseAcceptanceInterval = falseAcceptanceInterval
    self.thresholds = thresholds
    self.genuinePeople = genuinePeople
    self.genuineComparisons = genuineComparisons
    self.genuineAcceptances = genuineAcceptances
    self.genuineShares = genuineShares
    self.genuineScores = genuineScores
    self.source = source
  }

  /// Runs `body` on the scale that a device would read; throws `malformed` when the tables are none.
  public func withScale<R>(_ body: (VerificationScale) throws -> R) throws -> R {
    try beatCounts.withUnsafeBufferPointer { beatCounts in
      try impostorRates.withUnsafeBufferPointer { rates in
        try impostorScores.withUnsafeBufferPointer { scores in
          try body(
            VerificationScale(
              beatCounts: beatCounts, rates: rates, scores: scores, people: people, promisedRate: falseAcceptanceRate))
        }
      }
    }
  }
}

private let group = "ecg/verification"

extension VerificationContents {
  func check() throws(ExportError) {
    do {
      try withScale { _ in }
    } catch {
      throw .content("the calibration's tables do not fit together")
    }
    guard thresholds.isEmpty || thresholds.count == beatCounts.count,
      genuineScores.count == genuineShares.count * beatCounts.count, genuineScores.allSatisfy(\.isFinite)
    else { throw .content("the calibration's evidence does not fit its tables") }
  }

  func write(to writer: HDF5Writer) throws(ExportError) {
    try writer.group(group)
    try writer.dataset("\(group)/beat_counts", beatCounts, [beatCounts.count])
    try writer.dataset("\(group)/impostor_rates", impostorRates, [impostorRates.count])
    try writer.dataset("\(group)/impostor_scores", impostorScores, [beatCounts.count, impostorRates.count])
    try writer.attribute("people", of: group, Int32(clamping: people))
    try writer.attribute("false_acceptance_rate", of: group, falseAcceptanceRate)

    try writer.attribute("comparisons", of: group, Double(comparisons))
    try writer.attribute("false_acceptances", of: group, Double(falseAcceptances))
    try writer.attribute("false_acceptances_lower", of: group, falseAcceptanceInterval.lowerBound)
    try writer.attribute("false_acceptances_upper", of: group, falseAcceptanceInterval.upperBound)
    try writer.attribute("genuine_people", of: group, Int32(clamping: genuinePeople))
    try writer.attribute("genuine_comparisons", of: group, Int32(clamping: genuineComparisons))
    try writer.attribute("genuine_acceptances", of: group, Int32(clamping: genuineAcceptances))
    try writer.attribute("source", of: group, source)
    if !thresholds.isEmpty { try writer.dataset("\(group)/thresholds", thresholds, [thresholds.count]) }
    if !genuineShares.isEmpty {
      try writer.dataset("\(group)/genuine_shares", genuineShares, [genuineShares.count])
      try writer.dataset("\(group)/genuine_scores", genuineScores, [beatCounts.count, genuineShares.count])
    }
  }

  /// What a model file says; nil when it was not calibrated.
  init?(_ reader: HDF5Reader, _ file: ModelFile) throws(ExportError) {
    let found = try reader.reading(group) { () throws(Status) in try file.verification() }
    guard let found else { return nil }
    func number(_ name: String) throws(ExportError) -> Double { try reader.number(name, of: group) }
    func count(_ name: String) throws(ExportError) -> Int {
      guard let count = Int(exactly: try number(name)), count >= 0 else {
        throw reader.damaged("\(group)@\(name)", "not a count")
      }
      return count
    }
    func floats(_ name: String) throws(ExportError) -> [Float] {
      guard reader.has("\(group)/\(name)") else { return [] }
      let entry = try reader.dataset("\(group)/\(name)")
      return try reader.reading("\(group)/\(name)") { () throws(Status) in Array(try entry.float32()) }
    }
    let lower = try number("false_acceptances_lower")
    let upper = try number("false_acceptances_upper")
    guard lower <= upper else { throw reader.damaged(group, "an interval whose ends are exchanged") }
    self.init(
      beatCounts: Array(found.beatCounts), impostorRates: Array(found.impostorRates),
      impostorScores: Array(found.impostorScores), people: found.people,
      falseAcceptanceRate: found.falseAcceptanceRate, comparisons: try count("comparisons"),
      falseAcceptances: try count("false_acceptances"), falseAcceptanceInterval: lower...upper,
      thresholds: try floats("thresholds"), genuinePeople: try count("genuine_people"),
      genuineComparisons: try count("genuine_comparisons"), genuineAcceptances: try count("genuine_acceptances"),
      genuineShares: try floats("genuine_shares"), genuineScores: try floats("genuine_scores"),
      source: try reader.text("source", of: group))
  }
}
