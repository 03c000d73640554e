import CECGKernels
import Foundation
import Testing

@Suite struct ActivationTests {
  private func tanh(_ values: [Float]) -> [Float] {
    var output = values
    ecg_tanh_values(values, &output, values.count)
    return output
  }

  private func softmax(_ values: [Float]) -> [Float] {
    var output = values
    ecg_softmax_values(values, &output, values.count)
    return output
  }

  @Test func tanhIsWithinTwoUnitsInTheLastPlace() {
    // Every 509th float of either sign: all exponents, 8 million values in all.
    var worst = 0.0
    for first in stride(from: UInt32(0), to: 0x7F80_0000, by: 509 * 4096) {
      let magnitudes = (0..<UInt32(4096)).map { Float(bitPattern: min(first + $0 * 509, 0x7F7F_FFFF)) }
      for values in [magnitudes, magnitudes.map { -$0 }] {
        for (value, result) in zip(values, tanh(values)) {
          let exact = Foundation.tanh(Double(value))
          worst = max(worst, abs(Double(result) - exact) / Double(Float(exact).ulp))
        }
      }
    }
    #expect(worst < 2)
  }

  @Test func tanhOfWhatIsNoNumber() {
    let results = tanh([.infinity, -.infinity, 0, -0.0, .nan])
    #expect(Array(results[..<4]) == [1, -1, 0, 0])
    #expect(results[3].sign == .minus)
    #expect(results[4].isNaN)
  }

  @Test func sigmoidAndEluAreWithinAFewUnitsInTheLastPlace() {
    var worst = (sigmoid: 0.0, elu: 0.0)
    for first in stride(from: UInt32(0), to: 0x7F80_0000, by: 509 * 4096) {
      let magnitudes = (0..<UInt32(4096)).map { Float(bitPattern: min(first + $0 * 509, 0x7F7F_FFFF)) }
      for values in [magnitudes, magnitudes.map { -$0 }] {
        var (sigmoids, elus) = (values, values)
        ecg_sigmoid_values(values, &sigmoids, values.count)
        ecg_elu_values(values, &elus, values.count)
        for (index, value) in values.enumerated() {
          let sigmoid = 1 / (1 + exp(-Double(value)))
          // Below exp(−87) lies nothing that matters.
          let unit = max(Double(Float(sigmoid).ulp), 1e-38)
          worst.sigmoid = max(worst.sigmoid, abs(Double(sigmoids[index]) - sigmoid) / unit)
          let elu = value > 0 ? Double(value) : expm1(Double(value))
          worst.elu = max(worst.elu, abs(Double(elus[index]) - elu) / Double(Float(elu).ulp))
        }
      }
    }
    #expect(worst.sigmoid < 4)
    #expect(worst.elu < 3)
  }

  @Test func sigmoidAndEluOfWhatIsNoNumber() {
    let values: [Float] = [.infinity, -.infinity, 0, .nan]
    var (sigmoids, elus) = (values, values)
    ecg_sigmoid_values(values, &sigmoids, values.count)
    ecg_elu_values(values, &elus, values.count)
    #expect(sigmoids[0] == 1 && sigmoids[1] < 1e-37 && sigmoids[1] >= 0 && sigmoids[2] == 0.5 && sigmoids[3].isNaN)
    #expect(elus[0] == .infinity && elus[1] == -1 && elus[2] == 0 && elus[3].isNaN)
  }

  @Test(arguments: [1, 2, 7, 8, 9, 31, 32, 33, 1145])
  func softmaxIsTheQuotientOfExponentials(count: Int) {
    for scale in [0.01, 1, 30, 400] {
      let values = drawn(count, count, scale: scale)
      let largest = Double(values.max()!)
      let exponentials = values.map { exp(Double($0) - largest) }
      let sum = exponentials.reduce(0, +)
      for (index, result) in softmax(values).enumerated() {
        let exact = exponentials[index] / sum
        // Relative: the difference of two logits is rounded (half a unit in its last place becomes a relative error of
        // the exponential), then 4 units for exponential, sum and division. Absolute: below the smallest normal number.
        let difference = largest - Double(values[index])
        #expect(abs(Double(result) - exact) <= exact * (4 + difference) * 0x1p-24 + 2e-38)
      }
    }
  }

  @Test func softmaxSumsToOneHoweverLargeTheLogits() {
    for scale: Float in [1, 1e3, 1e30, .greatestFiniteMagnitude / 2] {
      let results = softmax(drawn(7, 1000, scale: 2).map { $0 * scale })
      #expect(results.allSatisfy { $0 >= 0 && $0 <= 1 })
      #expect(abs(results.map(Double.init).reduce(0, +) - 1) < 1e-6)
    }
    #expect(softmax([.greatestFiniteMagnitude, -.greatestFiniteMagnitude]) == [1, 0])
  }

  @Test func notANumberStaysVisible() {
    for position in 0..<40 {
      var values = drawn(8, 40, scale: 2)
      values[position] = .nan
      #expect(softmax(values).allSatisfy { $0.isNaN })
      var rectified = values
      ecg_relu_values(values, &rectified, values.count)
      for (index, value) in rectified.enumerated() {
        #expect(index == position ? value.isNaN : value == max(values[index], 0))
      }
    }
  }
}
