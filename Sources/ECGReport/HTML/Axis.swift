import Foundation

/// Maps values to places in a drawing, and says where ticks belong.
struct Axis {
  var lower: Double
  var upper: Double
  var isLogarithmic = false
  var ticks: [Double]
  var label: String
  /// How a tick's value is written.
  var format: (Double) -> String

  /// A linear axis with round ticks.
  init(_ lower: Double, _ upper: Double, label: String, tickCount: Int = 5, format: ((Double) -> String)? = nil) {
    self.lower = lower
    self.upper = upper > lower ? upper : lower + 1
    self.label = label
    let step = Axis.roundStep((self.upper - lower) / Double(tickCount))
    let first = Int((lower / step - 1e-9).rounded(.up))
    let last = Int((self.upper / step + 1e-9).rounded(.down))
    ticks = first <= last ? (first...last).map { Double($0) * step } : []
    let digits = max(0, Int(-log10(step).rounded(.down)))
    self.format = format ?? { number($0, digits: digits) }
  }

  /// An axis of shares from 0 to 1, in per cent.
  static func share(_ label: String) -> Axis {
    Axis(0, 1, label: label) { "\(Int(($0 * 100).rounded()))" }
  }

  /// A logarithmic axis with ticks at 1, 2 and 5 times powers of ten; both ends must be positive.
  static func logarithmic(_ lower: Double, _ upper: Double, label: String) -> Axis {
    var axis = Axis(lower, max(upper, lower * 1.01), label: label)
    axis.isLogarithmic = true
    let decades = Int(log10(lower).rounded(.down))...Int(log10(axis.upper).rounded(.up))
    let fine = decades.flatMap { decade in [1.0, 2, 5].map { $0 * pow(10, Double(decade)) } }
    let coarse = decades.map { pow(10, Double($0)) }
    func inside(_ ticks: [Double]) -> [Double] { ticks.filter { $0 >= lower * 0.999 && $0 <= axis.upper * 1.001 } }
    axis.ticks = inside(fine).count <= 9 ? inside(fine) : inside(coarse)
    axis.format = { number($0, digits: $0 < 1 ? Int(-log10($0).rounded(.down)) : 0) }
    return axis
  }

  /// 0 at the lower end, 1 at the upper one.
  func place(_ value: Double) -> Double {
    guard isLogarithmic else { return (value - lower) / (upper - lower) }
    return log(max(value, lower / 10) / lower) / log(upper / lower)
  }

  /// 1, 2 or 5 times a power of ten.
  private static func roundStep(_ step: Double) -> Double {
    let power = pow(10, log10(step).rounded(.down))
    let factor = step / power
    return power * (factor < 1.5 ? 1 : factor < 3.5 ? 2 : factor < 7.5 ? 5 : 10)
  }
}

/// A number as people read it: a proper minus, digits in groups of three.
func number(_ value: Double, digits: Int = 0) -> String {
  let plain = String(format: "%.\(digits)f", abs(value))
  let parts = plain.split(separator: ".", omittingEmptySubsequences: false)
  var whole = ""
  for (index, digit) in parts[0].reversed().enumerated() {
    if index > 0, index % 3 == 0 { whole.append(",") }
    whole.append(digit)
  }
  let isZero = !plain.contains { $0 != "0" && $0 != "." }
  return (value < 0 && !isZero ? "−" : "") + String(whole.reversed()) + (parts.count > 1 ? "." + parts[1] : "")
}

func number(_ value: Int) -> String { number(Double(value)) }
