import ECGCore
import ECGIdentity
import ECGTestSupport
import Foundation
import Testing

/// Against scikit-learn's `LocalOutlierFactor(novelty=True)`; `Tests/Vectors/identity.py` made the values.
@Suite struct LocalOutlierFactorTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let dimensions: Int
    let neighbourCount: Int
    var metric = LocalOutlierFactor.Metric.euclidean
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "2d-k5", dimensions: 2, neighbourCount: 5),
    Case(name: "46d-k20", dimensions: 46, neighbourCount: 20),
    Case(name: "46d-k20-manhattan", dimensions: 46, neighbourCount: 20, metric: .manhattan),
    Case(name: "200d-k1", dimensions: 200, neighbourCount: 1),
    Case(name: "3d-k5-duplicates", dimensions: 3, neighbourCount: 5),
    Case(name: "4d-k20-many", dimensions: 4, neighbourCount: 20),
  ]

  @Test(arguments: cases) func fitsAndScoresAsScikitLearn(_ example: Case) throws {
    let prefix = "identity-\(example.name)"
    let references = try Vectors.float32("\(prefix)-references")
    let queries = try Vectors.float32("\(prefix)-queries")
    let fitted = try fit(references, example)
    expectEqual(fitted.kDistances, try Vectors.float64("\(prefix)-k-distances"))
    expectEqual(fitted.densities, try Vectors.float64("\(prefix)-densities"))
    let scores = try queries.chunked(example.dimensions).map { try score($0, references, fitted, example) }
    expectEqual(scores, try Vectors.float64("\(prefix)-scores"))
  }

  /// References of float16 and of bytes with scales, in place.
  @Test(arguments: [LocalOutlierFactor.Metric.euclidean, .manhattan], ["f16", "i8"])
  func storedReferencesScoreAsTheValuesTheyStandFor(metric: LocalOutlierFactor.Metric, form: String) throws {
    let prefix = "identity-46d-k20-\(form)-\(metric)"
    let example = Case(name: "", dimensions: 46, neighbourCount: 20, metric: metric)
    let fitted = try fit(try Vectors.float32("\(prefix)-references"), example)
    let queries = try Vectors.float32("\(prefix)-queries")
    func scores(_ features: LocalOutlierFactor.Features) throws -> [Float] {
      try queries.chunked(46).map { try score($0, features, fitted, example) }
    }
    let found: [Float]
    if form == "f16" {
      let halves = try Vectors.int32("\(prefix)-halves").map { UInt16($0) }
      found = try halves.withUnsafeBufferPointer { try scores(.float16($0)) }
    } else {
      let bytes = try Vectors.int32("\(prefix)-bytes").map { Int8($0) }
      let scales = try Vectors.float32("\(prefix)-scales")
      found = try bytes.withUnsafeBufferPointer { bytes in
        try scales.withUnsafeBufferPointer { scales in
          #expect(throws: Status.malformed) {
            try score(queries.chunked(46)[0], .int8(bytes, scales: .init(rebasing: scales[1...])), fitted, example)
          }
          return try scores(.int8(bytes, scales: scales))
        }
      }
    }
    expectEqual(found, try Vectors.float64("\(prefix)-scores"))
  }

  @Test func refusesWhatDoesNotFitOrIsNotFinite() throws {
    let example = Case(name: "", dimensions: 2, neighbourCount: 2)
    let references: [Float] = [0, 0, 1, 0, 0, 1, 1, 1]
    let fitted = try fit(references, example)
    for query in [[1], [1, 2, 3], [.nan, 0], [0, .infinity], [1e30, 1e30]] as [[Float]] {
      #expect(throws: Status.argument) { try score(query, references, fitted, example) }
    }
    #expect(throws: Status.argument) { try fit([0, 0, 1, .nan], example) }
    for neighbourCount in [0, 4, 5, .max] {
      #expect(throws: Status.argument) {
        try fit(references, Case(name: "", dimensions: 2, neighbourCount: neighbourCount))
      }
    }
    #expect(throws: Status.malformed) {
      try score([0, 0], references, (fitted.kDistances, [1, 1, .nan, 1]), example)
    }
    #expect(throws: Status.malformed) {
      try score([0, 0], references, fitted, Case(name: "", dimensions: 2, neighbourCount: 5))
    }
  }

  @Test func neighboursAreBounded() throws {
    let most = LocalOutlierFactor.mostNeighbours
    let references = (0..<most + 2).map(Float.init)
    #expect(try fit(references, Case(name: "", dimensions: 1, neighbourCount: most)).kDistances.count == most + 2)
    #expect(throws: Status.argument) { try fit(references, Case(name: "", dimensions: 1, neighbourCount: most + 1)) }
  }

  @Test func smallMemoryIsAnErrorAndTheMeasuredSizeIsEnough() throws {
    let example = Case(name: "", dimensions: 1, neighbourCount: 1)
    let references: [Float] = [0, 1, 3]
    let fitted = try fit(references, example)
    let size = try LocalOutlierFactor.workingMemory(neighbourCount: 1)
    #expect(try score([2], references, fitted, example, memorySize: size) > 0)
    #expect(throws: Status.bufferTooSmall) { try score([2], references, fitted, example, memorySize: size - 64) }
  }

  // MARK: Helpers

  private func fit(_ features: [Float], _ example: Case) throws -> (kDistances: [Float], densities: [Float]) {
    let count = features.count / example.dimensions
    var kDistances = [Float](repeating: 0, count: count)
    var densities = kDistances
    try features.withUnsafeBufferPointer { features in
      try kDistances.withUnsafeMutableBufferPointer { kDistances in
        try densities.withUnsafeMutableBufferPointer { densities in
          func fit(_ arena: inout Arena) throws(Status) {
            try LocalOutlierFactor.fit(
              features: features, dimensions: example.dimensions, neighbourCount: example.neighbourCount,
              metric: example.metric, kDistances: kDistances, densities: densities, working: &arena)
          }
          var measuring = Arena.measuring()
          try fit(&measuring)
          try withMemory(measuring.peak) { try fit(&$0) }
        }
      }
    }
    return (kDistances, densities)
  }

  private func score(
    _ query: [Float], _ references: [Float], _ fitted: (kDistances: [Float], densities: [Float]), _ example: Case,
    memorySize: Int? = nil
  ) throws -> Float {
    try references.withUnsafeBufferPointer {
      try score(query, .float32($0), fitted, example, memorySize: memorySize)
    }
  }

  private func score(
    _ query: [Float], _ references: LocalOutlierFactor.Features, _ fitted: (kDistances: [Float], densities: [Float]),
    _ example: Case, memorySize: Int? = nil
  ) throws -> Float {
    try fitted.kDistances.withUnsafeBufferPointer { kDistances in
      try fitted.densities.withUnsafeBufferPointer { densities in
        let factor = try LocalOutlierFactor(
          features: references, dimensions: example.dimensions, kDistances: kDistances, densities: densities,
          neighbourCount: example.neighbourCount, metric: example.metric)
        let size = try memorySize ?? LocalOutlierFactor.workingMemory(neighbourCount: example.neighbourCount)
        return try query.withUnsafeBufferPointer { query in
          try withMemory(size) { try factor.score(query, working: &$0) }
        }
      }
    }
  }

  private func withMemory<T>(_ size: Int, _ body: (inout Arena) throws -> T) throws -> T {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(size, 1), alignment: Arena.alignment)
    defer { memory.deallocate() }
    var arena = try Arena(memory)
    return try body(&arena)
  }

  /// Within 1e-5 of the value: sums of up to 200 squares in single precision.
  private func expectEqual(_ values: [Float], _ expected: [Double]) {
    #expect(values.count == expected.count)
    for (value, expected) in zip(values, expected) {
      #expect(abs(Double(value) - expected) <= 1e-5 * abs(expected))
    }
  }
}

extension Array {
  func chunked(_ size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<$0 + size]) }
  }
}
