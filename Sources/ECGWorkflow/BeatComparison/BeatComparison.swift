/// How found beats agree with reference beats, counted beat by beat as ANSI/AAMI EC57 asks. Comparisons of several
/// recordings add up to their gross statistics.
public struct BeatComparison: Sendable, Equatable {
  /// Reference beats that were found.
  public var truePositives = 0
  /// Reference beats that were missed.
  public var falseNegatives = 0
  /// Found beats that are none.
  public var falsePositives = 0
  /// Found minus reference position of each true positive, in seconds.
  public var locationErrors: [Double] = []

  public init() {}

  /// Compares two lists of beats.
  ///
  /// - Parameters:
  ///   - reference, found: positions in samples, in any order.
  ///   - samplingRate: of both, in hertz.
  ///   - tolerance: how far apart two beats may lie that count as one, in seconds; EC57 takes 0.15.
  ///   - start: beats before this time, in seconds, do not count. bxb leaves out five minutes unless told otherwise;
  ///     here the first and the last beat count. Beats on both sides are paired across it.
  ///   - uncounted: episodes, in samples, in which beats count neither way, such as ventricular flutter: reference beats
  ///     there are not missed, and what is found there is no error.
  public init(
    reference: [Int], found: [Int], samplingRate: Double, tolerance: Double = 0.15, from start: Double = 0,
    uncounted: [ClosedRange<Int>] = []
  ) {
    let reference = reference.sorted()
    let found = found.sorted()
    let first = start * samplingRate
    func counts(_ position: Int) -> Bool {
      Double(position) >= first && !uncounted.contains { $0.contains(position) }
    }
    // A thousandth of a sample more, as 0.075 s at 1000 Hz must not depend on how the product is rounded.
    let pairs = matchBeats(reference: reference, found: found, tolerance: tolerance * samplingRate + 1e-3)
    var isPaired = [Bool](repeating: false, count: found.count)
    for pair in pairs {
      isPaired[pair.found] = true
      guard counts(reference[pair.reference]) else { continue }
      truePositives += 1
      locationErrors.append((Double(found[pair.found]) - Double(reference[pair.reference])) / samplingRate)
    }
    falseNegatives = reference.count(where: counts) - truePositives
    for (position, paired) in zip(found, isPaired) where !paired && counts(position) { falsePositives += 1 }
  }

  /// The share of reference beats that were found; NaN without reference beats.
  public var sensitivity: Double { Double(truePositives) / Double(truePositives + falseNegatives) }
  /// The share of found beats that are beats; NaN when nothing was found.
  public var positivePredictivity: Double { Double(truePositives) / Double(truePositives + falsePositives) }

  /// Seconds, found beats lying late counting as positive; NaN without true positives.
  public var meanError: Double { locationErrors.reduce(0, +) / Double(locationErrors.count) }
  /// Seconds; NaN without true positives.
  public var meanAbsoluteError: Double { locationErrors.reduce(0) { $0 + abs($1) } / Double(locationErrors.count) }
  /// The absolute error, in seconds, that this share (0 to 1) of true positives does not exceed, interpolated between
  /// neighbours; NaN without true positives.
  public func absoluteError(atShare share: Double) -> Double {
    let sorted = locationErrors.map(abs).sorted()
    guard let largest = sorted.last, share >= 0, share <= 1 else { return .nan }
    let place = share * Double(sorted.count - 1)
    let below = Int(place)
    guard below + 1 < sorted.count else { return largest }
    return sorted[below] + (place - Double(below)) * (sorted[below + 1] - sorted[below])
  }

  public static func += (total: inout BeatComparison, other: BeatComparison) {
    total.truePositives += other.truePositives
    total.falseNegatives += other.falseNegatives
    total.falsePositives += other.falsePositives
    total.locationErrors += other.locationErrors
  }
}
