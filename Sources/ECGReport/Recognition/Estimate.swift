import ECGMetrics

/// A figure and its 95 % interval over people.
public struct Estimate: Encodable, Equatable, Sendable {
  /// nil where it is undefined, or where there are too few comparisons for it.
  @NullWhenAbsent public var value: Double?
  @NullWhenAbsent public var lower: Double?
  @NullWhenAbsent public var upper: Double?

  init(_ value: Double?, _ interval: Bootstrap.Interval?) {
    self.value = value
    lower = value == nil ? nil : interval?.lower
    upper = value == nil ? nil : interval?.upper
  }

  /// A share of answers that are all right or all wrong: drawing people anew never gives another one, although other people
  /// might. Then each person is one opinion (`RateInterval`).
  ///
  /// - Parameter counts: answers of each person.
  init(share value: Double?, _ interval: Bootstrap.Interval?, counts: [Int]) {
    self.init(value, interval)
    guard let value, value == 0 || value == 1 else { return }
    let opinions = RateInterval(counts.map { (value == 1 ? $0 : 0, $0) })
    lower = opinions?.lower
    upper = opinions?.upper
  }

  public static func == (a: Estimate, b: Estimate) -> Bool {
    a.value == b.value && a.lower == b.lower && a.upper == b.upper
  }

  /// "97.1 % [93.0, 99.2]", or a dash.
  var asPercent: String {
    guard let value else { return "–" }
    guard let lower, let upper else { return percent(value) }
    return "\(percent(value)) [\(digits(lower)), \(digits(upper))]"
  }

  /// The same as a number between 0 and 1.
  var asNumber: String {
    guard let value else { return "–" }
    let range = lower.flatMap { lower in upper.map { " [\(decimal(lower)), \(decimal($0))]" } } ?? ""
    return decimal(value) + range
  }
}

private func digits(_ share: Double) -> String { number(100 * share, digits: 1) }
private func decimal(_ value: Double) -> String { number(value, digits: 4) }
