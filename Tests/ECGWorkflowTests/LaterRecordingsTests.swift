import ECGExport
import ECGTestSupport
import ECGTraining
import ECGWorkflowTestSupport
import Foundation
import Testing

@testable import ECGArchitectures
@testable import ECGWorkflow

/// Scores and thresholds of later recordings against scikit-learn and a search of all scores;
/// `Tests/Vectors/identity.py` made the values.
@Suite struct LaterRecordingsTests {
  /// References and other beats, and the expected scores by recording.
  private static func example() throws -> (references: KnownBeats, others: KnownBeats, scores: [Int32: [Double]]) {
    let features = try Vectors.float32("identity-later-features")
    let rows = try Vectors.int32("identity-later-owners").chunked(3)
    let scores = try Vectors.float64("identity-later-scores")
    let all = KnownBeats(features: features, people: rows.map { $0[1] }, recordings: rows.map { $0[2] })
    let parts = [1, 0].map { part in
      all.rows(rows.indices.filter { rows[$0][0] == part }, dimensions: features.count / rows.count)
    }
    let scored = zip(rows, scores).filter { !$0.1.isNaN }
    return (parts[0], parts[1], Dictionary(grouping: scored) { $0.0[2] }.mapValues { $0.map(\.1).sorted() })
  }

  @Test func recordingsAreScoredAgainstEarlierOnesAlone() throws {
    let (references, others, expected) = try Self.example()
    let found = try LaterRecordingScores(references: references, validation: others, dimensions: 6, neighbourCount: 10)
    let scores = Dictionary(grouping: zip(found.recordings, found.scores)) { $0.0 }
    #expect(scores.count == 25 && Set(scores.keys) == Set(expected.keys))
    for (recording, scores) in scores {
      let sorted = scores.map { Double($0.1) }.sorted()
      #expect(sorted.count == 9)
      for (score, expected) in zip(sorted, expected[recording] ?? []) {
        #expect(abs(score - expected) < 1e-5 * expected)
      }
    }
    let owner = Dictionary(zip(references.recordings, references.people), uniquingKeysWith: { first, _ in first })
    #expect(zip(found.people, found.recordings).allSatisfy { $0 == owner[$1] })
  }

  @Test func thresholdsKeepTheirPromiseByRecordings() throws {
    let (references, others, _) = try Self.example()
    let found = try LaterRecordingScores(references: references, validation: others, dimensions: 6, neighbourCount: 10)
    for pair in try Vectors.float64("identity-later-thresholds").chunked(2) {
      let threshold = found.threshold(forFalseAlarmRate: pair[0])
      guard pair[1].isNaN else {
        #expect(abs(Double(try #require(threshold)) - pair[1]) < 1e-5 * pair[1])
        continue
      }
      #expect(threshold == nil)
    }
    #expect(LaterRecordingScores.recordingsNeeded(forFalseAlarmRate: 0.05) == 19)
  }

  @Test func equalScoresAreTurnedAwayTogetherOrNotAtAll() {
    // Three recordings, of which the first has four equal beats: 2 × ¼ of the weight lies above 1.
    let scores = LaterRecordingScores(
      scores: [2, 2, 2, 2, 1, 1, 1, 3], people: [0, 0, 0, 0, 1, 1, 1, 2], recordings: [0, 0, 0, 0, 1, 1, 1, 2])
    #expect(scores.threshold(forFalseAlarmRate: 0.75) == 1)
    #expect(scores.threshold(forFalseAlarmRate: 0.74) == 2)
    #expect(scores.threshold(forFalseAlarmRate: 0.25) == 3)
    #expect(scores.threshold(forFalseAlarmRate: 0.24) == nil)
    let evidence = scores.evidence(for: 2)
    #expect(evidence.recordings == 3 && evidence.people == 3 && evidence.falseAlarms == 1 / 8)
    #expect(evidence.lower < 1 / 8 && evidence.upper > 1 / 8)
  }

  /// A model says what its threshold rests on; without later recordings it says that, too.
  @Test func theFileSaysWhatTheThresholdRestsOn() throws {
    let prepared = simulatedBeats(people: 5)
    let folder = try TemporaryFolder()
    for (evaluation, recordings) in [(EvaluationProtocol.lastRecording, 5), (.developRecording, nil)] {
      let url = folder.url.appending(path: "\(evaluation).h5")
      var training = TrainingOptions(epochs: 2, batchSize: 16)
      training.checkpointInterval = 0
      var options = ModelTrainingOptions(architecture: .tiny, training: training)
      options.evaluation = evaluation
      options.outliers?.neighbourCount = 5
      options.outliers?.falseAlarmRate = 0.2
      let result = try trainModel(prepared, digest: "abc", options: options, output: url)
      let read = try #require(try ModelContents(contentsOf: url).outlierReference)
      #expect(read.later == result.outliers?.later && read.later?.recordings == recordings)
      #expect(try OutlierReferenceContents.LaterRecordings(ofModelAt: url) == read.later)
      let said = read.thresholdLines.joined(separator: " ")
      #expect(said.contains(recordings == nil ? "of the recordings that trained" : "5 recordings of 5 people"))
    }
  }
}

extension Array {
  fileprivate func chunked(_ size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<$0 + size]) }
  }
}
