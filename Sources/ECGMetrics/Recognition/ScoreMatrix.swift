/// The scores of probes against everybody's template: higher is more alike.
public struct ScoreMatrix: Equatable, Sendable {
  /// Whose each column is, by number; everybody once.
  public let templates: [Int]
  /// Whose each row is; somebody without a template is a stranger.
  public let probes: [Int]
  /// Rows one after another.
  public let scores: [Float]
  private let columns: [Int: Int]

  /// There must be a score for each probe and template, and none may be NaN.
  public init(templates: [Int], probes: [Int], scores: [Float]) {
    precondition(scores.count == probes.count * templates.count && Set(templates).count == templates.count)
    self.templates = templates
    self.probes = probes
    self.scores = scores
    columns = Dictionary(uniqueKeysWithValues: zip(templates, 0...))
  }

  /// One more than the highest number of a person.
  public var personCount: Int { (templates + probes).reduce(0) { max($0, $1 + 1) } }

  /// A probe's scores, template by template.
  public func row(_ probe: Int) -> ArraySlice<Float> {
    scores[probe * templates.count..<(probe + 1) * templates.count]
  }

  /// The column of the probe's own template; nil for a stranger's.
  public func own(_ probe: Int) -> Int? { columns[probes[probe]] }

  /// The probes of people who have a template.
  public var known: ScoreMatrix {
    let rows = probes.indices.filter { own($0) != nil }
    return ScoreMatrix(templates: templates, probes: rows.map { probes[$0] }, scores: rows.flatMap(row))
  }

  public var strangerCount: Int { Set(probes).subtracting(templates).count }
}
