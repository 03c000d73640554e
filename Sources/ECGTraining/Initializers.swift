import CECGKernels
import ECGCore
import ECGNetwork

extension NetworkDescription {
  /// New parameters as Keras draws them: kernels from each layer's initialiser, recurrent ones orthogonal, biases zero
  /// but for an LSTM's forget gate, scales and variances one. The same seed gives the
  /// same numbers on every machine.
  ///
  /// Throws `network` or `layer` for a network that cannot be trained.
  public func initialParameters(seed: UInt64) throws(TrainingError) -> NetworkParameters {
    let network = try CheckedNetwork(self)
    return network.layers.indices.map { network.initialParameters(of: $0, seed: seed) }
  }
}

extension CheckedNetwork {
  /// New parameters of one layer.
  func initialParameters(of index: Int, seed: UInt64) -> [[Float]] {
    let layer = layers[index]
    return parameters[index].enumerated().map { number, parameter in
      let stream = UInt64(index * Layer.mostParameters + number)
      var generator = SeededGenerator(seed: mixed(mixed(seed, SeedStream.initializers), stream))
      switch parameter.start {
      case .drawn: return layer.initializer.values(for: parameter, &generator)
      case .orthogonal: return orthogonalRows(parameter.sizes.0, columns: parameter.sizes.1, &generator)
      case .zero: return [Float](repeating: 0, count: parameter.count)
      case .one: return [Float](repeating: 1, count: parameter.count)
      case .forgetGate:
        let units = Int(layer.units)
        return (0..<parameter.count).map { units..<2 * units ~= $0 ? 1 : 0 }
      }
    }
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

/// A random matrix of orthonormal rows, at most as many as columns (Saxe, McClelland, Ganguli 2014, arXiv 1312.6120):
/// normal numbers, of which each row loses what the rows before it have.
func orthogonalRows(_ rows: Int, columns: Int, _ generator: inout SeededGenerator) -> [Float] {
  precondition(rows <= columns)
  var matrix = (0..<rows * columns).map { _ in Float(generator.normal()) }
  matrix.withUnsafeMutableBufferPointer { buffer in
    guard let matrix = buffer.baseAddress else { return }
    // So many rows stay in the cache while the others pass.
    let block = 16
    for first in stride(from: 0, to: rows, by: block) {
      let last = min(first + block, rows)
      ecg_orthonormalize_block(matrix, columns, first, last)
      Workers.split(rows - last, grain: 1) { range in
        for row in range { ecg_take_out_block(matrix, columns, first, last, last + row) }
      }
    }
  }
  return matrix
}
