import CECGKernels
import ECGCore

/// Band-limited change of the sampling rate: a windowed sinc (Kaiser, β = 5, ten zero crossings either side), cut off
/// at the lower of the two Nyquist frequencies. Beyond its ends the signal holds its first and last value.
///
/// When the rates stand in a ratio of whole numbers up to 1024, the filter is evaluated at exactly the phases that
/// occur (polyphase, as `scipy.signal.resample_poly(padtype="edge")`); otherwise phases are interpolated linearly from
/// a fine table. Time is linear in the signal; the table holds about 20 · max(up, down) values at most.
public struct Resampler {
  /// Output and input samples per common period; both 0 when phases are interpolated.
  public let up: Int
  public let down: Int
  /// Input samples per output sample.
  private let ratio: Double
  private let phases: Int
  /// Taps before and after the one at the phase's own sample.
  private let reach: Int

  private static var zeroCrossings: Int { 10 }
  private static var beta: Double { 5 }
  private static var largestTerm: Int { 1024 }

  /// Throws `samplingRate` unless both rates lie within `PipelineConfiguration.samplingRates`.
  public init(from input: Double, to output: Double) throws(Status) {
    guard PipelineConfiguration.samplingRates.contains(input), PipelineConfiguration.samplingRates.contains(output)
    else { throw .samplingRate }
    ratio = input / output
    if let (numerator, denominator) = Self.fraction(output / input) {
      up = numerator
      down = denominator
      phases = up
      reach = (Self.zeroCrossings * max(up, down) + up - 1) / up
    } else {
      let stretch = max(1, ratio)
      up = 0
      down = 0
      phases = Int((512 / stretch).rounded(.up))
      reach = Int((Double(Self.zeroCrossings) * stretch).rounded(.up))
    }
  }

  /// Whether input and output have the same rate: resampling is then a copy.
  public var isCopy: Bool { up == 1 && down == 1 }

  private var taps: Int { 2 * reach + 1 }
  var tableCount: Int { isCopy ? 0 : (up > 0 ? phases : phases + 1) * taps }

  /// How many samples come out for `inputCount`; throws `signalTooLong` when that cannot be counted.
  public func outputCount(_ inputCount: Int) throws(Status) -> Int {
    guard inputCount >= 0 else { throw .argument }
    if up > 0 {
      let (product, overflow) = inputCount.multipliedReportingOverflow(by: up)
      guard !overflow, product <= Int.max - down else { throw .signalTooLong }
      return (product + down - 1) / down
    }
    let count = (Double(inputCount) / ratio).rounded(.up)
    guard count < Double(Int.max / 4) else { throw .signalTooLong }
    return Int(count)
  }

  /// The best convergent of the continued fraction of `value` within 10⁻⁹, if its terms are small.
  private static func fraction(_ value: Double) -> (Int, Int)? {
    var rest = value
    var (p0, q0, p1, q1) = (0, 1, 1, 0)
    for _ in 0..<20 {
      let whole = rest.rounded(.down)
      guard whole <= Double(largestTerm) else { return nil }
      let (p, q) = (Int(whole) * p1 + p0, Int(whole) * q1 + q0)
      guard p <= largestTerm, q <= largestTerm else { return nil }
      (p0, q0, p1, q1) = (p1, q1, p, q)
      if abs(Double(p) / Double(q) - value) <= 1e-9 * value { return p > 0 ? (p, q) : nil }
      guard rest > whole else { return nil }
      rest = 1 / (rest - whole)
    }
    return nil
  }

