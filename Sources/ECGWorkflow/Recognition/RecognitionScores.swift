import ECGMetrics
import ECGTraining

/// What a person is enrolled with.
public enum TemplateRule: String, CaseIterable, Sendable {
  /// One template: the mean of the embeddings of all beats that enrol.
  case person
  /// One for each recording that enrols; the best of them counts.
  case recording
}

/// How alike every probe of a trial is to everybody's template.
///
/// The embedding of a beat is the value of the network's last hidden layer, scaled to unit length. Templates and probes
/// of several beats are means of these, scaled to unit length again. A score is the cosine of both.
public struct RecognitionScores: Sendable {
  public let trial: RecognitionTrial
  public let templateRule: TemplateRule
  /// The probes of one length and their scores.
  public struct Probes: Sendable {
    public let length: ProbeLength
    /// People by their number in the file of beats. A length that no recording has beats for has no probes.
    public let scores: ScoreMatrix
    /// The recording that each probe is from.
    public let recordings: [Int32]
  }
  public let probes: [Probes]
  /// Settings in which the beats were prepared otherwise than the model asks for.
  public internal(set) var differences: [String] = []

  /// - Parameters:
  ///   - beats: the beats that `embeddings` are of, each once.
  ///   - recordingOfBeat: by beat.
  init(
    _ trial: RecognitionTrial, embeddings: UnitVectors, of beats: [Int], recordingOfBeat: [Int32],
    templates rule: TemplateRule, lengths: [ProbeLength]
  ) {
    self.trial = trial
    templateRule = rule
    let place = Dictionary(uniqueKeysWithValues: zip(beats, 0...))
    func byRecording(_ beats: [Int]) -> [[Int]] {
      Dictionary(grouping: beats) { recordingOfBeat[$0] }.sorted { $0.key < $1.key }.map { $0.value.map { place[$0]! } }
    }

    let people = trial.enrolled.map { Int($0.person) }
    var templates = UnitVectors(dimensions: embeddings.dimensions)
    var ownerOfTemplate: [Int] = []
    for (index, participant) in trial.enrolled.enumerated() {
      let groups = rule == .person ? [participant.enrolment.map { place[$0]! }] : byRecording(participant.enrolment)
      for group in groups {
        templates.appendMean(of: group, in: embeddings)
        ownerOfTemplate.append(index)
      }
    }

    self.probes = lengths.map { length in
      var probes = UnitVectors(dimensions: embeddings.dimensions)
      var whose: [Int] = []
      var recordings: [Int32] = []
      for participant in trial.enrolled + trial.strangers {
        for recording in byRecording(participant.probes) {
          for probe in length.probes(of: recording) {
            probes.appendMean(of: probe, in: embeddings)
            whose.append(Int(participant.person))
            recordings.append(recordingOfBeat[beats[probe.first!]])
          }
        }
      }
      let all = probes.cosines(with: templates)
      return Probes(
        length: length,
        scores: ScoreMatrix(
          templates: people, probes: whose,
          scores: rule == .person ? all : best(of: all, ownerOfTemplate, people: people.count)),
        recordings: recordings)
    }
  }
}

/// The highest score of each row among the templates of each person; a person's templates lie side by side.
private func best(of scores: [Float], _ owners: [Int], people: Int) -> [Float] {
  var result: [Float] = []
  for row in stride(from: 0, to: scores.count, by: max(1, owners.count)) {
    var best = [Float](repeating: -.infinity, count: people)
    for (column, owner) in owners.enumerated() { best[owner] = max(best[owner], scores[row + column]) }
    result += best
  }
  return result
}
