import ECGCore
import ECGIdentity

/// What a model said of the last usable beats of a signal, and what they say together.
struct RecentBeats {
  /// A row of probabilities per beat; the oldest makes room for the newest.
  private let rows: UnsafeMutableBufferPointer<Float>
  private let scores: UnsafeMutableBufferPointer<Float>
  /// The joint probabilities after `decide`.
  let probabilities: UnsafeMutableBufferPointer<Float>
  private let capacity: Int
  private var first = 0
  private(set) var count = 0

  init(capacity: Int, persons: Int, arena: inout Arena) throws(Status) {
    self.capacity = capacity
    rows = try arena.take(Float.self, try product(capacity, persons))
    scores = try arena.take(Float.self, capacity)
    probabilities = try arena.take(Float.self, persons)
  }

  mutating func forget() { (first, count) = (0, 0) }

  /// Takes what was said of the newest beat. Throws `argument` for probabilities that are none, and then takes nothing.
  mutating func add(_ newest: UnsafeBufferPointer<Float>, score: Float) throws(Status) {
    let persons = probabilities.count
    guard newest.count == persons else { throw .argument }
    for value in newest {
      guard value.isFinite, value >= 0 else { throw .argument }
    }
    if count == capacity {
      first = (first &+ 1) % capacity
      count &-= 1
    }
    let slot = (first &+ count) % capacity
    for person in 0..<persons { rows[slot &* persons &+ person] = newest[person] }
    scores[slot] = score
    count &+= 1
  }

  /// The person that all of them speak for, nil where the model names nobody; throws `argument` when there is no beat.
  mutating func decide() throws(Status) -> Decision? {
    guard !probabilities.isEmpty else { return nil }
    var decision = JointDecision(probabilities)
    let persons = probabilities.count
    for index in 0..<count {
      let row = (first &+ index) % capacity &* persons
      try decision.add(UnsafeBufferPointer(rebasing: rows[row..<row &+ persons]))
    }
    return try decision.decide()
  }

  /// Their joint outlier score; throws `argument` when there is none.
  func outlierScore() throws(Status) -> Float {
    var joint = JointOutlierScore()
    for index in 0..<count { joint.add(scores[(first &+ index) % capacity]) }
    return try joint.score()
  }
}
