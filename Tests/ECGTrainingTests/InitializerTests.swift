import ECGNetwork
import Testing

@testable import ECGTraining

/// Distribution and limits of new parameters, by Keras' formulas.
@Suite struct InitializerTests {
  static func network(_ initializer: Layer.Initializer) -> NetworkDescription {
    var network = NetworkDescription(name: "initializers", input: .image(10, 10, channels: 3))
    network.convolution(filters: 64, window: (5, 4), activation: .relu, initializer: initializer)
    network.flatten()
    network.dense(units: 50, initializer: initializer)
    network.dense(units: 10, activation: .softmax, initializer: initializer)
    return network
  }

  static func statistics(_ values: [Float]) -> (mean: Double, deviation: Double, largest: Double) {
    let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
    let square = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(values.count)
    return (mean, square.squareRoot(), values.reduce(0.0) { max($0, abs(Double($1))) })
  }

  /// Layers with their number of inputs and outputs: window × channels for the convolution.
  static let fans = [(0, 5 * 4 * 3, 5 * 4 * 64), (2, 6 * 7 * 64, 50)]

  @Test(arguments: fans) func glorotUniform(_ layer: Int, _ inputs: Int, _ outputs: Int) throws {
    let values = try Self.network(.glorotUniform).initialParameters(seed: 1)[layer][0]
    let limit = (6 / Double(inputs + outputs)).squareRoot()
    let found = Self.statistics(values)
    #expect(found.largest <= limit && found.largest > 0.99 * limit)
    #expect(abs(found.deviation / (limit / 3.0.squareRoot()) - 1) < 0.03)
    #expect(abs(found.mean) < 4 * found.deviation / Double(values.count).squareRoot())
  }

  @Test(arguments: fans) func heNormal(_ layer: Int, _ inputs: Int, _ outputs: Int) throws {
    let values = try Self.network(.heNormal).initialParameters(seed: 1)[layer][0]
    let deviation = (2 / Double(inputs)).squareRoot()
    let found = Self.statistics(values)
    // Cut at two of the wider standard deviation that leaves the wanted one.
    let cut = 2 * deviation / 0.87962566103423978
    #expect(found.largest <= cut * (1 + 1e-6) && found.largest > 0.97 * cut)
    #expect(abs(found.deviation / deviation - 1) < 0.03)
    #expect(abs(found.mean) < 4 * found.deviation / Double(values.count).squareRoot())
  }

  @Test func biasesAreZeroAndSeedsMatter() throws {
    let network = Self.network(.heNormal)
    let first = try network.initialParameters(seed: 1)
    #expect(first.allSatisfy { $0.count < 2 || $0[1].allSatisfy { $0 == 0 } })
    #expect(try network.initialParameters(seed: 1) == first)
    #expect(try network.initialParameters(seed: 2) != first)
    #expect(first[2][0].prefix(100) != first[3][0].prefix(100))
  }

  @Test func recurrentKernelsAreOrthogonalAndForgetGatesOpen() throws {
    var network = NetworkDescription(name: "recurrent", input: .steps(3, channels: 4))
    network.lstm(units: 37, returnsSequences: true)
    network.gru(units: 9)
    network.batchNormalization()
    network.dense(units: 2, activation: .softmax)
    let parameters = try network.initialParameters(seed: 3)
    for (layer, units, columns) in [(0, 37, 4 * 37), (1, 9, 3 * 9)] {
      let kernel = parameters[layer][1]
      for a in 0..<units {
        for b in 0...a {
          let product = (0..<columns).reduce(0.0) {
            $0 + Double(kernel[a * columns + $1]) * Double(kernel[b * columns + $1])
          }
          #expect(abs(product - (a == b ? 1 : 0)) < 1e-5)
        }
      }
    }
    #expect(parameters[0][2] == (0..<4 * 37).map { 37..<74 ~= $0 ? 1 : 0 })
    #expect(parameters[1][2] == [Float](repeating: 0, count: 2 * 27))
    #expect(parameters[2].map { $0[0] } == [1, 0, 0, 1])
    #expect(try network.initialParameters(seed: 3) == parameters)
  }
}
