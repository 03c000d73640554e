/// A decimal number as it stands in a text, read without a detour through `String`.
struct TextNumber {
  /// The first 19 significant digits; more do not fit.
  private let mantissa: UInt64
  /// The number is the mantissa times ten to this power.
  private let exponent: Int
  private let isNegative: Bool
  private let text: UnsafeRawBufferPointer

  /// Nil unless all of `text` is a number: digits with a sign, a point (or a comma, where it separates nothing) and an
  /// exponent.
  init?(_ text: UnsafeRawBufferPointer, decimalComma: Bool) {
    guard let (number, length) = Self.prefix(of: text, decimalComma: decimalComma), length == text.count else {
      return nil
    }
    self = number
  }

  /// The number that `text` begins with, and how many bytes it takes.
  @inline(__always)
  static func prefix(of text: UnsafeRawBufferPointer, decimalComma: Bool) -> (number: TextNumber, length: Int)? {
    let end = text.count
    var position = 0
    var isNegative = false
    if end > 0, text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") {
      isNegative = text[0] == UInt8(ascii: "-")
      position = 1
    }
    let start = position
    var mantissa: UInt64 = 0
    while position < end, text[position] &- 48 < 10 {
      mantissa = mantissa &* 10 &+ UInt64(text[position] &- 48)
      position &+= 1
    }
    var digits = position &- start
    var fraction = 0
    if position < end, text[position] == UInt8(ascii: ".") || (decimalComma && text[position] == UInt8(ascii: ",")) {
      position &+= 1
      let first = position
      while position < end, text[position] &- 48 < 10 {
        mantissa = mantissa &* 10 &+ UInt64(text[position] &- 48)
        position &+= 1
      }
      fraction = position &- first
      digits &+= fraction
    }
    guard digits > 0 else { return nil }
    var exponent = -fraction
    if digits > 19 {
      let first = firstDigits(text[start..<position])
      mantissa = first.mantissa
      exponent += first.dropped
    }
    if position < end, text[position] | 0x20 == UInt8(ascii: "e") {
      guard let (written, length) = whole(text, from: position + 1) else { return nil }
      exponent += written
      position += length + 1
    }
    let number = TextNumber(
      mantissa: mantissa, exponent: exponent, isNegative: isNegative,
      text: UnsafeRawBufferPointer(rebasing: text[..<position]))
    return (number, position)
  }

  private init(mantissa: UInt64, exponent: Int, isNegative: Bool, text: UnsafeRawBufferPointer) {
    self.mantissa = mantissa
    self.exponent = exponent
    self.isNegative = isNegative
    self.text = text
  }

  /// The first significant digits of many, and how many more there are.
  @inline(never)
  private static func firstDigits(_ digits: Slice<UnsafeRawBufferPointer>) -> (mantissa: UInt64, dropped: Int) {
    var (mantissa, dropped): (UInt64, Int) = (0, 0)
    for byte in digits where (48...57).contains(byte) {
      if mantissa < 1_000_000_000_000_000_000 {
        mantissa = mantissa &* 10 &+ UInt64(byte &- 48)
      } else {
        dropped += 1
      }
    }
    return (mantissa, dropped)
  }

  /// The exponent behind the `e` and its length; nil unless it is a whole number. Beyond a million none makes a
  /// difference.
  private static func whole(_ text: UnsafeRawBufferPointer, from start: Int) -> (value: Int, length: Int)? {
    var position = start
    let isNegative = position < text.count && text[position] == UInt8(ascii: "-")
    if isNegative || (position < text.count && text[position] == UInt8(ascii: "+")) { position += 1 }
    let first = position
    var value = 0
    while position < text.count, text[position] &- 48 < 10 {
      value = min(value * 10 + Int(text[position] &- 48), 1_000_000)
      position += 1
    }
    return position > first ? (isNegative ? -value : value, position - start) : nil
  }

  /// The nearest `Float` to the number times ten to the power `shift`; nil beyond the range of `Float`.
  ///
  /// A product or quotient of two doubles is wrong by two units in its last place at most, which decides between two
  /// floats only if it lies that near to the middle between them; those few are left to the standard library.
  @inline(__always)
  func float(shift: Int) -> Float? {
    if mantissa == 0 { return isNegative ? -0.0 : 0 }
    let power = exponent + shift
    guard abs(power) <= 22 else { return exact(power) }
    let value = power < 0 ? Double(mantissa) / powersOfTen[-power] : Double(mantissa) * powersOfTen[power]
    let distance = Int32(truncatingIfNeeded: value.bitPattern & 0x1FFF_FFFF) &- 0x1000_0000
    guard abs(distance) > 8 else { return exact(power) }
    let float = Float(isNegative ? -value : value)
    return float.isFinite ? float : nil
  }

  /// The number as a `Double`, within a few units in the last place.
  var double: Double {
    if abs(exponent) > 22 { return Double(digits(exponent)) ?? .nan }
    let value = exponent < 0 ? Double(mantissa) / powersOfTen[-exponent] : Double(mantissa) * powersOfTen[exponent]
    return isNegative ? -value : value
  }

  /// The last digit's worth: 0.001 for "1.250".
  var resolution: Double { Double("1e\(exponent)") ?? 0 }

  @inline(never)
  private func exact(_ power: Int) -> Float? {
    guard let value = Float(digits(power)), value.isFinite else { return nil }
    return value
  }

  /// All digits, without a point, and with the exponent that makes up for it.
  private func digits(_ power: Int) -> String {
    let all = text.prefix { $0 | 0x20 != UInt8(ascii: "e") }.filter { (48...57).contains($0) }.drop { $0 == 48 }
    let beyond = all.count - String(mantissa).count
    return (isNegative ? "-" : "") + String(decoding: all, as: UTF8.self) + "e\(power - beyond)"
  }
}

/// Exact as doubles.
private let powersOfTen: [Double] = (0...22).map { Double("1e\($0)")! }

/// Whether a field says that there is no value.
func isMissing(_ text: UnsafeRawBufferPointer) -> Bool {
  guard let first = text.first else { return true }
  // Nearly all fields are numbers: look closer only at what does not begin like one.
  if (48...57).contains(first) { return false }
  guard text.count <= 4 else { return false }
  return ["-", "--", "nan", "-nan", "na", "n/a", "null", "none"].contains(
    String(decoding: text, as: UTF8.self).lowercased())
}
