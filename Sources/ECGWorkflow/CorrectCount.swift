/// Correct answers among those that were given.
public struct CorrectCount: Codable, Sendable {
  public var correct: Int
  public var count: Int
  /// NaN when there were none.
  public var share: Double { count > 0 ? Double(correct) / Double(count) : .nan }

  private enum CodingKeys: String, CodingKey { case correct, count, share }

  public init(_ correct: Int, of count: Int) {
    self.correct = correct
    self.count = count
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    correct = try container.decode(Int.self, forKey: .correct)
    count = try container.decode(Int.self, forKey: .count)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(correct, forKey: .correct)
    try container.encode(count, forKey: .count)
    try container.encode(count > 0 ? share : nil, forKey: .share)
  }
}
