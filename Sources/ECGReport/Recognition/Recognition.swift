import ECG
import ECGExport
import ECGMetrics
import ECGModelFile
import ECGTraining
import ECGWorkflow
import Foundation

/// How well people are recognised under a protocol, in figures. `Documentation/Protocols.md` defines each.
public struct Recognition: Encodable, Sendable {
  /// A share of genuine probes at a false acceptance rate.
  public struct RateAt: Encodable, Sendable {
    public var falseAcceptanceRate: Double
    /// Undefined where there are too few impostor comparisons for that rate.
    public var rate: Estimate
  }

  /// A point of the ROC and DET curves.
  public struct Point: Encodable, Sendable {
    /// nil for one that no score reaches.
    @NullWhenAbsent public var threshold: Double?
    public var falseAcceptanceRate: Double
    /// 1 − the false rejection rate.
    public var acceptanceRate: Double
  }

  /// Known people and strangers told apart.
  public struct OpenSet: Encodable, Sendable {
    public var knownProbes: Int
    public var strangerProbes: Int
    public var strangers: Int
    public var equalErrorRate: Estimate
    public var auroc: Estimate
    public var detectionAndIdentification: [RateAt]
    public var curve: [Point]
  }

  /// What probes of one length give.
  public struct Length: Encodable, Sendable {
    /// "1", "5", "8" beats, or "recording".
    public var probe: String
    public var probes: Int
    public var people: Int
    public var recordings: Int
    public var genuineComparisons: Int
    public var impostorComparisons: Int
    /// Rank 1, 2, … up to ten: the share of probes whose person is among so many best ones.
    public var ranks: [Estimate]
    public var equalErrorRate: Estimate
    public var trueAcceptance: [RateAt]
    public var auroc: Estimate
    public var curve: [Point]
    /// nil without strangers.
    @NullWhenAbsent public var openSet: OpenSet?
  }

  public static let falseAcceptanceRates = [0.01, 0.001]
  private static let mostRanks = 10

  public var model: String
  public var network: String
  public var source: String
  public var recognition: String
  public var summary: String
  public var subjectDisjoint: Bool
  public var seed: UInt64
  public var template: String
  /// People who are enrolled, with so many beats and recordings.
  public var enrolled: Int
  public var enrolmentBeats: Int
  public var enrolmentRecordings: Int
  /// People who are enrolled and probe.
  public var probing: Int
  public var strangers: Int
  /// How many people take no part, by reason.
  public var leftOut: [String: Int]
  public var draws: Int
  public var lengths: [Length]
  public var caveats: [String]

  public init(_ scores: RecognitionScores, of loaded: LoadedModel, on prepared: PreparedBeats, draws: Int = 2000) {
    let trial = scores.trial
    model = loaded.url.lastPathComponent
    network = String(cString: loaded.model.file.networkName)
    source = prepared.source
    recognition = trial.rules.recognition.rawValue
    summary = trial.rules.recognition.summary
    subjectDisjoint = trial.rules.isSubjectDisjoint
    seed = trial.rules.seed
    template = scores.templateRule.rawValue
    enrolled = trial.enrolled.count
    let enrolment = trial.enrolled.flatMap(\.enrolment)
    enrolmentBeats = enrolment.count
    enrolmentRecordings = Set(enrolment.map { prepared.recordingOfBeat[$0] }).count
    probing = trial.probing.count
    strangers = trial.strangers.count
    leftOut = Dictionary(trial.leftOut.map { ($0.reason.rawValue, 1) }, uniquingKeysWith: +)
    self.draws = draws
    let bootstrap = Bootstrap(
      groups: [trial.enrolled.map { Int($0.person) }, trial.strangers.map { Int($0.person) }],
      personCount: prepared.people.count, drawCount: draws, seed: trial.rules.seed)
    lengths = scores.probes.map { Length($0, bootstrap, ranks: Self.mostRanks) }
    caveats = []
    caveats = recognitionCaveats(self, scores)
  }
}

extension Recognition.Length {
  fileprivate init(_ probes: RecognitionScores.Probes, _ bootstrap: Bootstrap, ranks rankCount: Int) {
    let rates = Recognition.falseAcceptanceRates
    let matrix = probes.scores
    let matches = CumulativeMatch(matrix)
    let closed = RankedScores(verification: matrix)
    let open = matrix.strangerCount > 0 ? RankedScores(openSet: matrix) : nil
    let ranks = 1...max(1, min(rankCount, matrix.templates.count))
    @Sendable func figures(_ weights: [Int]) -> [Double?] {
      ranks.map { matches.rate(rank: $0, weights: weights) }
        + closed.figures(weights: weights, falseAcceptanceRates: rates).all
        + (open?.figures(weights: weights, falseAcceptanceRates: rates).all ?? [])
    }
    // Rates of all probes as they are: everybody counts once.
    let everybody = [Int](repeating: 1, count: bootstrap.weights(ofDraw: 0).count)
    let values = figures(everybody)
    let intervals = matches.ranks.isEmpty ? values.map { _ in nil } : bootstrap.intervals(of: figures)
    let known = matches.counts(rank: 1)
    let counts = known.map(\.count)
    func share(_ index: Int) -> Estimate { Estimate(share: values[index], intervals[index], counts: counts) }
    func errorRate(_ index: Int) -> Estimate { Estimate(share: values[index], intervals[index], counts: counts) }
    func ratesAt(_ first: Int) -> [Recognition.RateAt] {
      rates.enumerated().map { Recognition.RateAt(falseAcceptanceRate: $1, rate: share(first + $0)) }
    }

    probe = "\(probes.length)"
    self.probes = matches.ranks.count
    people = known.count
    recordings = Set(matrix.probes.indices.filter { matrix.own($0) != nil }.map { probes.recordings[$0] }).count
    genuineComparisons = closed.genuineCount
    impostorComparisons = closed.impostorCount
    self.ranks = ranks.map { share($0 - 1) }
    let first = ranks.count
    equalErrorRate = errorRate(first)
    auroc = Estimate(values[first + 1], intervals[first + 1])
    trueAcceptance = ratesAt(first + 2)
    curve = points(closed)
    openSet = open.map { open in
      let first = first + 2 + rates.count
      return Recognition.OpenSet(
        knownProbes: open.genuineCount, strangerProbes: open.impostorCount, strangers: matrix.strangerCount,
        equalErrorRate: errorRate(first), auroc: Estimate(values[first + 1], intervals[first + 1]),
        detectionAndIdentification: ratesAt(first + 2), curve: points(open))
    }
  }
}

extension RankedScores.Figures {
  fileprivate var all: [Double?] { [equalErrorRate, area] + acceptanceRates }
}

/// The curve without points that nobody could see: closer than a thousandth in acceptance and two per cent in false
/// acceptance to the one before.
private func points(_ scores: RankedScores) -> [Recognition.Point] {
  guard let curve = ROCCurve(negatives: scores.impostors, positives: scores.genuine) else { return [] }
  var kept: [Recognition.Point] = []
  let corners = curve.corners
  for (index, corner) in corners.enumerated() {
    if let last = kept.last, index < corners.count - 1,
      corner.detectionRate - last.acceptanceRate < 0.001, corner.falseAlarmRate < 1.02 * last.falseAcceptanceRate
    {
      continue
    }
    kept.append(
      .init(
        threshold: corner.threshold.isFinite ? corner.threshold : nil, falseAcceptanceRate: corner.falseAlarmRate,
        acceptanceRate: corner.detectionRate))
  }
  return kept
}
