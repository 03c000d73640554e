import CECGKernels
import ECGCore

/// Joins the probabilities that a network gives several beats, as the beats come: persons' mean log-probabilities,
/// turned back into probabilities that sum to 1 (the normalised geometric mean).
///
/// The product of the probabilities instead of their geometric mean would be right for independent beats. Beats of one
/// recording share electrodes, posture and noise, so the product would be certain of almost everything; both choose
/// the same person.
public struct JointDecision {
  /// The least probability that a beat gives anybody, as a share of 1 / persons.
  ///
  /// A network is often wrong with great certainty about a beat that was badly cut; without a floor, one probability of
  /// 1e-20 would outvote all other beats. At a hundredth of chance a beat can still speak clearly against someone, but
  /// not veto.
  public static var floor: Float { 0.01 }

  private let persons: UnsafeMutableBufferPointer<Float>
  private var beatCount = 0

  /// A decision without beats yet. `persons` has one value per person: it holds their sums of log-probabilities, and
  /// after `decide` their probabilities.
  public init(_ persons: UnsafeMutableBufferPointer<Float>) {
    self.persons = persons
    for person in 0..<persons.count { persons[person] = 0 }
  }

  /// Takes some beats' probabilities, beats × persons; rows need not sum to exactly 1.
  ///
  /// Throws `argument` when there are no persons, a part of a row, or a value that is negative or not finite.
  public mutating func add(_ probabilities: UnsafeBufferPointer<Float>) throws(Status) {
    guard persons.count > 0, probabilities.count % persons.count == 0 else { throw .argument }
    for index in 0..<probabilities.count {
      guard probabilities[index].isFinite, probabilities[index] >= 0 else { throw .argument }
    }
    let least = JointDecision.floor / Float(persons.count)
    let beats = probabilities.count / persons.count
    for beat in 0..<beats {
      for person in 0..<persons.count {
        persons[person] += ecg_logf(max(probabilities[beat &* persons.count &+ person], least))
      }
    }
    beatCount &+= beats
  }

  /// The person that all beats together speak for; throws `argument` when there were none.
  public mutating func decide() throws(Status) -> Decision {
    guard beatCount > 0 else { throw .argument }
    var best = 0
    for person in 0..<persons.count where persons[person] > persons[best] { best = person }
    let highest = persons[best]
    var total: Float = 0
    for person in 0..<persons.count {
      persons[person] = ecg_expf((persons[person] - highest) / Float(beatCount))
      total += persons[person]
    }
    for person in 0..<persons.count { persons[person] /= total }
    beatCount = 0
    return Decision(person: best, probability: persons[best])
  }
}
