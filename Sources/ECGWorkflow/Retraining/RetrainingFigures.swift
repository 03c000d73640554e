import ECGExport
import ECGMetrics
import ECGNetwork
import ECGSignal
import ECGTraining

/// What retraining did to those who were known, and how it took to those who are new.
public struct RetrainingFigures: Codable, Sendable {
  /// New people, and known ones who are no longer.
  public var added: [String]
  public var left: [String]
  /// Known people who stay without beats of theirs.
  public var kept: [String]
  /// Known people who stay, and whose beats have all been trained on: there is nothing to test them with.
  public var untested: [String]
  /// Test beats of known people who stay, by the model as it was and as it is.
  public var knownBefore: CorrectCount
  public var knownAfter: CorrectCount
  /// Test beats of new people.
  public var new: CorrectCount
  /// Whether the model said which beats had made it. Otherwise some of them may be among the test beats of known
  /// people, which flatters.
  public var knowsSeenBeats: Bool
  public var frozenLayers: Int
}

extension Retraining {
  /// Counts on the test beats how the model does as it was and as `network` has become.
  func figures(
    _ prepared: PreparedBeats, _ split: Split, _ inputs: BeatInputs, network: NetworkDescription,
    parameters: NetworkParameters, labels: [String], frozenLayers: Int
  ) throws -> RetrainingFigures {
    let (before, after) = (Set(model.labels), Set(labels))
    func name(_ beat: Int) -> String { prepared.people[Int(prepared.personOfBeat[beat])] }
    func rate(
      _ network: NetworkDescription, _ parameters: NetworkParameters, _ labels: [String], _ beats: [Int]
    ) throws -> CorrectCount {
      let samples = try SampleSet(
        inputs: inputs.inputs(of: beats, in: prepared.beats, beatLength: prepared.beatLength),
        inputCount: inputs.representation.outputCount, labels: prepared.classes(of: beats, among: labels))
      let probabilities = try predict(network, parameters: parameters, samples: samples)
      let correct = probabilities.withUnsafeBufferPointer { probabilities in
        beats.indices.count { row in
          let own = UnsafeBufferPointer(rebasing: probabilities[row * labels.count..<(row + 1) * labels.count])
          return Judgement(own, truth: Int(samples.labels[row])).isCorrect
        }
      }
      return .init(correct, of: beats.count)
    }
    let known = split.test.filter { before.contains(name($0)) }
    let new = split.test.filter { !before.contains(name($0)) }
    let present = Set(split.people.map { prepared.people[Int($0)] })
    let tested = Set(known.map(name))
    return RetrainingFigures(
      added: labels.filter { !before.contains($0) }, left: model.labels.filter { !after.contains($0) },
      kept: labels.filter { !present.contains($0) },
      untested: labels.filter { before.contains($0) && present.contains($0) && !tested.contains($0) },
      knownBefore: try rate(model.network, model.parameters, model.labels, known),
      knownAfter: try rate(network, parameters, labels, known), new: try rate(network, parameters, labels, new),
      knowsSeenBeats: knowsSeenBeats, frozenLayers: frozenLayers)
  }
}
