import CECGKernels
import ECGCore
import ECGNetwork
import Testing

/// The product of bytes against exact integers, on every instruction set of this machine, around every size at which the
/// kernel changes its tile.
@Suite struct IntegerProductTests {
  struct Problem {
    var segments = 1
    var positions = 1
    var groups = 1
    var columns = 1
    var zero: Int32 = 128
    var accumulates = false
    var rectifies = false
    var hasStart = true
    /// Columns of the kernel on either side that are not computed.
    var otherColumns = 0
  }

  func check(_ problem: Problem, level: Int) -> Bool {
    let (segments, positions, groups, columns) = (problem.segments, problem.positions, problem.groups, problem.columns)
    let kernelColumns = columns + 2 * problem.otherColumns
    let positionStride = max(1, 4 * groups - 3)
    let segmentStride = positionStride * positions + 4 * groups + 5
    let outputStride = columns + 5
    var random = SeededGenerator(seed: UInt64(positions * 1000 + columns))
    // Extremes are frequent, so that sums reach what the registers between must hold.
    let input = (0..<segmentStride * segments + 4 * groups).map { _ in
      Bool.random(using: &random) ? UInt8.random(in: 0...255, using: &random) : 255
    }
    let weights = (0..<segments * groups * kernelColumns * 4).map { _ in
      Bool.random(using: &random) ? Int8.random(in: -127...127, using: &random) : 127
    }
    func place(_ segment: Int, _ k: Int, _ column: Int) -> Int {
      ((segment * groups + k / 4) * kernelColumns + problem.otherColumns + column) * 4 + k % 4
    }
    var sums = [Int32](repeating: 0, count: columns)
    for column in 0..<columns {
      for segment in 0..<segments {
        for k in 0..<4 * groups { sums[column] += Int32(weights[place(segment, k, column)]) }
      }
    }
    let scales = drawn(2, columns, scale: 1).map { abs($0) + 0.01 }
    let start = drawn(3, columns, scale: 2000)
    let before = drawn(4, outputStride * positions, scale: 2000)
    let ranges = drawn(5, positions, scale: 1).map { ecg_range(scale: abs($0) + 0.01, zero: problem.zero) }
    var output = before

    input.withUnsafeBufferPointer { input in
      weights.withUnsafeBufferPointer { weights in
        start.withUnsafeBufferPointer { start in
          scales.withUnsafeBufferPointer { scales in
            sums.withUnsafeBufferPointer { sums in
              ranges.withUnsafeBufferPointer { ranges in
                output.withUnsafeMutableBufferPointer { output in
                  var product = ecg_integer_product()
                  product.input = input.baseAddress
                  product.segment_stride = segmentStride
                  product.position_stride = positionStride
                  product.ranges = ranges.baseAddress
                  product.range_stride = 1
                  product.weights = weights.baseAddress! + 4 * problem.otherColumns
                  product.kernel_columns = kernelColumns
                  product.scales = scales.baseAddress
                  product.sums = sums.baseAddress
                  product.start = problem.hasStart ? start.baseAddress : nil
                  product.output = output.baseAddress
                  product.output_stride = outputStride
                  product.segments = segments
                  product.positions = positions
                  product.groups = groups
                  product.columns = columns
                  product.accumulates = problem.accumulates
                  product.rectifies = problem.rectifies
                  ecg_multiply_integers_at_level(&product, Int32(level))
                }
              }
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
        var sum = 0
        for segment in 0..<segments {
          for k in 0..<4 * groups {
            let byte = Int(input[segment * segmentStride + position * positionStride + k]) - Int(problem.zero)
            sum += byte * Int(weights[place(segment, k, column)])
          }
        }
        let first = problem.accumulates ? before[index] : problem.hasStart ? start[column] : 0
        let product = Double(sum) * Double(scales[column]) * Double(ranges[position].scale)
        var exact = Double(first) + product
        if problem.rectifies { exact = max(exact, 0) }
        // The sum of integers is exact: its conversion to a float, the product of the scales, the product and the sum
        // round once each.
        let bound = (4 * abs(product) + abs(Double(first))) * 0x1p-24
        if !(abs(Double(output[index]) - exact) <= bound) { return false }
      }
    }
    return true
  }

  @Test(arguments: 0...Int(ecg_best_integer_level()))
  func isTheSumAroundEveryTileSize(level: Int) {
    for positions in 1...27 {
      for columns in [1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 80, 95, 96, 97] {
        let problem = Problem(positions: positions, groups: 2, columns: columns)
        #expect(check(problem, level: level), "\(problem)")
      }
    }
  }

  @Test(arguments: 0...Int(ecg_best_integer_level()))
  func isTheSumOfOnePositionAndManyColumns(level: Int) {
    for columns in [1, 4, 7, 8, 15, 16, 31, 32, 33, 49, 127, 128, 257, 513] {
      for groups in [1, 7, 8, 9, 21] {
        for otherColumns in [0, 3] {
          for segments in 1...2 {
            let problem = Problem(
              segments: segments, groups: groups, columns: columns, rectifies: segments == 2,
              otherColumns: otherColumns)
            #expect(check(problem, level: level), "\(problem)")
          }
        }
      }
    }
  }

  /// Rows of dense layers go one part of the depth after the other.
  @Test(arguments: 0...Int(ecg_best_integer_level()))
  func isTheSumOfDeepRows(level: Int) {
    for positions in 2...17 {
      for columns in [1, 15, 16, 17, 31, 32, 33, 63, 65] {
        for groups in [64, 65, 96, 97] {
          let problem = Problem(
            positions: positions, groups: groups, columns: columns, rectifies: groups == 96, hasStart: groups != 97,
            otherColumns: groups == 65 ? 3 : 0)
          #expect(check(problem, level: level), "\(problem)")
        }
      }
    }
  }

  @Test(arguments: 0...Int(ecg_best_integer_level()))
  func isTheSumForEveryDepthAndOption(level: Int) {
    for groups in [1, 2, 31, 100] {
      for segments in 0...3 {
        for options in 0..<16 {
          let problem = Problem(
            segments: segments, positions: 9, groups: groups, columns: 37, zero: options & 8 != 0 ? 128 : 0,
            accumulates: options & 1 != 0, rectifies: options & 2 != 0, hasStart: options & 4 != 0)
          #expect(check(problem, level: level), "\(problem)")
        }
      }
    }
  }

  /// As many values as a kernel may have in a column, all of them as large as they can be.
  @Test(arguments: 0...Int(ecg_best_integer_level()))
  func theLongestSumsDoNotOverflow(level: Int) {
    let depth = 4 * Int(ECG_MOST_GROUPS)
    let input = [UInt8](repeating: 255, count: depth)
    for (weight, zero) in [(Int8(127), Int32(0)), (-127, 0), (127, 128), (-127, 128)] {
      let weights = [Int8](repeating: weight, count: depth)
      let sum = Int32(weight) * Int32(depth)
      var range = ecg_range(scale: 1, zero: zero)
      var (scale, output, sums) = (Float(1), Float(0), sum)
      input.withUnsafeBufferPointer { input in
        weights.withUnsafeBufferPointer { weights in
          withUnsafeMutablePointer(to: &output) { output in
            var product = ecg_integer_product()
            (product.input, product.weights) = (input.baseAddress, weights.baseAddress)
            (product.kernel_columns, product.columns, product.positions, product.segments) = (1, 1, 1, 1)
            product.groups = Int(ECG_MOST_GROUPS)
            withUnsafePointer(to: &range) { range in
              withUnsafePointer(to: &scale) { scale in
                withUnsafePointer(to: &sums) { sums in
                  (product.ranges, product.scales, product.sums, product.output) = (range, scale, sums, output)
                  ecg_multiply_integers_at_level(&product, Int32(level))
                }
              }
            }
          }
        }
      }
      #expect(output == Float((255 - Int(zero)) * Int(weight) * depth))
    }
  }
}

@Suite struct QuantizationTests {
  private func quantized(_ values: [Float]) -> (bytes: [Int], range: ecg_range) {
    let range = ecg_range_of(values, values.count)
    var bytes = [UInt8](repeating: 99, count: values.count)
    ecg_quantize(values, values.count, range, &bytes)
    return (bytes.map { Int($0) - Int(range.zero) }, range)
  }

  @Test(arguments: [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 257])
  func roundsToTheNearestHalvesToEven(count: Int) {
    for values in [drawn(3, count, scale: 5), drawn(4, count, scale: 5).map(abs)] {
      let (bytes, range) = quantized(values)
      let isSigned = values.contains { $0 < 0 }
      let scale = values.map(abs).max()! / (isSigned ? 127 : 255)
      #expect(range.scale == scale && range.zero == (isSigned ? 128 : 0))
      for (value, byte) in zip(values, bytes) {
        #expect(byte == Int((value * (1 / scale)).rounded(.toNearestOrEven)))
      }
    }
    // Exactly between two steps.
    #expect(quantized([127, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5]).bytes == [127, 0, 2, 2, 0, -2, -2])
    #expect(quantized([255, 0.5, 1.5, 2.5]).bytes == [255, 0, 2, 2])
  }

  @Test func zerosAndWhatIsTooSmallAreZeros() {
    for values in [[0, -0.0, 0], [Float.leastNonzeroMagnitude, -1e-31, 0], [1e-31]] {
      let (bytes, range) = quantized(values)
      #expect(bytes.allSatisfy { $0 == 0 } && range.scale == 0)
    }
    // A negative zero is no negative value.
    #expect(quantized([-0.0, 255]).range.zero == 0)
  }

  @Test(arguments: [Float.nan, -Float.nan, .infinity, -.infinity])
  func whatIsNoNumberMakesAllOfThemNone(value: Float) {
    for place in 0..<33 {
      var values = drawn(1, 33, scale: 2)
      values[place] = value
      #expect(quantized(values).range.scale.isNaN)
    }
  }
}
