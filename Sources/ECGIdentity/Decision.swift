import CECGKernels
import ECGCore

/// What several beats of one recording say together about whose they are.
public struct Decision: Equatable, Sendable {
  /// The index of the most probable person.
  public let person: Int
  /// Its probability, given that it is one of the persons known.
  public let probability: Float

  /// The least probability that a beat gives anybody, as a share of 1 / persons.
  ///
  /// A network is often wrong with great certainty about a beat that was badly cut; without a floor, one probability of
  /// 1e-20 would outvote all other beats. At a hundredth of chance a beat can still speak clearly against someone, but
  /// not veto.
  public static var floor: Float { 0.01 }

  /// Joins the probabilities that a network gives several beats: persons' mean log-probabilities, turned back into
  /// probabilities that sum to 1 (the normalised geometric mean).
  ///
  /// The product of the probabilities instead of their geometric mean would be right for independent beats. Beats of one
  /// recording share electrodes, posture and noise, so the product would be certain of almost everything; both choose
  /// the same person.
  ///
  /// - Parameters:
  ///   - probabilities: beats × persons; each row not negative. Rows need not sum to exactly 1.
  ///   - joint: receives one probability per person; its count says how many persons there are.
  ///
  /// Throws `argument` when there are no beats, no persons, or a value that is negative or not finite.
  public static func joint(
    _ probabilities: UnsafeBufferPointer<Float>, into joint: UnsafeMutableBufferPointer<Float>
  ) throws(Status) -> Decision {
    let persons = joint.count
    guard persons > 0, probabilities.count > 0, probabilities.count % persons == 0 else { throw .argument }
    for index in 0..<probabilities.count {
      guard probabilities[index].isFinite, probabilities[index] >= 0 else { throw .argument }
    }
    let beats = probabilities.count / persons
    let least = floor / Float(persons)
    var best = 0
    for person in 0..<persons {
      var sum: Float = 0
      for beat in 0..<beats { sum += ecg_logf(max(probabilities[beat &* persons &+ person], least)) }
      joint[person] = sum / Float(beats)
      if joint[person] > joint[best] { best = person }
    }
    let highest = joint[best]
    var total: Float = 0
    for person in 0..<persons {
      joint[person] = ecg_expf(joint[person] - highest)
      total += joint[person]
    }
    for person in 0..<persons { joint[person] /= total }
    return Decision(person: best, probability: joint[best])
  }
}
