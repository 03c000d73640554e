import CECGKernels

/// A learning rate that rises in a straight line at first, then falls along half a cosine to 0 at the end of the last epoch
/// (Loshchilov and Hutter 2017, arXiv 1608.03983).
public struct CosineDecay: Sendable, Equatable, Codable {
  /// The share of all steps in which it rises.
  public var warmUp: Double

  public init(warmUp: Double = 0) { self.warmUp = warmUp }

  func check() throws(TrainingError) {
    guard (0..<1).contains(warmUp) else { throw .option("the warm-up is a share from 0 to below 1, not \(warmUp)") }
  }

  /// What the learning rate is multiplied by at `step` (from 0) of `count`.
  func factor(step: Int, of count: Int) -> Double {
    let rising = (warmUp * Double(count)).rounded()
    let step = Double(step)
    if step < rising { return (step + 1) / rising }
    return (1 + ecg_cos(.pi * (step - rising) / max(1, Double(count) - rising))) / 2
  }
}
