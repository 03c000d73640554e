import ECGCore

/// What a score means: how often strangers reach it, as measured on people that the model was not trained on.
///
/// **Looks.** Beats come one after another, and the first 1, 2, 4, … of them are looked at: `beatCounts`. The impostor
/// rate F(s) of a look is the share of comparisons between two people, a probe and a template, whose score is s or more:
/// (1 + those) / (1 + all), so that it is never 0.
///
/// **What is promised.** Somebody who is not enrolled is accepted with a probability of at most
///
///     P = (1 + n · min(1, L · N · F)) / (n + 1)
///
/// with n people measured, L looks and N templates compared: every look and every template is one more chance (union
/// bound), and the stranger is counted as one further person who is accepted (as the next one would be counted in
/// conformal prediction; Vovk, Gammerman, Shafer 2005). So P is never below 1 / (n + 1), however high the score.
public struct VerificationScale {
  public static var mostLooks: Int { 16 }
  public static var mostRates: Int { 4096 }
  /// Above every cosine: a threshold that nobody reaches.
  public static var unreachable: Float { 2 }

  /// Beats at each look, ascending.
  public let beatCounts: UnsafeBufferPointer<Int32>
  /// Impostor rates, descending.
  public let rates: UnsafeBufferPointer<Float>
  /// Looks × rates: the least score with that rate or a smaller one.
  public let scores: UnsafeBufferPointer<Float>
  /// n.
  public let people: Int
  /// The false acceptance rate that decisions keep to.
  public let promisedRate: Double

  /// Tables in place. Throws `malformed` when they do not fit together.
  public init(
    beatCounts: UnsafeBufferPointer<Int32>, rates: UnsafeBufferPointer<Float>, scores: UnsafeBufferPointer<Float>,
    people: Int, promisedRate: Double
  ) throws(Status) {
    guard beatCounts.count >= 1, beatCounts.count <= VerificationScale.mostLooks, rates.count >= 1,
      rates.count <= VerificationScale.mostRates, scores.count == beatCounts.count &* rates.count, people >= 1,
      promisedRate > 0, promisedRate < 1
    else { throw .malformed }
    for index in 0..<beatCounts.count {
      let previous = index == 0 ? 0 : beatCounts[index &- 1]
      guard beatCounts[index] > previous, beatCounts[index] <= 1000 else { throw .malformed }
    }
    for index in 0..<rates.count {
      guard rates[index] > 0, rates[index] <= 1, index == 0 || rates[index] < rates[index &- 1] else {
        throw .malformed
      }
    }
    for index in 0..<scores.count {
      let isFirst = index % rates.count == 0
      guard scores[index] >= -2, scores[index] <= 2, isFirst || scores[index] >= scores[index &- 1] else {
        throw .malformed
      }
    }
    self.beatCounts = beatCounts
    self.rates = rates
    self.scores = scores
    self.people = people
    self.promisedRate = promisedRate
  }

  public var lookCount: Int { beatCounts.count }
  /// Beats at the last look: none beyond are looked at.
  public var mostBeats: Int { Int(beatCounts[lookCount &- 1]) }

  /// F of a score: the rate of the highest table entry that it reaches, 1 below all of them.
  public func impostorRate(_ score: Float, look: Int) -> Double {
    var rate = 1.0
    for index in 0..<rates.count where score >= scores[look &* rates.count &+ index] { rate = Double(rates[index]) }
    return rate
  }

  /// P of a score at this look, after a comparison with so many templates.
  public func falseAcceptanceProbability(_ score: Float, look: Int, templates: Int) -> Double {
    let n = Double(people)
    let chances = Double(lookCount) * Double(templates) * impostorRate(score, look: look)
    return (1 + n * min(1, chances)) / (n + 1)
  }

  /// The least score at this look whose P is within the promise; `unreachable` when there is none.
  public func threshold(look: Int, templates: Int) -> Float {
    for index in 0..<rates.count {
      let score = scores[look &* rates.count &+ index]
      if falseAcceptanceProbability(score, look: look, templates: templates) <= promisedRate { return score }
    }
    return VerificationScale.unreachable
  }
}
