import ECGCore

/// How scores against enrolled people were calibrated, in place: what a device needs of it. `VerificationScale` of
/// ECGIdentity gives it its meaning.
public struct VerificationReference {
  /// Beats at each look, ascending.
  public let beatCounts: UnsafeBufferPointer<Int32>
  /// Impostor rates, descending.
  public let impostorRates: UnsafeBufferPointer<Float>
  /// Looks × rates: the least score with that rate or a smaller one.
  public let impostorScores: UnsafeBufferPointer<Float>
  /// People who were compared with each other.
  public let people: Int
  /// What decisions promise.
  public let falseAcceptanceRate: Double

  init(_ file: HDF5File, _ group: HDF5File.Object) throws(Status) {
    let counts = try file.dataset("beat_counts", of: group)
    let rates = try file.dataset("impostor_rates", of: group)
    let scores = try file.dataset("impostor_scores", of: group)
    guard counts.rank == 1, rates.rank == 1, scores.hasShape(counts.count, rates.count) else { throw .malformed }
    beatCounts = try counts.int32()
    impostorRates = try rates.float32()
    impostorScores = try scores.float32()
    let people = try file.attribute("people", of: group).integer()
    guard people >= 1, people <= Int64(Int32.max) else { throw .malformed }
    self.people = Int(people)
    falseAcceptanceRate = try file.attribute("false_acceptance_rate", of: group).number()
  }
}
