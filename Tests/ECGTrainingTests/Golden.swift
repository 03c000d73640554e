import ECGArchitectures
import ECGNetwork
import ECGTestSupport

@testable import ECGTraining

/// The networks of `Tests/Vectors/training.py`, with the same weights and inputs.
struct Golden {
  let name: String
  let batch: Int
  /// Of each parameter, the script keeps every so many-th number.
  let stride: Int
  let network: NetworkDescription
  var loss = Loss.crossEntropy
  /// So many layers at the beginning keep their parameters.
  var frozen = 0

  static let all = [
    Golden(name: "image", batch: 5, stride: 1, network: image),
    Golden(name: "strided", batch: 3, stride: 1, network: strided),
    Golden(name: "steps", batch: 4, stride: 1, network: steps),
    Golden(name: "lenet5", batch: 3, stride: 997, network: lenet5(people: 40)),
    Golden(name: "cnn1d", batch: 3, stride: 9973, network: withoutDropout(cnn1d(people: 40))),
    Golden(name: "cnn2d", batch: 3, stride: 499, network: withoutDropout(cnn2d(people: 40))),
    Golden(name: "inception1d", batch: 6, stride: 499, network: inception1d(people: 12)),
    Golden(name: "resnet1d", batch: 6, stride: 2999, network: resnet1d(people: 12)),
    Golden(name: "crnn", batch: 5, stride: 11, network: crnn),
    Golden(name: "lstm", batch: 5, stride: 7, network: lstm),
    Golden(name: "cosface", batch: 6, stride: 1, network: directions, loss: .cosFace(scale: 8, margin: 0.2)),
    Golden(name: "arcface", batch: 6, stride: 1, network: directions, loss: .arcFace(scale: 5, margin: 0.9)),
  ]

  /// Some of them with the frozen layers that the script gives them.
  static let frozen = all.compactMap { golden in
    ["image": 2, "steps": 3, "inception1d": 8, "crnn": 6][golden.name].map { count in
      Golden(name: golden.name, batch: golden.batch, stride: golden.stride, network: golden.network, frozen: count)
    }
  }

  /// crnn2d with fewer units.
  static let crnn: NetworkDescription = {
    var network = NetworkDescription(name: "crnn", input: .image(26, 26, channels: 1))
    for (filters, window, pool) in [(4, (5, 5), 3), (8, (3, 2), 2), (16, (1, 2), 1)] {
      network.convolution(filters: filters, window: window, activation: .elu, l2: 1e-3)
      network.maxPooling(window: (pool, pool))
      network.batchNormalization()
    }
    network.reshape(.steps(4, channels: 16))
    network.dense(units: 20, activation: .elu)
    network.batchNormalization()
    network.gru(units: 21, returnsSequences: true)
    network.flatten()
    network.dense(units: 30, activation: .sigmoid)
    network.dense(units: 5, activation: .softmax)
    return network
  }()

  /// lstm1d with fewer units, and behind it LSTMs over several steps.
  static let lstm: NetworkDescription = {
    var network = NetworkDescription(name: "lstm", input: .steps(1, channels: 30))
    network.lstm(units: 24, returnsSequences: true)
    network.lstm(units: 20)
    network.reshape(.steps(4, channels: 5))
    network.lstm(units: 9, returnsSequences: true)
    network.lstm(units: 7)
    network.dense(units: 5, activation: .softmax)
    return network
  }()

  /// An embedding of length 1, and classes that are directions.
  static let directions: NetworkDescription = {
    var network = NetworkDescription(name: "directions", input: .steps(20, channels: 1))
    network.convolution(filters: 6, window: 4, stride: 2, activation: .tanh)
    network.flatten()
    network.dense(units: 5, hasBias: false)
    network.unitNormalization()
    network.dense(units: 4, activation: .softmax, hasBias: false)
    return network
  }()

  static let image: NetworkDescription = {
    var network = NetworkDescription(name: "image", input: .image(11, 9, channels: 2))
    network.convolution(filters: 5, window: (3, 3), padding: .same, activation: .relu)
    network.maxPooling(window: (2, 2))
    network.convolution(filters: 7, window: (3, 2), activation: .tanh, l2: 0.01)
    network.flatten()
    network.dense(units: 6, activation: .relu)
    network.dense(units: 4, activation: .softmax)
    return network
  }()

