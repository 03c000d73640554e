import CECGKernels
import Testing

/// A convolution of bytes together with the pooling behind it against the two one after the other.
@Suite struct PooledConvolutionTests {
  struct Problem {
    var input: (height: Int32, width: Int32, channels: Int32)
    var window: (height: Int32, width: Int32)
    var padding: (height: Int32, width: Int32) = (0, 0)
    var pooling: (height: Int32, width: Int32)
    /// From one window of pooling to the next.
    var step: (height: Int32, width: Int32)
    var filters: Int32
    var hasNegatives = true
  }

  /// The largest difference between both ways, in units of the last place of the value.
  private func difference(_ problem: Problem, activation: Int32) -> Float {
    let (input, filters) = (problem.input, problem.filters)
    let output = (
      height: input.height + 2 * problem.padding.height - problem.window.height + 1,
      width: input.width + 2 * problem.padding.width - problem.window.width + 1
    )
    var window = ecg_window(
      input_height: input.height, input_width: input.width, channels: input.channels,
      window_height: problem.window.height, window_width: problem.window.width, stride_height: 1, stride_width: 1,
      padding_top: problem.padding.height, padding_left: problem.padding.width, output_height: output.height,
      output_width: output.width, taps_apart: 1, first_tap: 0)
    var pooling = ecg_window(
      input_height: output.height, input_width: output.width, channels: filters,
      window_height: problem.pooling.height, window_width: problem.pooling.width,
      stride_height: problem.step.height, stride_width: problem.step.width, padding_top: 0, padding_left: 0,
      output_height: (output.height - problem.pooling.height) / problem.step.height + 1,
      output_width: (output.width - problem.pooling.width) / problem.step.width + 1, taps_apart: 1, first_tap: 0)

    let segments = Int(problem.window.height), depth = Int(problem.window.width * input.channels)
    let groups = (depth + 3) / 4, columns = Int(filters)
    var random = SystemRandomNumberGenerator()
    var weights = [Int8](repeating: 0, count: segments * groups * columns * 4)
    var sums = [Int32](repeating: 0, count: columns)
    for segment in 0..<segments {
      for k in 0..<depth {
        for column in 0..<columns {
          let weight = Int8.random(in: -127...127, using: &random)
          weights[((segment * groups + k / 4) * columns + column) * 4 + k % 4] = weight
          sums[column] += Int32(weight)
        }
      }
    }
    let scales = drawn(1, columns, scale: 0.02).map { abs($0) + 1e-6 }
    let bias = drawn(2, columns, scale: 2)
    let drawnValues = drawn(3, Int(input.height * input.width * input.channels), scale: 2)
    let values = problem.hasNegatives ? drawnValues : drawnValues.map(abs)

    var image = [Float](repeating: 0, count: Int(output.height * output.width) * columns)
    var expected = [Float](repeating: 0, count: Int(pooling.output_height * pooling.output_width) * columns)
    var actual = expected
    weights.withUnsafeBufferPointer { weights in
      scales.withUnsafeBufferPointer { scales in
        sums.withUnsafeBufferPointer { sums in
          var kernel = ecg_weights(
            values: weights.baseAddress, scales: scales.baseAddress, sums: sums.baseAddress,
            storage: Int32(ECG_STORAGE_INT8))
          let apart = ecg_convolution_workspace(&window, kernel.storage)
          let together = ecg_convolution_pooled_workspace(&window, &pooling, kernel.storage)
          var workspace = [Float](repeating: 0, count: Int(max(apart, together)))
          ecg_convolution(&window, filters, activation, values, &kernel, bias, &image, &workspace)
          ecg_max_pooling(&pooling, image, &expected)
          ecg_convolution_pooled(&window, &pooling, activation, values, &kernel, bias, &actual, &workspace)
        }
      }
    }
    return zip(actual, expected).map { abs($0 - $1) / $1.ulp }.max() ?? .infinity
  }

  private var problems: [Problem] {
    var problems: [Problem] = []
    for filters: Int32 in [1, 5, 16, 17, 32, 45] {
      for size: Int32 in [1, 2, 3, 5] {
        for width: Int32 in [7, 12, 31, 64] {
          problems.append(
            Problem(
              input: (1, width, 3), window: (1, 3), padding: (0, 1), pooling: (1, size), step: (1, size),
              filters: filters))
          problems.append(
            Problem(
              input: (9, width, 1), window: (3, 5), padding: (1, 2), pooling: (size, 2), step: (size, 1),
              filters: filters, hasNegatives: false))
        }
      }
    }
    return problems
  }

  /// Which value is largest is decided by the exact sums.
  @Test(arguments: [ECG_ACTIVATION_LINEAR, ECG_ACTIVATION_RELU])
  func isTheSameAsOneAfterTheOther(activation: Int) {
    for problem in problems { #expect(difference(problem, activation: Int32(activation)) == 0, "\(problem)") }
  }

  /// These may fall by a rounding where they should rise, so that the largest value may not come from the largest sum.
  @Test(arguments: [ECG_ACTIVATION_TANH, ECG_ACTIVATION_SIGMOID, ECG_ACTIVATION_ELU])
  func activationsBehindPoolingDifferByRounding(activation: Int) {
    for problem in problems { #expect(difference(problem, activation: Int32(activation)) <= 2, "\(problem)") }
  }
}
