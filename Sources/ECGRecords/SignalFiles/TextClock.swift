import Foundation

/// The time column of a text file, from which the sampling rate follows.
struct TextClock {
  let column: Int
  /// Hertz.
  let samplingRate: Double
  private let secondsPerUnit: Double
  private let decimalComma: Bool
  /// Seconds, of the first row.
  private let start: Double
  /// Seconds by which a time may be wrong: half a sample, or what the times are rounded to.
  private let tolerance: Double

  /// - Parameters:
  ///   - first, last: the fields of the first and the last row.
  ///   - rowCount: at least 2.
  /// - Throws: `RecordError.unsupported` when the column makes no sampling rate.
  init(
    column: Int, named name: String, secondsPerUnit: Double, decimalComma: Bool, first: [UInt8], last: [UInt8],
    rowCount: Int, file: String
  ) throws(RecordError) {
    let times = [first, last].compactMap { field in
      field.withUnsafeBytes { Self.seconds($0, decimalComma: decimalComma) }
    }
    guard let begin = times.first, let end = times.last, times.count == 2 else {
      throw .unsupported(file: file, what: "the column \"\(name)\" has no time in its first or last row; give --rate")
    }
    let span = (end.value - begin.value) * secondsPerUnit
    let rate = Double(rowCount - 1) / span
    guard span > 0, (10...1_000_000).contains(rate) else {
      throw .unsupported(
        file: file,
        what:
          "the column \"\(name)\" makes a sampling rate of \(span > 0 ? "\(rate)" : "0") Hz; name its unit in the heading"
          + " (time_ms, say), or give --rate")
    }
    // The last zeros of a time may have been left out, so the finer one counts.
    let resolution = min(begin.resolution, end.resolution) * secondsPerUnit
    samplingRate = Self.roundest(rate, within: rate * (resolution / span + 1e-6))
    tolerance = max(0.5 / samplingRate, 1.01 * resolution) + 1e-9 * abs(end.value * secondsPerUnit)
    start = begin.value * secondsPerUnit
    self.column = column
    self.secondsPerUnit = secondsPerUnit
    self.decimalComma = decimalComma
  }

  /// Times are rounded, so what follows from them is not quite the rate: the number with the fewest digits that can be
  /// meant.
  private static func roundest(_ rate: Double, within tolerance: Double) -> Double {
    for parts in [1.0, 2, 4, 5, 8, 10, 100, 1000] {
      let candidate = (rate * parts).rounded() / parts
      if abs(candidate - rate) <= tolerance { return candidate }
    }
    return rate
  }

  /// What is wrong with the time of a row (counted from 0), if anything: found and expected.
  @inline(__always)
  func problem(_ field: UnsafeRawBufferPointer, row: Int) -> (found: String, expected: String)? {
    let expected = start + Double(row) / samplingRate
    let time =
      TextNumber(field, decimalComma: decimalComma)?.double ?? Self.seconds(field, decimalComma: decimalComma)?.value
    if let found = time,
      abs(found * secondsPerUnit - expected) <= tolerance
    {
      return nil
    }
    return (
      String(decoding: field, as: UTF8.self),
      "the time \(expected / secondsPerUnit), as rows are \(samplingRate) Hz apart on the whole; resample the recording, or"
        + " give --rate to leave the times alone"
    )
  }

  /// Whether it is a time of day or since the start: "0:01.250", "12:00:00", "2020-02-29T12:00:00.5".
  static func isClockTime(_ field: UnsafeRawBufferPointer) -> Bool {
    field.contains(UInt8(ascii: ":")) && seconds(field, decimalComma: true) != nil
  }

  /// A number, or hours, minutes and seconds with or without a day.
  private static func seconds(
    _ field: UnsafeRawBufferPointer, decimalComma: Bool
  ) -> (value: Double, resolution: Double)? {
    if let number = TextNumber(field, decimalComma: decimalComma) {
      return (number.double, number.resolution)
    }
    var text = Substring(decoding: field, as: UTF8.self)
    var days = 0
    if let mark = text.firstIndex(where: { $0 == "T" || $0 == " " }) {
      guard let date = RecordingDate(text[..<mark]) else { return nil }
      days = date.dayNumber
      text = text[text.index(after: mark)...]
      if text.last == "Z" { text.removeLast() }
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count) else { return nil }
    var (value, resolution) = (0.0, 1.0)
    for part in parts {
      let number = Array(part.utf8).withUnsafeBytes { bytes in
        TextNumber(bytes, decimalComma: true).map { ($0.double, $0.resolution) }
      }
      guard let number, number.0 >= 0 else { return nil }
      value = value * 60 + number.0
      resolution = number.1
    }
    return (value + 86_400 * Double(days), resolution)
  }
}
