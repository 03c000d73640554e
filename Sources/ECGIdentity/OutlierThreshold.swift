import ECGCore

/// From outlier scores to a verdict: several beats' scores to one, and one score to "nobody I know".
public enum OutlierThreshold {
  /// The median of the scores, for an even count the mean of the middle two: a badly cut beat or two do not move it.
  ///
  /// The scores are sorted in place. Throws `argument` when there are none, or one that is not a number.
  public static func median(sorting scores: UnsafeMutableBufferPointer<Float>) throws(Status) -> Float {
    try sort(scores)
    let middle = scores.count / 2
    return scores.count % 2 == 1 ? scores[middle] : scores[middle &- 1] / 2 + scores[middle] / 2
  }

  /// The threshold that turns away at most a share `rate` of known persons; a score above it is an outlier.
  ///
  /// `scores` are those of known persons that neither trained the network nor serve as references, one for each
  /// decision that the rate is to hold for: of single beats for verdicts on single beats, of recordings for verdicts on
  /// recordings. They are sorted in place.
  ///
  /// The threshold is the ⌈(n + 1)(1 − rate)⌉-th smallest of the n scores. When scores to come are like these
  /// (exchangeable), each exceeds it with a probability of at most `rate`, for every n: split conformal prediction
  /// (Vovk, Gammerman, Shafer 2005). The plain quantile would promise that only for many scores.
  ///
  /// Throws `argument` when a score is not a number, when `rate` is not between 0 and 1, or when there are too few
  /// scores to promise it: n must be at least 1 / rate − 1.
  public static func threshold(
    forFalseAlarmRate rate: Double, sorting scores: UnsafeMutableBufferPointer<Float>
  ) throws(Status) -> Float {
    guard rate > 0, rate < 1, scores.count < 1 << 30 else { throw .argument }
    try sort(scores)
    let count = scores.count
    // In whole numbers: of count + 1 equally likely ranks of the next score, those above ours are at most
    // rate × (count + 1).
    let above = Int(rate * Double(count &+ 1) + 1e-9)
    guard above >= 1 else { throw .argument }
    return scores[count &- above]
  }

  /// Heap sort: in place, in bounded time whatever the order.
  private static func sort(_ scores: UnsafeMutableBufferPointer<Float>) throws(Status) {
    guard scores.count > 0 else { throw .argument }
    for index in 0..<scores.count {
      guard !scores[index].isNaN else { throw .argument }
    }
    var root = scores.count / 2
    while root > 0 {
      root &-= 1
      sift(scores, root, scores.count)
    }
    var end = scores.count &- 1
    while end > 0 {
      scores.swapAt(0, end)
      sift(scores, 0, end)
      end &-= 1
    }
  }

  private static func sift(_ scores: UnsafeMutableBufferPointer<Float>, _ root: Int, _ end: Int) {
    var parent = root
    while true {
      var child = 2 &* parent &+ 1
      guard child < end else { return }
      if child &+ 1 < end && scores[child] < scores[child &+ 1] { child &+= 1 }
      guard scores[parent] < scores[child] else { return }
      scores.swapAt(parent, child)
      parent = child
    }
  }
}
