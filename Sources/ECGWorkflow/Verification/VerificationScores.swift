import CECGKernels
import ECG
import ECGCore
import ECGExport
import ECGIdentity
import ECGNetwork
import Foundation

/// Scores of people compared with each other and with themselves, look by look, by the code that runs on a device.
struct VerificationScores {
  /// Beats at each look, ascending.
  var beatCounts: [Int]
  /// Names of the people compared, in order.
  var people: [String] = []
  /// People left out for want of beats.
  var tooFewBeats: [String] = []
  /// Per look: people × people; row i has the scores of person i's probe with everybody's template. On the diagonal are
  /// those of the person's own, which may be of the same recording and are not looked at.
  var impostors: [[Float]]
  /// Per look: scores of probes with the template of their own person, from another recording.
  var genuine: [[Float]]
  /// The person of each genuine comparison.
  var genuinePeople: [Int] = []

  /// A template needs as many beats as an enrolment.
  static let templateBeats = 8
}

extension VerificationScores {
  /// Each person's template is made of all beats of their first recording that has enough, and their probe of the first
  /// beats of the last one. Where a person has but one recording, its first beats make the template and its last ones the
  /// probe: enough to be compared with others, but not with the person's own.
  ///
  /// - Parameters:
  ///   - chosen: the people to compare, by number in `prepared.people`.
  init(_ loaded: LoadedModel, _ prepared: PreparedBeats, people chosen: [Int], beatCounts: [Int]) throws {
    self.beatCounts = beatCounts
    impostors = beatCounts.map { _ in [] }
    genuine = beatCounts.map { _ in [] }
    let most = beatCounts.last ?? 1
    let dimensions = loaded.model.network.embeddingCount
    let runner = try EmbeddingRunner(loaded)
    var templates: [Float] = []
    var probes: [[Float]] = beatCounts.map { _ in [] }
    var others: [(person: Int, beats: [Int])] = []

    let recordings = prepared.beatsByRecording
    for person in chosen {
      let own = recordings[person] ?? []
      let enrolment = own.first { $0.count >= Self.templateBeats }
      let later = own.drop { $0 != enrolment }.dropFirst().filter { $0.count >= most }
      let template: [Int]
      let probe: [Int]
      if let enrolment, let last = later.last {
        template = enrolment
        probe = Array(last.prefix(most))
        others += later.map { (people.count, Array($0.prefix(most))) }
      } else if let longest = own.max(by: { $0.count < $1.count }), longest.count >= most + Self.templateBeats {
        template = Array(longest.dropLast(most))
        probe = Array(longest.suffix(most))
      } else {
        tooFewBeats.append(prepared.people[person])
        continue
      }
      people.append(prepared.people[person])
      templates += try runner.directions(prepared.values(of: template), atBeats: [template.count])[0]
      for (look, direction) in try runner.directions(prepared.values(of: probe), atBeats: beatCounts).enumerated() {
        probes[look] += direction
      }
    }

    let count = people.count
    for look in beatCounts.indices {
      impostors[look] = [Float](repeating: 0, count: count * count)
      for person in 0..<count {
        ecg_dot_products(
          Array(probes[look][person * dimensions..<(person + 1) * dimensions]), templates, count, dimensions,
          &impostors[look][person * count])
      }
    }
    genuinePeople = others.map(\.person)
    for other in others {
      let template = Array(templates[other.person * dimensions..<(other.person + 1) * dimensions])
      let directions = try runner.directions(prepared.values(of: other.beats), atBeats: beatCounts)
      for (look, direction) in directions.enumerated() {
        var score: Float = 0
        ecg_dot_products(direction, template, 1, dimensions, &score)
        genuine[look].append(score)
      }
    }
  }
}

/// Mean embeddings of unit length.
private struct EmbeddingRunner {
  private let runner: BatchRunner
  private let dimensions: Int

  init(_ loaded: LoadedModel) throws {
    do throws(Status) {
      runner = try BatchRunner(loaded)
    } catch {
      throw WorkflowError.model(file: loaded.url.path, reason: error.message)
    }
    dimensions = loaded.model.network.embeddingCount
  }

  /// The direction that the first `counts` beats share, for each count.
  func directions(_ beats: [Float], atBeats counts: [Int]) throws -> [[Float]] {
    var sum = [Float](repeating: 0, count: dimensions)
    var directions: [[Float]] = []
    do throws(Status) {
      try sum.withUnsafeMutableBufferPointer { (sum) throws(Status) in
        var mean = MeanEmbedding(sum)
        try beats.withUnsafeBufferPointer { (beats) throws(Status) in
          try runner.forEachEmbedding(of: beats) { (embedding) throws(Status) in
            try mean.add(embedding)
            guard counts.contains(mean.count) else { return }
            var direction = [Float](repeating: 0, count: dimensions)
            try direction.withUnsafeMutableBufferPointer { (direction) throws(Status) in
              try mean.write(to: direction)
            }
            directions.append(direction)
          }
        }
      }
    } catch {
      throw WorkflowError.mismatch("the network gives beats no usable embedding: \(error.message)")
    }
    return directions
  }
}

extension PreparedBeats {
  /// Numbers of the beats of each person's recordings, in the recordings' order.
  fileprivate var beatsByRecording: [Int: [[Int]]] {
    var beats = [[Int]](repeating: [], count: recordings.count)
    for beat in 0..<count { beats[Int(recordingOfBeat[beat])].append(beat) }
    var byPerson: [Int: [[Int]]] = [:]
    for (recording, own) in zip(recordings, beats) { byPerson[Int(recording.person), default: []].append(own) }
    return byPerson
  }
}
