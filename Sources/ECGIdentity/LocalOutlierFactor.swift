import CECGKernels
import ECGCore

/// The local outlier factor: how much thinner known beats lie around a new beat than around its neighbours
/// (Breunig, Kriegel, Ng, Sander 2000, doi 10.1145/335191.335388), as scikit-learn's
/// `LocalOutlierFactor(novelty=True)` computes it.
///
/// A score near 1 lies among the references; the larger, the more of an outlier. It is scikit-learn's
/// `-score_samples(x)`: the paper's factor, not its negative.
///
/// With d the distance, k neighbours and o over the k references nearest to x:
///
///     reach(x, o)  = max(d(x, o), kDistance(o))
///     density(x)   = 1 / (mean reach(x, o) + 1e-10)
///     score(x)     = mean density(o) / density(x)
///
/// Neighbours at the same distance are taken in the order of the references.
public struct LocalOutlierFactor {
  /// How distances are measured. The numbers are stored in weights files and never change.
  public enum Metric: Int32, Sendable, BitwiseCopyable {
    case euclidean = 0
    case manhattan = 1
  }

  /// Reference vectors, one after another, in the form that they are stored in.
  public enum Features {
    case float32(UnsafeBufferPointer<Float>)
    /// IEEE 754 half precision, by its bits.
    case float16(UnsafeBufferPointer<UInt16>)
    /// Each reference is its scale times its bytes.
    case int8(UnsafeBufferPointer<Int8>, scales: UnsafeBufferPointer<Float>)

    var count: Int {
      switch self {
      case .float32(let values): values.count
      case .float16(let values): values.count
      case .int8(let values, _): values.count
      }
    }
  }

  /// The largest k: keeps the work that a strange file can ask for in bounds.
  public static var mostNeighbours: Int { 256 }

  /// Distances are computed this many references at a time.
  static var blockCount: Int { 64 }

  let features: Features
  let dimensions: Int
  let metric: Metric
  let kDistances: UnsafeBufferPointer<Float>
  let densities: UnsafeBufferPointer<Float>
  public let neighbourCount: Int
  public var count: Int { kDistances.count }
  /// Values in one reference, and in what `score` takes.
  public var dimensionCount: Int { dimensions }

  /// A factor over stored references, in place.
  ///
  /// - Parameters:
  ///   - features: `kDistances.count` × `dimensions`, one reference after the other.
  ///   - kDistances: each reference's distance to its k-th nearest neighbour.
  ///   - densities: each reference's local reachability density.
  ///   - neighbourCount: k, at least 1, at most the number of references and `mostNeighbours`.
  ///
  /// Throws `malformed` when the sizes do not fit together or a stored value is not finite.
  public init(
    features: Features, dimensions: Int, kDistances: UnsafeBufferPointer<Float>,
    densities: UnsafeBufferPointer<Float>, neighbourCount: Int, metric: Metric = .euclidean
  ) throws(Status) {
    let (size, overflow) = kDistances.count.multipliedReportingOverflow(by: dimensions)
    if case .int8(_, let scales) = features, scales.count != kDistances.count { throw .malformed }
    guard !overflow, dimensions > 0, size == features.count, densities.count == kDistances.count,
      neighbourCount >= 1, neighbourCount <= min(kDistances.count, LocalOutlierFactor.mostNeighbours),
      kDistances.count <= Int(Int32.max)
    else { throw .malformed }
    for index in 0..<kDistances.count {
      guard kDistances[index].isFinite, kDistances[index] >= 0, densities[index].isFinite, densities[index] > 0 else {
        throw .malformed
      }
    }
    self.features = features
    self.dimensions = dimensions
    self.metric = metric
    self.kDistances = kDistances
    self.densities = densities
    self.neighbourCount = neighbourCount
  }

  /// Bytes of working memory that `score` takes.
  public static func workingMemory(neighbourCount: Int) throws(Status) -> Int {
    var arena = Arena.measuring()
    _ = try Working(neighbourCount, &arena)
    return arena.peak
  }

