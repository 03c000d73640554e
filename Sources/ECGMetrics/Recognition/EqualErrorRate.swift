/// The rate at which as large a share of impostors is accepted as of genuine ones rejected.
///
/// The two rates are known at every score that occurs, and at a threshold that nothing reaches: 0 accepted, all rejected.
/// Between neighbouring thresholds both are taken to change linearly; the equal error rate is where these lines cross.
/// With scikit-learn's `fpr, tpr` of `roc_curve(drop_intermediate=False)`, d = 1 − tpr − fpr and i the first place with
/// d ≤ 0:
///
///     EER = fpr[i−1] + d[i−1] / (d[i−1] − d[i]) · (fpr[i] − fpr[i−1])
struct EqualErrorRate {
  private(set) var value: Double?
  private var acceptance = 0.0
  private var rejection = 1.0

  /// Rates at the next lower threshold.
  mutating func add(falseAcceptance: Double, falseRejection: Double) {
    guard value == nil else { return }
    let before = rejection - acceptance
    let now = falseRejection - falseAcceptance
    if now <= 0 {
      value = acceptance + before / (before - now) * (falseAcceptance - acceptance)
    } else {
      acceptance = falseAcceptance
      rejection = falseRejection
    }
  }
}