  /// Fills the table of taps, phase by phase.
  func fill(_ table: UnsafeMutableBufferPointer<Float>) {
    guard !isCopy, table.count >= tableCount else { return }
    let exact = up > 0
    // Distances are in units of 1/unit of an input sample, so that exact phases fall on whole numbers.
    let unit = exact ? Double(up) : 1
    let period = exact ? Double(max(up, down)) : max(1, ratio)
    let half = Double(Self.zeroCrossings) * period
    let edge = besselI0(Self.beta)
    func response(_ distance: Double) -> Double {
      let part = distance / half
      guard abs(part) <= 1 else { return 0 }
      let angle = Double.pi * distance / period
      let sinc = angle == 0 ? 1 : ecg_sin(angle) / angle
      return sinc * besselI0(Self.beta * ecg_sqrt(1 - part * part)) / edge
    }
    let rows = exact ? phases : phases + 1
    var total = 0.0
    for row in 0..<rows {
      let phase = exact ? Double(row) : Double(row) / Double(phases)
      var sum = 0.0
      for tap in 0..<taps {
        let value = response(phase + Double(reach - tap) * unit)
        table[row * taps + tap] = Float(value)
        sum += value
      }
      total += sum
      if !exact {
        let scale = Float(1 / sum)
        for tap in 0..<taps { table[row * taps + tap] *= scale }
      }
    }
    if exact {
      let scale = Float(Double(up) / total)
      for i in 0..<tableCount { table[i] *= scale }
    }
  }

  /// Resamples `input` into `output`, taking the table from the arena.
  ///
  /// Throws `bufferTooSmall` when `output` holds less than `outputCount(input.count)` values, or the arena is too
  /// small; `signalTooShort` for an empty input.
  public func resample(_ input: Span<Float>, into output: inout MutableSpan<Float>, arena: inout Arena) throws(Status) {
    let needed = try outputCount(input.count)
    guard output.count >= needed else { throw .bufferTooSmall }
    guard input.count > 0 else { throw .signalTooShort }
    let mark = arena.mark
    defer { arena.rewind(to: mark) }
    let table = try arena.take(Float.self, tableCount)
    fill(table)
    input.withUnsafeBufferPointer { source in
      output.withUnsafeMutableBufferPointer { resample(source, table: table, into: $0, count: needed) }
    }
  }

  func resample(
    _ input: UnsafeBufferPointer<Float>, table: UnsafeMutableBufferPointer<Float>,
    into output: UnsafeMutableBufferPointer<Float>, count: Int
  ) {
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    let last = input.count - 1
    if isCopy {
      for i in 0..<count { target[i] = source[i] }
      return
    }
    guard let rows = table.baseAddress else { return }
    var sample = 0
    var phase = 0
    for m in 0..<count {
      if up > 0 {
        target[m] = filtered(source, last, at: sample, rows + phase * taps)
        phase += down
        sample += phase / up
        phase %= up
      } else {
        let position = Double(m) * ratio
        let whole = position.rounded(.down)
        let fine = (position - whole) * Double(phases)
        let row = min(phases - 1, Int(fine))
        let part = Float(fine - Double(row))
        let centre = Int(whole)
        let low = filtered(source, last, at: centre, rows + row * taps)
        let high = filtered(source, last, at: centre, rows + (row + 1) * taps)
        target[m] = low + (high - low) * part
      }
    }
  }

  @inline(__always)
  private func filtered(
    _ source: UnsafePointer<Float>, _ last: Int, at centre: Int, _ row: UnsafePointer<Float>
  ) -> Float {
    let first = centre - reach
    if first >= 0 && centre + reach <= last {
      let from = source + first
      var (a, b, c, d): (Float, Float, Float, Float) = (0, 0, 0, 0)
      var tap = 0
      while tap + 4 <= taps {
        a += from[tap] * row[tap]
        b += from[tap + 1] * row[tap + 1]
        c += from[tap + 2] * row[tap + 2]
        d += from[tap + 3] * row[tap + 3]
        tap += 4
      }
      while tap < taps {
        a += from[tap] * row[tap]
        tap += 1
      }
      return (a + c) + (b + d)
    }
    var sum: Float = 0
    for tap in 0..<taps { sum += source[min(max(first + tap, 0), last)] * row[tap] }
    return sum
  }
}

/// The modified Bessel function of the first kind and order 0, by its power series.
func besselI0(_ x: Double) -> Double {
  let quarter = x * x / 4
  var term = 1.0
  var sum = 1.0
  var k = 1.0
  while term > sum * 1e-17 && k < 200 {
    term *= quarter / (k * k)
    sum += term
    k += 1
  }
  return sum
}
