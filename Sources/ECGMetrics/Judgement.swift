import Foundation

/// What is kept of the probabilities that one answer gives to everybody: enough for every figure, in the memory of a few
/// numbers.
public struct Judgement: Equatable, Sendable {
  /// Who it was.
  public var truth: Int
  /// The most probable one; of several with the same probability the first.
  public var named: Int
  /// The probability of the one named.
  public var confidence: Float
  public var truthProbability: Float
  /// The place of the true one among all by descending probability, from 1. Of several with the same probability the last
  /// comes first, as scikit-learn's `top_k_accuracy_score` has it.
  public var truthRank: Int
  /// Σ (probability − truth)² over everybody: what the Brier score is the mean of, 0 to 2.
  public var squaredError: Double

  /// - Parameters:
  ///   - probabilities: one a class, not empty.
  ///   - truth: an index into them.
  public init(_ probabilities: UnsafeBufferPointer<Float>, truth: Int) {
    self.truth = truth
    let ofTruth = probabilities[truth]
    var best = 0
    var ahead = 0
    var squares = 0.0
    for (index, probability) in probabilities.enumerated() {
      if probability > probabilities[best] { best = index }
      if probability > ofTruth || (probability == ofTruth && index > truth) { ahead += 1 }
      squares += Double(probability) * Double(probability)
    }
    named = best
    confidence = probabilities[best]
    truthProbability = ofTruth
    truthRank = ahead + 1
    squaredError = squares - 2 * Double(ofTruth) + 1
  }

  public var isCorrect: Bool { named == truth }

  /// −log of the true one's probability, which is kept from 0 and 1 by the precision of a Float (1.19e-7), as
  /// scikit-learn's `log_loss` keeps float32 probabilities.
  public var crossEntropy: Double {
    -log(Double(min(max(truthProbability, Float.ulpOfOne), 1 - Float.ulpOfOne)))
  }
}
