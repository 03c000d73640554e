import ECG
import ECGCore
import ECGExport
import ECGIdentity
import ECGMetrics
import ECGNetwork
import Foundation
import Synchronization

/// Runs every beat that judges a model through it, once, on all cores.
///
/// With the file that the model was trained on, the test part of its division judges, and the people set apart are
/// strangers. With another file, or a model that does not say what trained it, all beats of people whom the model knows
/// judge, and everybody else is a stranger. Memory holds a few numbers per beat, never everybody's probabilities.
///
/// - Parameters:
///   - digest: the SHA-256 of the file of prepared beats.
///   - progress: called with the number of beats done, from any thread.
/// - Throws: `WorkflowError`: model and beats do not fit together, or the model gives no probabilities.
public func evaluateModel(
  _ loaded: LoadedModel, on prepared: PreparedBeats, digest: String,
  progress: @escaping @Sendable (_ done: Int, _ of: Int) -> Void = { _, _ in }
) throws -> Predictions {
  let beats = try EvaluationBeats(loaded, prepared, digest: digest)
  let methods = try outlierMethods(loaded, prepared, beats)
  let known = byRecording(beats.test, prepared, beats)
  let strangers = byRecording(beats.strangers, prepared, beats)
  let total = beats.test.count + beats.strangers.count
  let done = Atomic(0)
  let answers = try onAllCores(pieces(of: known + strangers), loaded) { piece, runner throws(Status) in
    let answer = try PieceAnswer(piece, prepared, runner, methods)
    progress(done.add(piece.reduce(0) { $0 + $1.beats.count }, ordering: .relaxed).newValue, total)
    return answer
  }
  return Predictions(beats, answers, methods)
}

/// One recording's beats, all of one person.
private struct RecordingBeats: Sendable {
  var recording: Int
  var truth: Int?
  var beats: [Int]
}

private func byRecording(_ some: [Int], _ prepared: PreparedBeats, _ beats: EvaluationBeats) -> [RecordingBeats] {
  Dictionary(grouping: some) { Int(prepared.recordingOfBeat[$0]) }.sorted { $0.key < $1.key }.map {
    RecordingBeats(
      recording: $0.key, truth: beats.classOfPerson[Int(prepared.recordings[$0.key].person)], beats: $0.value)
  }
}

/// Whole recordings, together enough beats for a thread to be busy with.
private func pieces(of recordings: [RecordingBeats]) -> [[RecordingBeats]] {
  var pieces: [[RecordingBeats]] = []
  var count = Int.max
  for recording in recordings {
    if count >= 64 {
      pieces.append([])
      count = 0
    }
    pieces[pieces.count - 1].append(recording)
    count += recording.beats.count
  }
  return pieces
}

/// The last hidden layer's values for these beats, one beat after another.
func embeddings(of beats: [Int], in prepared: PreparedBeats, _ loaded: LoadedModel) throws -> [Float] {
  let size = Session.largestBatch
  let batches = stride(from: 0, to: beats.count, by: size).map { Array(beats[$0..<min($0 + size, beats.count)]) }
  return try onAllCores(batches, loaded) { beats, runner throws(Status) in
    var result: [Float] = []
    try prepared.values(of: beats).withUnsafeBufferPointer { (values) throws(Status) in
      try runner.forEachBatch(of: values) { _, embeddings in result += embeddings }
    }
    return result
  }.flatMap { $0 }
}

/// Does something with every piece, on all cores; answers come in the order of the pieces.
private func onAllCores<Piece: Sendable, Answer: Sendable>(
  _ pieces: [Piece], _ loaded: LoadedModel, _ body: @Sendable (Piece, BatchRunner) throws(Status) -> Answer
) throws -> [Answer] {
  let model = SharedModel(loaded)
  let answers = inParallel(
    pieces, workers: min(ProcessInfo.processInfo.activeProcessorCount, pieces.count),
    makeContext: { Result { () throws(Status) in try BatchRunner(model.loaded) } }
  ) { piece, runner in
    Result { () throws(Status) in try body(piece, runner.get()) }
  }
  do throws(Status) {
    return try answers.map { (answer) throws(Status) in try answer!.get() }
  } catch {
    throw WorkflowError.model(file: loaded.url.path, reason: error.message)
  }
}

/// Nothing in a loaded model changes.
private struct SharedModel: @unchecked Sendable {
  let loaded: LoadedModel
  init(_ loaded: LoadedModel) { self.loaded = loaded }
}

