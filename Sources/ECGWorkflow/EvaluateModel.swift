import ECG
import ECGCore
import ECGExport
import ECGIdentity
import ECGModelFile
import ECGTraining
import Foundation

/// How well a model does on beats that training never saw.
public struct Evaluation: Codable, Sendable {
  /// Correct ones among those that were tried.
  public struct Rate: Codable, Sendable {
    public var correct: Int
    public var count: Int
    public var share: Double { count > 0 ? Double(correct) / Double(count) : .nan }

    enum CodingKeys: String, CodingKey { case correct, count, share }
    public init(_ correct: Int, of count: Int) {
      self.correct = correct
      self.count = count
    }
    public init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      correct = try container.decode(Int.self, forKey: .correct)
      count = try container.decode(Int.self, forKey: .count)
    }
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(correct, forKey: .correct)
      try container.encode(count, forKey: .count)
      try container.encode(count > 0 ? share : nil, forKey: .share)
    }
  }

  /// How strangers fared.
  public struct Outliers: Codable, Sendable {
    public var threshold: Double
    public var statedFalseAlarmRate: Double
    /// Known people's test beats and recordings that were turned away, wrongly.
    public var beatFalseAlarms: Rate
    public var recordingFalseAlarms: Rate
    public var strangers: Int
    /// Strangers' beats and recordings that were turned away, rightly.
    public var beatDetections: Rate
    public var recordingDetections: Rate
    /// Area under the curve of detections over false alarms, all thresholds; nil without strangers.
    public var beatAUROC: Double?
    public var recordingAUROC: Double?
  }

  public var evaluation: String
  public var seed: UInt64
  public var people: Int
  public var trainingBeats: Int
  public var beats: Rate
  public var beatsTopFive: Rate
  /// Mean cross-entropy of the test beats.
  public var crossEntropy: Double
  /// All test beats of a recording decide together. With pooled beats they are the person's test beats of that
  /// recording, whose other beats trained.
  public var recordings: Rate
  public var outliers: Outliers?
  /// The person that each wrong recording was taken for.
  public var confusions: [Confusion]

  public struct Confusion: Codable, Sendable {
    public var recording: String
    public var person: String
    public var takenFor: String
  }
}

