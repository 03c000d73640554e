import ECGCore
import ECGExport
import ECGMetrics
import Foundation

/// Scores of known people's recordings as if they were still to come: each is compared with references of its person's
/// earlier recordings alone.
///
/// Beats of the recordings that references come from score lower than those of any later one, so a threshold chosen on
/// them turns away more of the known people's later beats than it promises. Here step i scores the beats of everybody's
/// recording i, counted from 0; the references are all those of people who have no such recording, and of the others
/// those of recordings before it.
///
/// The network has learned from these recordings, too, which no choice of references undoes.
struct LaterRecordingScores {
  private(set) var scores: [Float] = []
  private(set) var people: [Int32] = []
  private(set) var recordings: [Int32] = []

  /// - Parameters:
  ///   - references: what strangers are measured against in the end; they are scored, too.
  ///   - validation: other beats of the same recordings; those of recordings without references are passed over.
  /// - Throws: what `OutlierScorer` throws.
  init(
    references: KnownBeats, validation: KnownBeats, dimensions: Int, neighbourCount: Int
  ) throws(Status) {
    let order = RecordingOrder(references)
    let beats = references + validation
    let places = beats.recordings.map { order.place[$0] }
    let steps = inParallel(
      Array(order.steps), workers: ProcessInfo.processInfo.activeProcessorCount, makeContext: {}
    ) { step, _ in
      Result { () throws(Status) -> (rows: [Int], scores: [Float]) in
        let kept = (0..<references.count).filter {
          order.count[references.people[$0]]! <= step || places[$0]! < step
        }
        guard kept.count > neighbourCount else { return ([], []) }
        let scorer = try OutlierScorer(
          features: references.rows(kept, dimensions: dimensions).features, dimensions: dimensions,
          neighbourCount: neighbourCount)
        let rows = (0..<beats.count).filter { places[$0] == step }
        return (rows, try scorer.scores(of: beats.rows(rows, dimensions: dimensions).features))
      }
    }
    for step in steps {
      let (rows, scores) = try step!.get()
      self.scores += scores
      people += rows.map { beats.people[$0] }
      recordings += rows.map { beats.recordings[$0] }
    }
  }

  /// Scores that are known already.
  init(scores: [Float], people: [Int32], recordings: [Int32]) {
    self.scores = scores
    self.people = people
    self.recordings = recordings
  }

  /// Recordings that must be there before a rate can be promised.
  static func recordingsNeeded(forFalseAlarmRate rate: Double) -> Int? {
    Int(exactly: (1 / rate - 1e-9).rounded(.up)).map { $0 - 1 }
  }

  /// The least score that a beat of a recording to come exceeds with a probability of at most `rate`, if recordings to
  /// come are like these; nil when there are too few to promise it.
  ///
  /// Beats of one recording are alike, so recordings are what is counted: each has the same weight, divided among its
  /// beats, and so has the one to come, which may lie beyond all of them: hierarchical conformal prediction (Lee, Barber,
  /// Willett 2023, arXiv 2306.06342).
  func threshold(forFalseAlarmRate rate: Double) -> Float? {
    let counts = Dictionary(recordings.map { ($0, 1) }, uniquingKeysWith: +)
    let share = 1 / Double(counts.count + 1)
    let allowed = rate - share + 1e-9
    guard allowed >= 0, !scores.isEmpty else { return nil }
    let descending = scores.indices.sorted { scores[$0] > scores[$1] }
    var threshold = scores[descending[0]]
    var above = 0.0
    // Of the score at hand and those equal to it.
    var atIt = 0.0
    for index in descending {
      if scores[index] < threshold {
        above += atIt
        atIt = 0
        guard above <= allowed else { break }
        threshold = scores[index]
      }
      atIt += share / Double(counts[recordings[index]]!)
    }
    return threshold
  }

  /// What is to be told of a threshold that these scores chose.
  func evidence(for threshold: Float) -> OutlierReferenceContents.LaterRecordings {
    var answers: [Int32: (correct: Int, count: Int)] = [:]
    for (person, score) in zip(people, scores) {
      answers[person, default: (0, 0)].correct += score > threshold ? 1 : 0
      answers[person, default: (0, 0)].count += 1
    }
    let interval = RateInterval(answers.values)
    return .init(
      recordings: Set(recordings).count, people: answers.count,
      falseAlarms: Double(scores.count { $0 > threshold }) / Double(max(1, scores.count)),
      lower: interval?.lower ?? 0, upper: interval?.upper ?? 1)
  }
}

/// In which order the recordings of each person came.
private struct RecordingOrder {
  /// Of a recording among its person's, from 0.
  var place: [Int32: Int] = [:]
  /// Recordings of each person.
  var count: [Int32: Int] = [:]
  /// Places at which anybody has a recording that is not the first.
  var steps: Range<Int> { 1..<max(1, count.values.max() ?? 1) }

  init(_ beats: KnownBeats) {
    var recordings: [Int32: Set<Int32>] = [:]
    for (person, recording) in zip(beats.people, beats.recordings) {
      recordings[person, default: []].insert(recording)
    }
    for (person, recordings) in recordings {
      count[person] = recordings.count
      for (index, recording) in recordings.sorted().enumerated() { place[recording] = index }
    }
  }
}
