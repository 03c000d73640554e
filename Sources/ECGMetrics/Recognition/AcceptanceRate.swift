/// The share of genuine ones accepted at the lowest score that occurs and, as a threshold, accepts at most so large a
/// share of impostors (true acceptance rate at a false acceptance rate). Nothing is interpolated.
struct AcceptanceRate {
  let falseAcceptanceRate: Double
  private(set) var value = 0.0
  private(set) var isPassed = false

  init(atFalseAcceptanceRate rate: Double) { falseAcceptanceRate = rate }

  /// Rates at the next lower threshold.
  mutating func add(falseAcceptance: Double, acceptance: Double) {
    if falseAcceptance <= falseAcceptanceRate { value = acceptance } else { isPassed = true }
  }

  /// Whether so many impostor comparisons can show that rate at all: at least one may be accepted.
  static func isMeasurable(_ rate: Double, impostors: Int) -> Bool { rate * Double(impostors) >= 1 }
}
