import CECGKernels
import ECGCore

/// One outlier score for several beats of a recording, as the beats come: the geometric mean of their local outlier
/// factors. A ratio of densities averages on a logarithmic scale, and there a badly cut beat weighs little.
public struct JointOutlierScore {
  private var logarithms = 0.0
  private var beatCount = 0

  public init() {}

  /// Takes one beat's factor, which is positive and finite (`LocalOutlierFactor.score`).
  public mutating func add(_ factor: Float) {
    logarithms += ecg_log(Double(max(factor, Float.leastNormalMagnitude)))
    beatCount &+= 1
  }

  /// The joint score; throws `argument` when there were no beats.
  public func score() throws(Status) -> Float {
    guard beatCount > 0 else { throw .argument }
    return Float(ecg_exp(logarithms / Double(beatCount)))
  }
}
