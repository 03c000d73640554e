import ECGCore

extension LocalOutlierFactor {
  /// References whose distances are measured against all others together: they stay in the cache meanwhile.
  private static var tileCount: Int { 128 }

  /// What `score` needs to know of every reference, found by comparing each with all others.
  ///
  /// - Parameters:
  ///   - features: count × `dimensions`, one reference after the other.
  ///   - neighbourCount: k, at least 1; at most count − 1, since a reference is not its own neighbour,
  ///     and at most `mostNeighbours`.
  ///   - kDistances: receives count distances.
  ///   - densities: receives count local reachability densities.
  ///   - memory: takes about count × k × 8 bytes; an arena that measures finds out how many.
  ///
  /// Takes time in proportion to count² × `dimensions`. Throws `argument` when the sizes do not fit together or a value
  /// is not finite.
  public static func fit(
    features: UnsafeBufferPointer<Float>, dimensions: Int, neighbourCount: Int, metric: Metric = .euclidean,
    kDistances: UnsafeMutableBufferPointer<Float>, densities: UnsafeMutableBufferPointer<Float>,
    working memory: inout Arena
  ) throws(Status) {
    let count = kDistances.count
    let (size, overflow) = count.multipliedReportingOverflow(by: dimensions)
    guard !overflow, dimensions > 0, size == features.count, densities.count == count, count <= Int(Int32.max),
      neighbourCount >= 1, neighbourCount < count, neighbourCount <= mostNeighbours
    else { throw .argument }
    try requireFinite(features)

    let mark = memory.mark
    defer { memory.rewind(to: mark) }
    let (slots, tooMany) = count.multipliedReportingOverflow(by: neighbourCount)
    guard !tooMany else { throw .argument }
    let distances = try memory.take(Float.self, slots)
    let indices = try memory.take(Int32.self, slots)
    let counts = try memory.take(Int32.self, count)
    let block = try memory.take(Float.self, tileCount)
    guard !memory.isMeasuring, let start = features.baseAddress, let measured = block.baseAddress else { return }

    for index in 0..<count { counts[index] = 0 }
    var first = 0
    while first < count {
      let size = min(tileCount, count &- first)
      for query in 0..<count {
        let slots = query &* neighbourCount..<(query &+ 1) &* neighbourCount
        var nearest = NearestNeighbours(
          UnsafeMutableBufferPointer(rebasing: distances[slots]), UnsafeMutableBufferPointer(rebasing: indices[slots]),
          count: Int(counts[query]))
        metric.measure(
          start + query &* dimensions, start + first &* dimensions, size, dimensions, limit: nearest.limit,
          into: measured)
        for offset in 0..<size where first &+ offset != query {
          nearest.offer(measured[offset], Int32(truncatingIfNeeded: first &+ offset))
        }
        counts[query] = Int32(truncatingIfNeeded: nearest.count)
      }
      first &+= size
    }

    for index in 0..<count {
      // Distances beyond what a Float holds are of vectors beyond any signal.
      guard counts[index] == neighbourCount else { throw .argument }
      kDistances[index] = metric.distance(of: distances[(index &+ 1) &* neighbourCount &- 1])
    }
    for index in 0..<count {
      var reach = 0.0
      for slot in index &* neighbourCount..<(index &+ 1) &* neighbourCount {
        reach += Double(max(metric.distance(of: distances[slot]), kDistances[Int(indices[slot])]))
      }
      densities[index] = Float(1 / (reach / Double(neighbourCount) + 1e-10))
    }
  }
}