  /// The score of one vector; throws `argument` when it has the wrong length or values that are not finite.
  public func score(_ query: UnsafeBufferPointer<Float>, working memory: inout Arena) throws(Status) -> Float {
    guard query.count == dimensions else { throw .argument }
    try requireFinite(query)
    let mark = memory.mark
    let working = try Working(neighbourCount, &memory)
    defer { memory.rewind(to: mark) }
    guard !memory.isMeasuring else { return 0 }

    var nearest = NearestNeighbours(working.distances, working.indices)
    var first = 0
    while first < count {
      let size = min(LocalOutlierFactor.blockCount, count &- first)
      measure(query, first, size, limit: nearest.limit, into: working.block)
      for offset in 0..<size { nearest.offer(working.block[offset], Int32(truncatingIfNeeded: first &+ offset)) }
      first &+= size
    }
    // Distances beyond what a Float holds are of vectors beyond any signal.
    guard nearest.isFull else { throw .argument }

    var reach = 0.0
    var density = 0.0
    for rank in 0..<neighbourCount {
      let neighbour = Int(working.indices[rank])
      let distance = metric.distance(of: working.distances[rank])
      reach += Double(max(distance, kDistances[neighbour]))
      density += Double(densities[neighbour])
    }
    let k = Double(neighbourCount)
    let score = Float(density / k * (reach / k + 1e-10))
    guard score.isFinite else { throw .argument }
    return score
  }

  private struct Working {
    let block: UnsafeMutableBufferPointer<Float>
    let distances: UnsafeMutableBufferPointer<Float>
    let indices: UnsafeMutableBufferPointer<Int32>

    init(_ neighbourCount: Int, _ arena: inout Arena) throws(Status) {
      block = try arena.take(Float.self, LocalOutlierFactor.blockCount)
      distances = try arena.take(Float.self, neighbourCount)
      indices = try arena.take(Int32.self, neighbourCount)
    }
  }
}

func requireFinite(_ values: UnsafeBufferPointer<Float>) throws(Status) {
  for index in 0..<values.count {
    guard values[index].isFinite else { throw .argument }
  }
}

extension LocalOutlierFactor {
  /// From `query` to `size` references beginning at `first`, as `Metric.measure` does.
  private func measure(
    _ query: UnsafeBufferPointer<Float>, _ first: Int, _ size: Int, limit: Float,
    into out: UnsafeMutableBufferPointer<Float>
  ) {
    guard let query = query.baseAddress, let out = out.baseAddress else { return }
    switch features {
    case .float32(let values):
      guard let start = values.baseAddress else { return }
      metric.measure(query, start + first &* dimensions, size, dimensions, limit: limit, into: out)
    case .float16(let values):
      guard let start = values.baseAddress else { return }
      metric.measure(query, halves: start + first &* dimensions, size, dimensions, limit: limit, into: out)
    case .int8(let values, let scales):
      guard let start = values.baseAddress, let scales = scales.baseAddress else { return }
      metric.measure(
        query, bytes: start + first &* dimensions, scales: scales + first, size, dimensions, limit: limit, into: out)
    }
  }
}

extension LocalOutlierFactor.Metric {
  /// Distances from one vector to `count` others, in a form that is cheap and ordered as distances are: the Euclidean
  /// ones squared. What lies beyond `limit`, in the same form, may come out as anything beyond it.
  func measure(
    _ query: UnsafePointer<Float>, _ others: UnsafePointer<Float>, _ count: Int, _ dimensions: Int, limit: Float,
    into out: UnsafeMutablePointer<Float>
  ) {
    switch self {
    case .euclidean: ecg_squared_euclidean_distances(query, others, count, dimensions, limit, out)
    case .manhattan: ecg_manhattan_distances(query, others, count, dimensions, limit, out)
    }
  }

  /// The same to vectors of half precision.
  func measure(
    _ query: UnsafePointer<Float>, halves others: UnsafePointer<UInt16>, _ count: Int, _ dimensions: Int,
    limit: Float, into out: UnsafeMutablePointer<Float>
  ) {
    switch self {
    case .euclidean: ecg_squared_euclidean_distances_halves(query, others, count, dimensions, limit, out)
    case .manhattan: ecg_manhattan_distances_halves(query, others, count, dimensions, limit, out)
    }
  }

  /// The same to vectors that are each a scale times bytes.
  func measure(
    _ query: UnsafePointer<Float>, bytes others: UnsafePointer<Int8>, scales: UnsafePointer<Float>, _ count: Int,
    _ dimensions: Int, limit: Float, into out: UnsafeMutablePointer<Float>
  ) {
    switch self {
    case .euclidean: ecg_squared_euclidean_distances_bytes(query, others, scales, count, dimensions, limit, out)
    case .manhattan: ecg_manhattan_distances_bytes(query, others, scales, count, dimensions, limit, out)
    }
  }

  /// The distance that `measure` stands for.
  func distance(of measured: Float) -> Float {
    switch self {
    case .euclidean: ecg_sqrtf(measured)
    case .manhattan: measured
    }
  }
}
