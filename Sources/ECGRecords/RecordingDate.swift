/// A calendar day, as recordings carry it. Later days compare greater.
public struct RecordingDate: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let year: Int
  public let month: Int
  public let day: Int

  /// Nil unless the day exists in the Gregorian calendar between the years 1800 and 9999.
  public init?(year: Int, month: Int, day: Int) {
    guard (1800...9999).contains(year), (1...12).contains(month) else { return nil }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1...days[month - 1]).contains(day) else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  /// Reads `2004-12-07`, `07.12.2004`, `07/12/2004` (the day first, as WFDB headers write it) and `07-Dec-2004`.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(omittingEmptySubsequences: false) { "./-".contains($0) }
    guard parts.count == 3 else { return nil }
    let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    let month = Int(parts[1]) ?? months.firstIndex(of: parts[1].lowercased()).map { $0 + 1 }
    guard let first = Int(parts[0]), let month, let last = Int(parts[2]) else { return nil }
    if parts[0].count == 4 {
      self.init(year: first, month: month, day: last)
    } else {
      self.init(year: last, month: month, day: first)
    }
  }

  /// Days since some fixed day: the difference of two is how many days lie between them.
  public var dayNumber: Int {
    let past = month <= 2 ? year - 1 : year
    // March is the first month, so that the leap day is the year's last.
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day
    return past * 365 + past / 4 - past / 100 + past / 400 + dayOfYear
  }

  public var description: String {
    func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(year)-\(padded(month))-\(padded(day))"
  }

  public static func < (a: Self, b: Self) -> Bool { (a.year, a.month, a.day) < (b.year, b.month, b.day) }
}
