import ECGExport
import ECGIdentity
import ECGMetrics
import Foundation

/// A scale of false acceptances from scores.
extension VerificationContents {
  /// Steps of the scale.
  private static let steps = 128

  /// - Parameter rate: the false acceptance rate to promise.
  init(_ scores: VerificationScores, falseAcceptanceRate rate: Double, source: String) throws {
    let n = scores.people.count
    let needed = Self.leastPeople(for: rate, looks: scores.beatCounts.count)
    guard n >= needed else {
      throw WorkflowError.option(
        "a false acceptance rate of \(percentage(rate)) cannot be promised by \(n) \(n == 1 ? "person" : "people") with"
          + " \(scores.beatCounts.last ?? 0) beats or more whom the model has not seen: it takes \(needed);"
          + " calibrate on more people, or promise less (--false-acceptance-rate)")
    }
    let comparisons = n * (n - 1)
    let rates = Self.rates(comparisons: comparisons)
    var tables: [Float] = []
    for look in scores.impostors {
      var others: [Float] = []
      others.reserveCapacity(comparisons)
      for probe in 0..<n { for template in 0..<n where template != probe { others.append(look[probe * n + template]) } }
      others.sort(by: >)
      tables += rates.map { rate in
        // (1 + scores as high) / (1 + comparisons) ≤ rate, for scores just above the next lower one.
        let allowed = Int((Double(rate) * Double(comparisons + 1)).rounded(.down)) - 1
        return allowed >= comparisons ? -2 : others[allowed].nextUp
      }
    }
    self.init(
      beatCounts: scores.beatCounts.map(Int32.init), impostorRates: rates, impostorScores: tables, people: n,
      falseAcceptanceRate: rate, comparisons: comparisons, source: source)
    thresholds = try withScale { scale in (0..<scale.lookCount).map { scale.threshold(look: $0, templates: 1) } }
    judge(scores)
  }

  /// The fewest people who can promise a rate for one template: whose highest impostor score has a P within it.
  static func leastPeople(for rate: Double, looks: Int) -> Int {
    // P is 1 / (n + 1) at the least. Beyond the second limit no count of people is precise, nor within reach.
    var n = max(2, (1 / rate - 1).rounded(.down))
    guard n < 1e9 else { return Int(min(n, 1e18)) }
    while (1 + n * min(1, Double(looks) / (n * (n - 1) + 1))) / (n + 1) > rate { n += 1 }
    return Int(n)
  }

  /// From 1 down to what no comparison reached, in even ratios.
  private static func rates(comparisons: Int) -> [Float] {
    let least = Float(1 / Double(comparisons + 1)).nextUp
    var rates: [Float] = []
    for step in 0..<steps {
      let rate = Float(pow(Double(least), Double(step) / Double(steps - 1)))
      if rate < rates.last ?? 2 { rates.append(rate) }
    }
    rates[rates.count - 1] = least
    return rates
  }

  /// Counts what the thresholds for one template would have accepted.
  private mutating func judge(_ scores: VerificationScores) {
    let n = scores.people.count
    var shares = 0.0
    for probe in 0..<n {
      var accepted = 0
      for template in 0..<n where template != probe {
        let place = probe * n + template
        if thresholds.indices.contains(where: { scores.impostors[$0][place] >= thresholds[$0] }) { accepted += 1 }
      }
      falseAcceptances += accepted
      shares += Double(accepted) / Double(n - 1)
    }
    if let interval = ExactInterval(successes: shares, trials: n) {
      falseAcceptanceInterval = interval.lower...interval.upper
    }
    genuineComparisons = scores.genuinePeople.count
    genuinePeople = Set(scores.genuinePeople).count
    for comparison in 0..<genuineComparisons
    where thresholds.indices.contains(where: { scores.genuine[$0][comparison] >= thresholds[$0] }) {
      genuineAcceptances += 1
    }
    guard genuineComparisons > 0 else { return }
    let shareCount = min(genuineComparisons, 101)
    genuineShares = (0..<shareCount).map { Float($0) / Float(max(shareCount - 1, 1)) }
    genuineScores = scores.genuine.flatMap { look in
      let sorted = look.sorted()
      return genuineShares.map { sorted[Int((Float(sorted.count - 1) * $0).rounded())] }
    }
  }
}

/// "1 %" or "0.1 %".
func percentage(_ rate: Double) -> String {
  let percent = (rate * 1e6).rounded() / 1e4
  return percent == percent.rounded() ? "\(Int(percent)) %" : "\(percent) %"
}

extension VerificationContents {
  /// What was promised and what it rests on, a line each.
  public var lines: [String] {
    func percent(_ share: Double) -> String { String(format: share < 0.001 ? "%.3f %%" : "%.1f %%", 100 * share) }
    var lines = [
      "promised            \(percentage(falseAcceptanceRate)) false acceptances at most",
      "people              \(people), \(comparisons) comparisons between them",
      "measured            \(falseAcceptances) false acceptances (95 % interval"
        + " \(percent(falseAcceptanceInterval.lowerBound)) to \(percent(falseAcceptanceInterval.upperBound));"
        + " people are the units)",
      "thresholds          "
        + zip(beatCounts, thresholds).map { count, threshold in
          threshold < VerificationScale.unreachable
            ? String(format: "%.3f after %d", threshold, count) : "none after \(count)"
        }.joined(separator: ", ") + (beatCounts == [1] ? " beat" : " beats") + ", for one template",
      "templates           \(mostTemplates) at most can be compared at once and keep the promise",
    ]
    lines.append(
      genuineComparisons > 0
        ? "genuine             \(genuineAcceptances) of \(genuineComparisons) recordings of \(genuinePeople) people accepted"
          + " against a template of another recording"
        : "genuine             nothing to measure: nobody has two recordings that are long enough")
    lines.append("source              \(source)")
    return lines
  }

  /// The most templates for which a score within reach keeps the promise.
  public var mostTemplates: Int {
    let reachable = { (count: Int) in
      (try? self.withScale { scale in
        scale.threshold(look: scale.lookCount - 1, templates: count) < VerificationScale.unreachable
      }) ?? false
    }
    var low = 0
    var high = 1
    while high < 1 << 30, reachable(high) { (low, high) = (high, high * 2) }
    while high - low > 1 {
      let middle = (low + high) / 2
      if reachable(middle) { low = middle } else { high = middle }
    }
    return low
  }
}
