/// Genuine and impostor scores from the highest to the lowest, and every figure that comes of lowering a threshold past them.
/// A score that equals the threshold is accepted.
///
/// Each comparison counts by the weights of the people in it, so that a bootstrap over people needs no second sorting. A
/// genuine one counts as often as its person was drawn, an impostor one as often as both were; two copies of the same
/// person are never compared.
public struct RankedScores: Sendable {
  /// What there is to say at all thresholds together; nil where one side is empty.
  public struct Figures: Equatable, Sendable {
    public var equalErrorRate: Double?
    /// Share of genuine ones accepted (and named rightly) at each of the rates asked for.
    public var acceptanceRates: [Double?]
    /// The probability that a genuine score exceeds an impostor's, ties counting half.
    public var area: Double?
  }

  private enum Kind: UInt8 { case impostor, genuine, misnamed }

  private struct Entry {
    var score: Float
    var person: Int32
    /// Whose template; −1 where no particular person's is meant.
    var template: Int32
    var kind: Kind
    /// The last of those with this score.
    var endsLevel = false
  }

  private var entries: [Entry] = []
  /// Comparisons, unweighted.
  public private(set) var genuineCount = 0
  public private(set) var impostorCount = 0
  private let genuineOf: [Int]
  private let impostorsOf: [Int]
  /// People whose templates impostors are compared with, one by one; empty where only the best one counts.
  private let templates: [Int]

  /// Verification: every probe of a known person against every template, its own is genuine.
  public init(verification matrix: ScoreMatrix) {
    var genuineOf = [Int](repeating: 0, count: matrix.personCount)
    var impostorsOf = genuineOf
    entries.reserveCapacity(matrix.scores.count)
    for probe in matrix.probes.indices {
      guard let own = matrix.own(probe) else { continue }
      let person = matrix.probes[probe]
      genuineOf[person] += 1
      impostorsOf[person] += 1
      for (column, score) in matrix.row(probe).enumerated() {
        let kind: Kind = column == own ? .genuine : .impostor
        entries.append(
          Entry(
            score: score, person: Int32(person), template: column == own ? -1 : Int32(matrix.templates[column]),
            kind: kind))
      }
      genuineCount += 1
      impostorCount += matrix.templates.count - 1
    }
    self.genuineOf = genuineOf
    self.impostorsOf = impostorsOf
    templates = matrix.templates
    rank()
  }

  /// Strangers: every probe by its best score. A known person's is genuine, and counts as accepted at a rate only where the best
  /// template is the person's own (detection and identification rate; Phillips, Grother, Micheals 2011).
  public init(openSet matrix: ScoreMatrix) {
    var genuineOf = [Int](repeating: 0, count: matrix.personCount)
    var impostorsOf = genuineOf
    for probe in matrix.probes.indices {
      guard let best = matrix.row(probe).max() else { continue }
      let person = matrix.probes[probe]
      var kind = Kind.impostor
      if let own = matrix.own(probe) {
        let row = matrix.row(probe)
        // Ties count against.
        let isNamed = row[row.startIndex + own] == best && row.count { $0 == best } == 1
        kind = isNamed ? .genuine : .misnamed
        genuineOf[person] += 1
        genuineCount += 1
      } else {
        impostorsOf[person] += 1
        impostorCount += 1
      }
      entries.append(Entry(score: best, person: Int32(person), template: -1, kind: kind))
    }
    self.genuineOf = genuineOf
    self.impostorsOf = impostorsOf
    templates = []
    rank()
  }

  private mutating func rank() {
    entries.sort { $0.score > $1.score }
    for index in entries.indices {
      entries[index].endsLevel = index == entries.count - 1 || entries[index + 1].score != entries[index].score
    }
  }

  /// Genuine scores and impostors', as they are.
  public var genuine: [Float] { entries.filter { $0.kind != .impostor }.map(\.score) }
  public var impostors: [Float] { entries.filter { $0.kind == .impostor }.map(\.score) }

  /// - Parameters:
  ///   - weights: how often each person counts, by number.
  ///   - rates: false acceptance rates. Those that the comparisons are too few for give nil.
  public func figures(weights: [Int], falseAcceptanceRates rates: [Double]) -> Figures {
    var (genuine, impostors) = (0, 0)
    let drawn = templates.reduce(0) { $0 + weights[$1] }
    let isTemplate = Set(templates)
    for (person, weight) in weights.enumerated() where weight > 0 {
      genuine += weight * genuineOf[person]
      let others = templates.isEmpty ? 1 : drawn - (isTemplate.contains(person) ? weight : 0)
      impostors += weight * impostorsOf[person] * others
    }
    guard genuine > 0, impostors > 0 else {
      return Figures(equalErrorRate: nil, acceptanceRates: rates.map { _ in nil }, area: nil)
    }

    var equal = EqualErrorRate()
    var accepted = rates.map { AcceptanceRate(atFalseAcceptanceRate: $0) }
    // Whole numbers, so that the area is exact: twice the pairs in the right order.
    var doubledPairs = 0.0
    var (falseOnes, trueOnes, named) = (0, 0, 0)
    var (falseBefore, trueBefore) = (0, 0)
    weights.withUnsafeBufferPointer { weights in
      for entry in entries {
        let weight = weights[Int(entry.person)] * (entry.template < 0 ? 1 : weights[Int(entry.template)])
        switch entry.kind {
        case .impostor: falseOnes += weight
        case .genuine:
          trueOnes += weight
          named += weight
        case .misnamed: trueOnes += weight
        }
        guard entry.endsLevel, falseOnes != falseBefore || trueOnes != trueBefore else { continue }
        doubledPairs += Double((falseOnes - falseBefore) * (trueOnes + trueBefore))
        (falseBefore, trueBefore) = (falseOnes, trueOnes)
        let falseAcceptance = Double(falseOnes) / Double(impostors)
        equal.add(falseAcceptance: falseAcceptance, falseRejection: Double(genuine - trueOnes) / Double(genuine))
        for index in accepted.indices where !accepted[index].isPassed {
          accepted[index].add(falseAcceptance: falseAcceptance, acceptance: Double(named) / Double(genuine))
        }
        // Nothing below changes anything but the area, and that in one step.
        if trueOnes == genuine, equal.value != nil, accepted.allSatisfy(\.isPassed) { break }
      }
    }
    doubledPairs += Double(impostors - falseOnes) * 2 * Double(genuine)
    return Figures(
      equalErrorRate: equal.value,
      acceptanceRates: accepted.map {
        AcceptanceRate.isMeasurable($0.falseAcceptanceRate, impostors: impostorCount) ? $0.value : nil
      },
      area: doubledPairs / 2 / (Double(genuine) * Double(impostors)))
  }
}
