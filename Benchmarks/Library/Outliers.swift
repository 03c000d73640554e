import ECGCore
import ECGIdentity

/// The local outlier factor of one vector among 2,000 references, 20 neighbours, as Benchmarks/peers/outliers.py has it.
func benchmarkOutliers() {
  for dimensions in [64, 200, 3000] {
    do {
      report("outlier score, 2,000 references of \(dimensions) values", try outlierScore(dimensions, count: 2000))
    } catch {
      print("outlier score: \(error)")
    }
  }
}

private func outlierScore(_ dimensions: Int, count: Int) throws(Status) -> Double {
  var random = SeededGenerator(seed: 1)
  func values(_ count: Int) -> UnsafeBufferPointer<Float> {
    let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
    for index in 0..<count { memory[index] = Float(random.uniform() + 0.5) }
    return UnsafeBufferPointer(memory)
  }
  let neighbours = 20
  let size = try LocalOutlierFactor.workingMemory(neighbourCount: neighbours)
  let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: Arena.alignment)
  let features = values(count * dimensions)
  let distances = values(count)
  let densities = values(count)
  let query = values(dimensions)
  defer {
    memory.deallocate()
    for values in [features, distances, densities, query] { values.deallocate() }
  }
  let factor = try LocalOutlierFactor(
    features: .float32(features), dimensions: dimensions, kDistances: distances, densities: densities,
    neighbourCount: neighbours)
  var arena = try Arena(memory)
  var total: Float = 0
  return microseconds { total += (try? factor.score(query, working: &arena)) ?? .nan }
}
