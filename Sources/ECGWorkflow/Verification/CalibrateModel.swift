import ECG
import ECGExport
import ECGTraining
import Foundation

/// What `calibrateModel` did.
public struct ModelCalibration: Sendable {
  public var verification: VerificationContents
  /// People of the file whose beats made the model, and who are left out.
  public var seenPeople: Int
  /// People left out for want of beats.
  public var tooFewBeats: [String]
}

/// Writes a copy of a model that knows what scores against enrolled people mean, as measured on people whom it was not
/// trained on.
///
/// - Parameters:
///   - beatCounts: beats at each look, ascending.
///   - digest: the SHA-256 of the file of prepared beats.
/// - Throws: `WorkflowError` when the model does not say which beats made it, when these beats were prepared otherwise
///   than it asks for, or when too few people are left to promise the rate.
public func calibrateModel(
  _ url: URL, on prepared: PreparedBeats, digest: String, falseAcceptanceRate rate: Double,
  beatCounts: [Int] = [1, 2, 4, 8, 16], to output: URL
) throws -> ModelCalibration {
  guard rate > 0, rate < 1 else {
    throw WorkflowError.option("a false acceptance rate lies between 0 and 1; \(rate) does not")
  }
  let loaded = try LoadedModel(contentsOf: url)
  let differences = try settingsThatDiffer(loaded, prepared)
  guard differences.isEmpty else {
    throw WorkflowError.mismatch(
      "these beats were prepared otherwise than \(url.path) asks for (\(differences.joined(separator: ", "))):"
        + " prepare them anew")
  }
  var model = try ModelContents(contentsOf: url)
  let new = try ModelHistory(loaded).newPeople(in: prepared.owners).map(Int.init).sorted()
  guard !new.isEmpty else {
    throw WorkflowError.mismatch(
      "\(url.path) was trained on all \(prepared.people.count) people of these beats: scores of people whom it has seen"
        + " promise nothing about others; prepare recordings of other people")
  }
  let scores = try VerificationScores(loaded, prepared, people: new, beatCounts: beatCounts)
  let verification = try VerificationContents(
    scores, falseAcceptanceRate: rate, source: "\(prepared.source), SHA-256 \(digest)")
  model.verification = verification
  try write(model, to: output)
  return ModelCalibration(
    verification: verification, seenPeople: prepared.people.count - new.count, tooFewBeats: scores.tooFewBeats)
}