/// What one piece's beats and recordings were answered with.
private struct PieceAnswer: Sendable {
  var known: [Predictions.KnownBeat] = []
  var strangers: [Predictions.StrangerBeat] = []
  /// Ranges of beats count from the piece's first.
  var recordings: [Predictions.Recording] = []
  /// By method and beat, known people's and strangers' mixed as they came.
  var scores: [[Float]]

  init(
    _ piece: [RecordingBeats], _ prepared: PreparedBeats, _ runner: BatchRunner, _ methods: [OutlierMethod]
  ) throws(Status) {
    scores = Array(repeating: [], count: methods.count)
    let people = runner.personCount
    let sums = AlignedMemory(byteCount: people * MemoryLayout<Float>.stride)
    let joint = UnsafeMutableBufferPointer(
      start: sums.bytes.bindMemory(to: Float.self).baseAddress, count: people)
    let all = piece.flatMap { recording in recording.beats.map { (beat: $0, recording: recording) } }
    let length = prepared.beatLength
    var decision = JointDecision(joint)
    var inRecording = 0
    var first = 0
    try prepared.values(of: all.map(\.beat)).withUnsafeBufferPointer { (values) throws(Status) in
      try runner.forEachBatch(of: values) { (outputs, embeddings) throws(Status) in
        let batch = all[first..<first + outputs.count / people]
        let beats = UnsafeBufferPointer(rebasing: values[first * length..<batch.endIndex * length])
        for (index, method) in methods.enumerated() {
          scores[index] += try method.scorer.scores(of: method.features == .beat ? beats : embeddings)
        }
        for (row, (beat, recording)) in batch.enumerated() {
          let probabilities = UnsafeBufferPointer(rebasing: outputs[row * people..<(row + 1) * people])
          try decision.add(probabilities)
          add(Judgement(probabilities, truth: recording.truth ?? 0), of: beat, recording)
          inRecording += 1
          guard inRecording == recording.beats.count else { continue }
          let end = first + row + 1
          let decided = try decision.decide()
          recordings.append(
            .init(
              recording: recording.recording, truth: recording.truth, named: decided.person,
              confidence: decided.probability, beats: end - inRecording..<end))
          decision = JointDecision(joint)
          inRecording = 0
        }
        first = batch.endIndex
      }
    }
    withExtendedLifetime(sums) {}
  }

  private mutating func add(_ judgement: Judgement, of beat: Int, _ recording: RecordingBeats) {
    if recording.truth != nil {
      known.append(.init(beat: beat, recording: recording.recording, judgement: judgement))
    } else {
      strangers.append(
        .init(
          beat: beat, recording: recording.recording, named: judgement.named, confidence: judgement.confidence))
    }
  }
}

extension Predictions {
  fileprivate init(_ source: EvaluationBeats, _ pieces: [PieceAnswer], _ methods: [OutlierMethod]) {
    self.source = source
    beats = pieces.flatMap(\.known)
    strangerBeats = pieces.flatMap(\.strangers)
    var all: [Recording] = []
    var first = 0
    for piece in pieces {
      for var recording in piece.recordings {
        recording.beats = first + recording.beats.lowerBound..<first + recording.beats.upperBound
        all.append(recording)
      }
      first += piece.known.count + piece.strangers.count
    }
    // Known people's recordings came first.
    recordings = all.filter { $0.truth != nil }
    let knownCount = beats.count
    let knownRecordings = recordings.count
    strangerRecordings = all.filter { $0.truth == nil }.map {
      var recording = $0
      recording.beats = $0.beats.lowerBound - knownCount..<$0.beats.upperBound - knownCount
      return recording
    }
    outliers = methods.enumerated().map { index, method in
      let scores = pieces.flatMap { $0.scores[index] }
      func joint(_ recordings: ArraySlice<Recording>) -> [Float] {
        recordings.map { recording in
          var joint = JointOutlierScore()
          for beat in recording.beats { joint.add(scores[beat]) }
          return (try? joint.score()) ?? .nan
        }
      }
      return OutlierScores(
        features: method.features, neighbourCount: method.neighbourCount, referenceCount: method.scorer.factor.count,
        isModels: method.isModels, threshold: method.threshold, statedFalseAlarmRate: method.statedFalseAlarmRate,
        beats: Array(scores[..<knownCount]), recordings: joint(all[..<knownRecordings]),
        strangerBeats: Array(scores[knownCount...]), strangerRecordings: joint(all[knownRecordings...]))
    }
  }
}
