import CECGKernels
import ECGCore

/// What several beats of one recording say together about whose they are.
public struct Decision: Equatable, Sendable {
  /// The index of the most probable person.
  public let person: Int
  /// Its probability, given that it is one of the persons known.
  public let probability: Float

  init(person: Int, probability: Float) {
    self.person = person
    self.probability = probability
  }

  /// The decision on all beats at once: see `JointDecision`.
  ///
  /// - Parameters:
  ///   - probabilities: beats × persons; each row not negative. Rows need not sum to exactly 1.
  ///   - joint: receives one probability per person; its count says how many persons there are.
  ///
  /// Throws `argument` when there are no beats, no persons, or a value that is negative or not finite.
  public static func joint(
    _ probabilities: UnsafeBufferPointer<Float>, into joint: UnsafeMutableBufferPointer<Float>
  ) throws(Status) -> Decision {
    var decision = JointDecision(joint)
    try decision.add(probabilities)
    return try decision.decide()
  }
}
