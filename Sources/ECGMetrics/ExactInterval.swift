import Foundation

/// The exact 95 % interval of a share (Clopper and Pearson 1934): for none of n it ends at 1 − 0.025^(1/n), about 3.7 / n.
///
/// `successes` may be a fraction: where each of n people has several comparisons, their shares of false acceptances add up.
/// People are the trials then, since comparisons of the same person resemble one another; counting each comparison would
/// give an interval that is far too short.
public struct ExactInterval: Equatable, Sendable {
  public var lower: Double
  public var upper: Double

  /// nil when there are no trials, or fewer than successes.
  public init?(successes: Double, trials: Int) {
    let n = Double(trials)
    guard trials > 0, successes >= 0, successes <= n else { return nil }
    lower = successes == 0 ? 0 : betaQuantile(0.025, successes, n - successes + 1)
    upper = successes == n ? 1 : betaQuantile(0.975, successes + 1, n - successes)
  }
}

/// x where the regularised incomplete beta function I(x; a, b) is p: by bisection, to 1e-12.
private func betaQuantile(_ p: Double, _ a: Double, _ b: Double) -> Double {
  var low = 0.0
  var high = 1.0
  for _ in 0..<60 {
    let middle = (low + high) / 2
    if incompleteBeta(middle, a, b) < p { low = middle } else { high = middle }
  }
  return (low + high) / 2
}

/// I(x; a, b) by its continued fraction (DLMF 8.17.22), evaluated by Lentz's method.
private func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
  guard x > 0 else { return 0 }
  guard x < 1 else { return 1 }
  // The fraction converges fast on this side of the mean.
  if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(1 - x, b, a) }
  let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
  let tiny = 1e-300
  var c = 1.0
  var d = 1 - (a + b) * x / (a + 1)
  d = 1 / (abs(d) < tiny ? tiny : d)
  var fraction = d
  for m in 1...500 {
    let k = Double(m)
    for numerator in [
      k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k)),
      -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1)),
    ] {
      d = 1 + numerator * d
      d = 1 / (abs(d) < tiny ? tiny : d)
      c = 1 + numerator / c
      c = abs(c) < tiny ? tiny : c
      fraction *= c * d
    }
    if abs(c * d - 1) < 1e-15 { break }
  }
  return front * fraction
}
