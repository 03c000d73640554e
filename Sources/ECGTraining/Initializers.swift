import ECGCore
import ECGNetwork

extension NetworkDescription {
  /// New parameters as Keras draws them: kernels from each layer's initialiser, biases zero. The same seed gives the
  /// same numbers on every machine.
  ///
  /// Throws `network` or `layer` for a network that cannot be trained.
  public func initialParameters(seed: UInt64) throws(TrainingError) -> NetworkParameters {
    let network = try CheckedNetwork(self)
    var result: NetworkParameters = []
    for (index, layer) in network.layers.enumerated() {
      var own: [[Float]] = []
      for (number, parameter) in network.parameters[index].enumerated() {
        guard parameter.isKernel else {
          own.append([Float](repeating: 0, count: parameter.count))
          continue
        }
        let stream = UInt64(index * Layer.mostParameters + number)
        var generator = SeededGenerator(seed: mixed(mixed(seed, SeedStream.initializers), stream))
        own.append(layer.initializer.values(for: parameter, &generator))
      }
      result.append(own)
    }
    return result
  }
}

extension Parameter {
  /// Inputs and outputs of one unit, as Keras' variance scaling counts them: window × channels for convolutions.
  var fans: (in: Int, out: Int) {
    let sizes = [sizes.0, sizes.1, sizes.2, sizes.3].prefix(rank)
    let window = sizes.dropLast(2).reduce(1, *)
    return (window * sizes[rank - 2], window * sizes[rank - 1])
  }
}

extension Layer.Initializer {
  func values(for parameter: Parameter, _ generator: inout SeededGenerator) -> [Float] {
    let fans = parameter.fans
    switch self {
    case .glorotUniform:
      // Glorot and Bengio 2010, equation 16.
      let limit = (6 / Double(fans.in + fans.out)).squareRoot()
      return (0..<parameter.count).map { _ in Float((2 * generator.uniform() - 1) * limit) }
    case .heNormal:
      // He et al. 2015, equation 12, cut at two standard deviations; the constant is the standard deviation of the
      // unit normal cut there, so that what is left has the wanted one.
      let deviation = (2 / Double(fans.in)).squareRoot() / 0.87962566103423978
      return (0..<parameter.count).map { _ in
        var value = generator.normal()
        while abs(value) > 2 { value = generator.normal() }
        return Float(value * deviation)
      }
    }
  }
}
