import CECGKernels
import Testing

/// The inner product against the sum in double precision, on every instruction set of this machine, around every size
/// at which the kernel changes its tile.
@Suite struct ProductTests {
  struct Problem {
    var segments = 1
    var positions = 1
    var depth = 1
    var columns = 1
    var accumulates = false
    var rectifies = false
    var hasStart = true
    var hasFactors = false
    /// Weights of float16.
    var areHalves = false
    /// How many of eight inputs are zero, and the weights that they multiply no numbers.
    var zeros = 0
    var isBackward = false
  }

  func check(_ problem: Problem, level: Int) -> Bool {
    let (segments, positions) = (problem.segments, problem.positions)
    let (depth, columns) = (problem.depth, problem.columns)
    // Positions overlap as those of a convolution do, and rows are longer than what is read of them.
    let positionStride = max(1, depth - 1)
    let segmentStride = positionStride * positions + depth + 3
    let outputStride = columns + 5
    let rectified = drawn(6, segmentStride * segments, scale: 1).map { $0 * 8 + 4 < Float(problem.zeros) }
    let input = zip(drawn(1, segmentStride * segments, scale: 2), rectified).map { $1 ? 0 : $0 }
    func isRead(_ weight: Int) -> Bool {
      let (segment, k) = (weight / (depth * columns), weight / columns % depth)
      return problem.zeros == 0 || !rectified[segment * segmentStride + k]
    }
    let halves = drawn(2, segments * depth * columns, scale: 2).enumerated().map {
      // Every so many-th below the smallest normal number of 16 bits.
      isRead($0.offset) ? Float16($0.element) * ($0.offset % 7 == 0 ? 0x1p-16 : 1) : .nan
    }
    let floats = drawn(2, segments * depth * columns, scale: 2).enumerated().map {
      isRead($0.offset) ? $0.element : .nan
    }
    let weights = problem.areHalves ? halves.map(Float.init) : floats
    let bits = halves.map(\.bitPattern)
    let start = drawn(3, columns, scale: 2)
    let factors = drawn(5, columns, scale: 2)
    let before = drawn(4, outputStride * positions, scale: 2)
    var output = before

    input.withUnsafeBufferPointer { input in
      weights.withUnsafeBufferPointer { weights in
        bits.withUnsafeBufferPointer { bits in
          (start + factors).withUnsafeBufferPointer { start in
            output.withUnsafeMutableBufferPointer { output in
              var product = ecg_product()
              product.input = input.baseAddress
              product.segment_stride = segmentStride
              product.position_stride = positionStride
              product.weights = problem.areHalves ? nil : weights.baseAddress
              product.halves = problem.areHalves ? bits.baseAddress : nil
              product.weights_stride = columns
              product.weights_segment_stride = depth * columns
              product.start = problem.hasStart ? start.baseAddress : nil
              product.factors = problem.hasFactors ? start.baseAddress! + columns : nil
              product.output = output.baseAddress
              product.output_stride = outputStride
              product.segments = segments
              product.positions = positions
              product.depth = depth
              product.columns = columns
              product.accumulates = problem.accumulates
              product.rectifies = problem.rectifies
              product.is_backward = problem.isBackward
              if level < 0 { ecg_multiply_rows(&product) } else { ecg_multiply_at_level(&product, Int32(level)) }
            }
          }
        }
      }
    }

    for position in 0..<positions {
      for column in 0..<outputStride {
        let index = position * outputStride + column
        if column >= columns {
          // Nothing is written between the rows.
          if output[index] != before[index] { return false }
          continue
        }
        let factor = problem.hasFactors ? Double(factors[column]) : 1
        var sum = problem.accumulates ? Double(before[index]) : problem.hasStart ? Double(start[column]) : 0
        var magnitude = abs(sum)
        for segment in 0..<segments {
          for k in 0..<depth where isRead((segment * depth + k) * columns) {
            let term =
              factor * Double(input[segment * segmentStride + position * positionStride + k])
              * Double(weights[(segment * depth + k) * columns + column])
            sum += term
            magnitude += abs(term)
          }
        }
        if problem.rectifies { sum = max(sum, 0) }
        // A float sum of n terms errs by at most n ulp of the sum of magnitudes, and its product with a factor by one.
        let bound = magnitude * Double(segments * depth + (problem.hasFactors ? 2 : 1)) * 0x1p-24
        if !(abs(Double(output[index]) - sum) <= bound) { return false }
      }
    }
    return true
  }

