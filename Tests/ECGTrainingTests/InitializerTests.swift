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
}