  static let strided: NetworkDescription = {
    var network = NetworkDescription(name: "strided", input: .image(10, 13, channels: 3))
    var first = Layer(.convolution)
    (first.units, first.window, first.stride) = (4, .init(3, 4), .init(2, 2))
    (first.padding, first.activation) = (.same, .tanh)
    network.append(first, base: "conv2d")
    var second = Layer(.convolution)
    (second.units, second.window, second.stride) = (17, .init(2, 3), .init(1, 2))
    network.append(second, base: "conv2d")
    var relu = Layer(.activation)
    relu.activation = .relu
    network.append(relu, base: "re_lu")
    var pooling = Layer(.maxPooling)
    (pooling.window, pooling.stride, pooling.padding) = (.init(3, 2), .init(2, 1), .same)
    network.append(pooling, base: "max_pooling2d")
    network.flatten()
    network.dense(units: 3, activation: .softmax)
    return network
  }()

  static let steps: NetworkDescription = {
    var network = NetworkDescription(name: "steps", input: .steps(23, channels: 1))
    network.convolution(filters: 6, window: 4, activation: .tanh, l2: 0.01)
    network.maxPooling(window: 2)
    network.convolution(filters: 5, window: 2, activation: .tanh, l2: 0.02)
    network.flatten()
    network.dense(units: 8, activation: .tanh)
    network.dense(units: 3, activation: .softmax)
    return network
  }()

  static func withoutDropout(_ network: NetworkDescription) -> NetworkDescription {
    NetworkDescription(
      name: network.name, input: network.input,
      layers: network.layers.map { layer in
        var layer = layer
        layer.dropoutRate = 0
        return layer
      }, layerNames: network.layerNames)
  }

  static func numbers(_ count: Int, seed: UInt64) -> [Double] {
    (0..<UInt64(count)).map { i in
      var h = (i &* 2_654_435_761 &+ seed &* 40503) & 0xFFFF_FFFF
      h ^= h >> 15
      h = (h &* 2_246_822_519) & 0xFFFF_FFFF
      h ^= h >> 13
      return Double(h) * 0x1p-32 - 0.5
    }
  }

  var parameters: NetworkParameters {
    get throws {
      let checked = try CheckedNetwork(network)
      var index: UInt64 = 0
      return checked.parameters.map { layer in
        layer.map { parameter in
          index += 1
          let numbers = Golden.numbers(parameter.count, seed: index)
          switch parameter.start {
          case .one: return numbers.map { Float(1 + $0) }
          case .zero, .forgetGate: return numbers.map { Float($0 * 3.0.squareRoot()) }
          case .drawn, .orthogonal:
            return numbers.map { Float($0 * (12 / Double(parameter.fans.in)).squareRoot()) }
          }
        }
      }
    }
  }

  func batch(_ step: Int) throws -> SampleSet {
    let classes = try CheckedNetwork(network).classCount
    let count = network.input.count
    return try SampleSet(
      inputs: Golden.numbers(batch * count, seed: UInt64(100 + step)).map { Float($0 * 4) }, inputCount: count,
      labels: (0..<batch).map { Int32((3 * $0 + step) % classes) })
  }

  /// All parameters that follow a gradient, one after the other, thinned as the script does.
  func kept(_ values: NetworkParameters) throws -> [Float] {
    let acting = try CheckedNetwork(network, frozenLayers: frozen).acting
    return zip(values, acting).dropFirst(frozen).flatMap { values, acting in
      zip(values, acting).filter { $0.1.isLearned || $0.1.ranges.isEmpty }.flatMap { parameter, _ in
        Swift.stride(from: 0, to: parameter.count, by: stride).map { parameter[$0] }
      }
    }
  }

  /// The moving averages of batch normalisation.
  func moving(_ values: NetworkParameters) -> [Float] {
    zip(values, network.layers).dropFirst(frozen).filter { $0.1.kind == .batchNormalization }.flatMap {
      $0.0[2] + $0.0[3]
    }
  }

  func expected(_ what: String) throws -> [Double] {
    try Vectors.float64("training-\(name)\(frozen > 0 ? "-frozen" : "")-\(what)")
  }
}

/// The largest difference, relative to the largest expected value.
func largestDifference(_ found: [Float], _ expected: [Double]) -> Double {
  guard found.count == expected.count, !found.isEmpty else { return .infinity }
  let scale = expected.reduce(0) { max($0, abs($1)) }
  return zip(found, expected).reduce(0) { max($0, abs(Double($1.0) - $1.1)) } / scale
}
