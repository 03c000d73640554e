/// A 95 % interval of a share whose answers come in groups: beats of one person resemble one another, so a thousand beats
/// of ten people say less about other people than a thousand beats of a thousand people.
///
/// Wilson's interval (1927), with the number of answers replaced by how many independent ones are worth as much
/// (Kish 1965, Korn and Graubard 1998): n′ = p (1 − p) / v, where v is the variance of p between the m people,
///
///     v = m / (m − 1) · Σ (correctᵢ − p · countᵢ)² / n²
///
/// at most n. When p is 0 or 1, or there is but one person, the answers themselves do not say how alike they are:
/// then each person is one opinion, n′ = n² / Σ countᵢ².
public struct RateInterval: Equatable, Sendable {
  public var lower: Double
  public var upper: Double

  /// nil when there are no answers.
  ///
  /// - Parameter people: correct answers and answers of each person.
  public init?(_ people: some Sequence<(correct: Int, count: Int)>) {
    let people = people.filter { $0.count > 0 }
    let count = people.reduce(0) { $0 + $1.count }
    guard count > 0 else { return nil }
    let n = Double(count)
    let share = Double(people.reduce(0) { $0 + $1.correct }) / n
    let groups = Double(people.count)
    var worth: Double
    if share > 0, share < 1, people.count > 1 {
      let squares = people.reduce(0.0) { sum, person in
        let excess = Double(person.correct) - share * Double(person.count)
        return sum + excess * excess
      }
      let variance = groups / (groups - 1) * squares / (n * n)
      worth = variance > 0 ? min(n, share * (1 - share) / variance) : n
    } else {
      worth = n * n / people.reduce(0.0) { $0 + Double($1.count) * Double($1.count) }
    }
    let z = 1.959963984540054
    let denominator = 1 + z * z / worth
    let middle = (share + z * z / (2 * worth)) / denominator
    let half = z * (share * (1 - share) / worth + z * z / (4 * worth * worth)).squareRoot() / denominator
    lower = max(0, middle - half)
    upper = min(1, middle + half)
  }
}
