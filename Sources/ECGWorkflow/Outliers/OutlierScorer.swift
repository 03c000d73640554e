import ECG
import ECGCore
import ECGIdentity

/// A local outlier factor and what keeps its tables alive. Nothing in it changes, so threads may share it.
final class OutlierScorer: @unchecked Sendable {
  let factor: LocalOutlierFactor
  private let tables: [UnsafeMutableBufferPointer<Float>]
  private let owner: LoadedModel?

  /// The reference that a model carries; nil when it carries none.
  init?(of model: LoadedModel) {
    guard let factor = model.model.outliers else { return nil }
    self.factor = factor
    tables = []
    owner = model
  }

  /// A factor fitted to `features`, `dimensions` values a reference.
  init(features: [Float], dimensions: Int, neighbourCount: Int) throws(Status) {
    guard dimensions > 0 else { throw .argument }
    let count = features.count / dimensions
    let tables = [features.count, count, count].map { UnsafeMutableBufferPointer<Float>.allocate(capacity: $0) }
    _ = tables[0].initialize(from: features)
    tables[1].initialize(repeating: 0)
    tables[2].initialize(repeating: 0)
    do {
      var arena = Arena.measuring()
      func fit() throws(Status) {
        try LocalOutlierFactor.fit(
          features: UnsafeBufferPointer(tables[0]), dimensions: dimensions, neighbourCount: neighbourCount,
          kDistances: tables[1], densities: tables[2], working: &arena)
      }
      try fit()
      let memory = AlignedMemory(byteCount: arena.peak)
      arena = memory.arena()
      try fit()
      withExtendedLifetime(memory) {}
      factor = try LocalOutlierFactor(
        features: .float32(UnsafeBufferPointer(tables[0])), dimensions: dimensions,
        kDistances: UnsafeBufferPointer(tables[1]), densities: UnsafeBufferPointer(tables[2]),
        neighbourCount: neighbourCount)
    } catch {
      for table in tables { table.deallocate() }
      throw error
    }
    self.tables = tables
    owner = nil
  }

  deinit { for table in tables { table.deallocate() } }

  var kDistances: [Float] { tables.isEmpty ? [] : Array(tables[1]) }
  var densities: [Float] { tables.isEmpty ? [] : Array(tables[2]) }

  /// One score per feature vector.
  func scores(of features: UnsafeBufferPointer<Float>) throws(Status) -> [Float] {
    let dimensions = factor.dimensionCount
    let memory = AlignedMemory(
      byteCount: try LocalOutlierFactor.workingMemory(neighbourCount: factor.neighbourCount))
    var arena = memory.arena()
    var scores: [Float] = []
    scores.reserveCapacity(features.count / dimensions)
    for start in stride(from: 0, to: features.count - dimensions + 1, by: dimensions) {
      scores.append(
        try factor.score(UnsafeBufferPointer(rebasing: features[start..<start + dimensions]), working: &arena))
    }
    withExtendedLifetime(memory) {}
    return scores
  }

  func scores(of features: [Float]) throws(Status) -> [Float] {
    try features.withUnsafeBufferPointer { (features) throws(Status) in try scores(of: features) }
  }
}
