import ECGArchitectures
import ECGCore
import ECGExport
import ECGNetwork

/// Models to write, with seeded weights.
enum Samples {
  enum Kind { case convolutionOverBeats, convolutionOverImages }

  static func model(_ kind: Kind) -> ModelContents {
    var network: NetworkDescription
    switch kind {
    case .convolutionOverBeats:
      network = NetworkDescription(name: "small1d", input: .steps(12, channels: 1))
      network.convolution(filters: 4, window: 3, activation: .tanh, l2: 0.001)
      network.maxPooling(window: 2)
    case .convolutionOverImages:
      network = NetworkDescription(name: "small2d", input: .image(6, 8, channels: 1))
      network.convolution(filters: 3, window: (3, 5), padding: .same, activation: .relu, initializer: .heNormal)
      network.maxPooling(window: (2, 2))
    }
    network.flatten()
    network.dropout(rate: 0.25)
    network.dense(units: 3, activation: .softmax)
    return model(network, labels: ["Ada", "Grace “G.”", "Ĉapelo"])
  }

  /// Layers joined in many ways.
  static func graph(people: Int) -> NetworkDescription {
    var network = NetworkDescription(name: "graph", input: .image(8, 1, channels: 2))
    let a = network.convolution(filters: 3, window: (3, 3), padding: .same, activation: .elu)
    let b = network.convolution(filters: 3, window: (2, 4), padding: .same, activation: .sigmoid, of: -1)
    let c = network.maxPooling(window: (3, 1), stride: (1, 1), padding: .same, of: a)
    let d = network.add([c, b, a])
    network.concatenate([d, -1, a, b])
    network.batchNormalization(epsilon: 0.01)
    network.reshape(.steps(8, channels: 11))
    let e = network.lstm(units: 4, returnsSequences: true)
    let f = network.gru(units: 5, returnsSequences: true, of: e)
    network.concatenate([f, e])
    network.gru(units: 6)
    network.reshape(.steps(2, channels: 3))
    network.lstm(units: 7)
    network.dense(units: people, hasBias: false)
    network.activation(.softmax)
    return network
  }

  static func model(_ network: NetworkDescription, labels: [String]) -> ModelContents {
    var generator = SeededGenerator(seed: 7)
    func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(generator.normal()) * 0.1 } }
    var parameters: [[[Float]]] = []
    for (layer, shape) in zip(network.layers, try! network.inputShapes) {
      parameters.append(
        (0..<layer.parameterCount).map { index in
          let parameter = try! layer.parameter(index, input: shape)
          // Variances are positive.
          return numbers(parameter.count).map { parameter.start == .one ? 1 + $0 : $0 }
        })
    }
    let outlier = OutlierReferenceContents(
      features: numbers(5 * 4), dimensions: 4, kDistances: [1, 2, 3, 4, 5], reachabilityDensities: [5, 4, 3, 2, 1],
      neighbourCount: 2, threshold: 1.5, falseAlarmRate: 0.05, validationBeatCount: 40)
    let input = numbers(network.input.count)
    return ModelContents(
      network: network, parameters: parameters, labels: labels,
      preprocessing: [("sampling_rate_hz", 500), ("beat_before_s", 0.2)], outlierReference: outlier,
      knownAnswer: .init(input: input, output: output(of: network, parameters, for: input)),
      provenance: [("dataset", "simulator"), ("seed", "7")])
  }

  /// What the network gives for one input.
  static func output(of network: NetworkDescription, _ parameters: [[[Float]]], for input: [Float]) -> [Float] {
    func block(_ size: Int) -> UnsafeMutableRawBufferPointer {
      .allocate(byteCount: max(size, 1), alignment: Arena.alignment)
    }
    let tables = block(Network.tableSize(layerCount: network.layers.count))
    defer { tables.deallocate() }
    return network.layers.withUnsafeBufferPointer { layers in
      var arena = try! Arena(tables)
      var running = try! Network(input: network.input, layers: layers, arena: &arena)
      var copies: [UnsafeMutablePointer<Float>] = []
      defer { for copy in copies { copy.deallocate() } }
      for (layer, tensors) in parameters.enumerated() {
        for (index, values) in tensors.enumerated() {
          let copy = UnsafeMutablePointer<Float>.allocate(capacity: values.count)
          copy.initialize(from: values, count: values.count)
          copies.append(copy)
          try! running.setParameter(layer: layer, index: index, copy)
        }
      }
      let scratch = block(running.scratchSize(batch: 1))
      defer { scratch.deallocate() }
      return [Float](unsafeUninitializedCapacity: running.outputShape.count) { output, count in
        count = running.outputShape.count
        try! running.run(input, batch: 1, scratch: scratch, output: output.baseAddress!, embedding: nil)
      }
    }
  }
}

/// Between values of the same number; infinite when one is not a number.
func largestDifference(_ found: [Float], _ expected: [Float]) -> Float {
  guard found.count == expected.count else { return .infinity }
  return zip(found, expected).reduce(0) { $1.0.isNaN || $1.1.isNaN ? .infinity : max($0, abs($1.0 - $1.1)) }
}
