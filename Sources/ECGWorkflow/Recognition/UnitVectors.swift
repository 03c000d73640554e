/// Vectors of unit length, one after another: what the network makes of beats, templates, probes.
///
/// The cosine of two of them is their scalar product. A vector of length 0 has no direction: it stays as it is and is like
/// nothing (cosine 0).
struct UnitVectors: Sendable {
  let dimensions: Int
  private(set) var values: [Float] = []
  var count: Int { dimensions > 0 ? values.count / dimensions : 0 }

  init(dimensions: Int) { self.dimensions = dimensions }

  /// Scales each of `vectors` to unit length.
  init(_ vectors: [Float], dimensions: Int) {
    self.init(dimensions: dimensions)
    values.reserveCapacity(vectors.count)
    for start in stride(from: 0, to: vectors.count, by: dimensions) {
      append(vectors[start..<start + dimensions].map(Double.init))
    }
  }

  /// Adds the mean of some of `others`, scaled to unit length.
  mutating func appendMean(of some: some Sequence<Int>, in others: UnitVectors) {
    var sum = [Double](repeating: 0, count: dimensions)
    for index in some {
      for dimension in 0..<dimensions { sum[dimension] += Double(others.values[index * dimensions + dimension]) }
    }
    append(sum)
  }

  private mutating func append(_ vector: [Double]) {
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    values += vector.map { Float(length > 0 ? $0 / length : 0) }
  }

  /// Cosine of every vector here and every one there, row by row.
  func cosines(with others: UnitVectors) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(count * others.count)
    values.withUnsafeBufferPointer { mine in
      others.values.withUnsafeBufferPointer { theirs in
        for row in 0..<count {
          for column in 0..<others.count {
            var sum = 0.0
            for dimension in 0..<dimensions {
              sum += Double(mine[row * dimensions + dimension]) * Double(theirs[column * dimensions + dimension])
            }
            result.append(Float(sum))
          }
        }
      }
    }
    return result
  }
}