  @Test(arguments: 0...Int(ecg_best_level()))
  func isTheSumAroundEveryTileSize(level: Int) {
    for positions in 1...17 {
      for columns in [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 23, 31, 32, 33, 47, 48, 49, 63, 64, 65] {
        let problem = Problem(positions: positions, depth: 3, columns: columns)
        #expect(check(problem, level: level), "\(problem)")
      }
    }
  }

  @Test(arguments: 0...Int(ecg_best_level()))
  func isTheSumWithHalvesAroundEveryTileSize(level: Int) {
    for positions in 1...17 {
      for columns in [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 23, 31, 32, 33, 47, 48, 49, 63, 64, 65] {
        for depth in [1, 3, 33] {
          let problem = Problem(
            segments: 2, positions: positions, depth: depth, columns: columns, accumulates: columns % 2 == 0,
            areHalves: true)
          #expect(check(problem, level: level), "\(problem)")
        }
      }
    }
  }

  /// Rows in parts, and one row in the order of memory.
  @Test func isTheSumOfRowsWithHalves() {
    for positions in [1, 2, 9] {
      for columns in [1, 15, 16, 17, 65] {
        for depth in [1, 15, 16, 17, 31, 32, 33, 100] {
          let problem = Problem(positions: positions, depth: depth, columns: columns, rectifies: true, areHalves: true)
          #expect(check(problem, level: -1), "\(problem)")
        }
      }
    }
  }

  /// One position leaves out the weights that zeros multiply, wherever these are, where weights are many.
  @Test(arguments: 0...Int(ecg_best_level()))
  func readsNoWeightsForZeros(level: Int) {
    for (depth, columns) in [(265_000, 1), (16_500, 16), (4100, 65), (1031, 257)] {
      for options in 0..<8 {
        for zeros in [1, 4, 7, 8] {
          let segments = 1 + options % 2 * 2
          let problem = Problem(
            segments: segments, depth: depth / segments, columns: columns, hasFactors: zeros == 4,
            areHalves: options & 2 != 0, zeros: zeros, isBackward: options & 4 != 0)
          #expect(check(problem, level: level), "\(problem)")
        }
      }
    }
  }

  /// −1: one row in the order of memory.
  @Test(arguments: -1...Int(ecg_best_level()))
  func scalesEachColumn(level: Int) {
    for positions in level < 0 ? 1...1 : 1...17 {
      for columns in [1, 3, 4, 7, 8, 15, 16, 17, 33, 65] {
        for depth in [1, 33] {
          for options in 0..<4 {
            let problem = Problem(
              segments: level < 0 ? 1 : 2, positions: positions, depth: depth, columns: columns,
              rectifies: options & 1 != 0, hasFactors: true, areHalves: options & 2 != 0)
            #expect(check(problem, level: level), "\(problem)")
          }
        }
      }
    }
  }

  @Test(arguments: 0...Int(ecg_best_level()))
  func isTheSumForEveryDepthAndOption(level: Int) {
    for depth in [1, 2, 31, 32, 33, 100] {
      for segments in 0...3 {
        for options in 0..<8 {
          let problem = Problem(
            segments: segments, positions: 9, depth: depth, columns: 37, accumulates: options & 1 != 0,
            rectifies: options & 2 != 0, hasStart: options & 4 != 0)
          #expect(check(problem, level: level), "\(problem)")
        }
      }
    }
  }
}
