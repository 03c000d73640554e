/// Closed-set identification: how often the true person is among the k whose templates score highest (cumulative match
/// characteristic; ISO/IEC 19795-1).
///
/// A probe's rank is 1 + how many other templates score as high as its own or higher: ties count against.
public struct CumulativeMatch: Sendable {
  /// By probe; strangers' are left out.
  public let ranks: [Int]
  private let people: [Int]

  public init(_ matrix: ScoreMatrix) {
    var ranks: [Int] = []
    var people: [Int] = []
    for probe in matrix.probes.indices {
      guard let own = matrix.own(probe) else { continue }
      let row = matrix.row(probe)
      let score = row[row.startIndex + own]
      ranks.append(row.count { $0 >= score })
      people.append(matrix.probes[probe])
    }
    self.ranks = ranks
    self.people = people
  }

  /// The share of probes of rank k or better, each weighted by its person's weight; nil without any.
  public func rate(rank: Int, weights: [Int]) -> Double? {
    var right = 0
    var all = 0
    for (index, found) in ranks.enumerated() {
      let weight = weights[people[index]]
      all += weight
      if found <= rank { right += weight }
    }
    return ratio(right, all)
  }

  /// Probes of rank k or better and probes of each person, by number.
  public func counts(rank: Int) -> [(person: Int, correct: Int, count: Int)] {
    var counts: [Int: (correct: Int, count: Int)] = [:]
    for (index, found) in ranks.enumerated() {
      counts[people[index], default: (0, 0)].count += 1
      if found <= rank { counts[people[index]]!.correct += 1 }
    }
    return counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value.correct, $0.value.count) }
  }
}