/// Evaluates a model on the test part of the split that it was trained with.
///
/// - Parameters:
///   - prepared: the file the model was trained on; `digest` is its SHA-256.
/// - Throws: `WorkflowError.mismatch` when the model was trained on other beats.
public func evaluateModel(
  _ loaded: LoadedModel, on prepared: PreparedBeats, digest: String, progress: (_ done: Int, _ of: Int) -> Void
) throws -> Evaluation {
  let provenance = loaded.provenance
  guard provenance["beats_sha256"] == digest else {
    throw WorkflowError.mismatch(
      "\(loaded.url.path) was trained on other prepared beats (\(provenance["source"] ?? "of unknown source"));"
        + " only the file that it was trained on says which beats it has not seen")
  }
  guard let rules = SplitRules(provenance: provenance),
    let seen = try ModelContents.SeenBeats(ofModelAt: loaded.url)
  else { throw WorkflowError.mismatch("\(loaded.url.path) does not say which beats made it: train it anew") }
  let split = Split(prepared.owners, by: rules, seen: SeenBeats(seen), known: Set(loaded.labels))
  guard Set(split.people.map { prepared.people[Int($0)] }).isSubset(of: loaded.labels) else {
    throw WorkflowError.mismatch("\(loaded.url.path) knows other people than its split has")
  }

  let recogniser = try loaded.recogniser(longestSeconds: 1, samplingRate: prepared.samplingRate)
  func answer(_ beats: [Int]) throws -> LoadedModel.Answer {
    do throws(Status) {
      return try recogniser.answer(prepared.values(of: beats))
    } catch {
      throw WorkflowError.model(file: loaded.url.path, reason: error.message)
    }
  }
  func byRecording(_ beats: [Int]) -> [(recording: Int32, beats: [Int])] {
    Dictionary(grouping: beats) { prepared.recordingOfBeat[$0] }.sorted { $0.key < $1.key }
      .map { ($0.key, $0.value) }
  }

  var result = Evaluation(
    evaluation: rules.evaluation.rawValue, seed: rules.seed, people: split.people.count,
    trainingBeats: split.training.count,
    beats: .init(0, of: 0), beatsTopFive: .init(0, of: 0), crossEntropy: 0, recordings: .init(0, of: 0),
    outliers: nil, confusions: [])
  var known = Scores()
  var strangers = Scores()
  let total = split.test.count + split.strangers.count
  var done = 0

  for (recording, beats) in byRecording(split.test) {
    let truth = Int(prepared.classes(of: [beats[0]], among: loaded.labels)[0])
    for beat in beats {
      let answer = try answer([beat])
      let probability = answer.probabilities[truth]
      result.beats.count += 1
      result.beatsTopFive.count += 1
      if answer.decision.person == truth { result.beats.correct += 1 }
      if answer.probabilities.filter({ $0 > probability }).count < 5 { result.beatsTopFive.correct += 1 }
      result.crossEntropy -= log(Double(max(probability, 1e-7)))
      known.beats.append(answer.outlierScore)
      done += 1
      progress(done, total)
    }
    let joint = try answer(beats)
    known.recordings.append(joint.outlierScore)
    result.recordings.count += 1
    if joint.decision.person == truth {
      result.recordings.correct += 1
    } else {
      result.confusions.append(
        .init(
          recording: prepared.recordings[Int(recording)].name, person: loaded.labels[truth],
          takenFor: loaded.labels[joint.decision.person]))
    }
  }
  if result.beats.count > 0 { result.crossEntropy /= Double(result.beats.count) }

  for (_, beats) in byRecording(split.strangers) {
    for beat in beats {
      strangers.beats.append(try answer([beat]).outlierScore)
      done += 1
      progress(done, total)
    }
    strangers.recordings.append(try answer(beats).outlierScore)
  }

  if let reference = loaded.model.outlierReference {
    let threshold = reference.threshold
    result.outliers = .init(
      threshold: Double(threshold), statedFalseAlarmRate: Double(reference.falseAlarmRate),
      beatFalseAlarms: rate(known.beats, above: threshold),
      recordingFalseAlarms: rate(known.recordings, above: threshold), strangers: split.strangerCount(in: prepared),
      beatDetections: rate(strangers.beats, above: threshold),
      recordingDetections: rate(strangers.recordings, above: threshold),
      beatAUROC: areaUnderCurve(negatives: known.beats, positives: strangers.beats),
      recordingAUROC: areaUnderCurve(negatives: known.recordings, positives: strangers.recordings))
  }
  return result
}

private struct Scores {
  var beats: [Float?] = []
  var recordings: [Float?] = []
}

private func rate(_ scores: [Float?], above threshold: Float) -> Evaluation.Rate {
  .init(scores.filter { $0.map { $0 > threshold } ?? false }.count, of: scores.count)
}

/// The probability that a positive's score exceeds a negative's, ties counting half (Mann–Whitney); nil when either
/// side is empty.
public func areaUnderCurve(negatives: [Float?], positives: [Float?]) -> Double? {
  let scored =
    negatives.compactMap { $0.map { (score: $0, isPositive: false) } }
    + positives.compactMap { $0.map { (score: $0, isPositive: true) } }
  let positiveCount = scored.filter(\.isPositive).count
  let negativeCount = scored.count - positiveCount
  guard positiveCount > 0, negativeCount > 0 else { return nil }
  let sorted = scored.sorted { $0.score < $1.score }
  var rankSum = 0.0
  var first = 0
  while first < sorted.count {
    var last = first
    while last + 1 < sorted.count && sorted[last + 1].score == sorted[first].score { last += 1 }
    let rank = Double(first + last) / 2 + 1
    rankSum += rank * Double(sorted[first...last].filter(\.isPositive).count)
    first = last + 1
  }
  let positivePairs = rankSum - Double(positiveCount * (positiveCount + 1)) / 2
  return positivePairs / Double(positiveCount * negativeCount)
}

extension Split {
  fileprivate func strangerCount(in prepared: PreparedBeats) -> Int {
    Set(strangers.map { prepared.personOfBeat[$0] }).count
  }
}
