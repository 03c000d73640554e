import ECGCore
import ECGNetwork
import ECGTestSupport

/// The values that `Tests/Vectors/network.py` draws.
func drawn(_ seed: Int, _ count: Int, scale: Double) -> [Float] {
  (0..<count).map { index in
    var z = UInt64(seed) &+ UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return Float((Double(z >> 40) * 0x1p-24 - 0.5) * scale)
  }
}

/// The values that the script draws for a tensor.
func drawnValues(of parameter: Parameter, seed: Int) -> [Float] {
  let sizes = [parameter.sizes.0, parameter.sizes.1, parameter.sizes.2, parameter.sizes.3].prefix(parameter.rank)
  switch parameter.start {
  case .drawn, .orthogonal:
    let inputs = sizes.dropLast().reduce(1, *)
    return drawn(seed, parameter.count, scale: (12 / Double(inputs)).squareRoot())
  case .one: return drawn(seed, parameter.count, scale: 1).map { abs($0) + 0.5 }
  case .zero, .forgetGate: return drawn(seed, parameter.count, scale: 1)
  }
}

/// Memory aligned as the library asks for it, with a guard behind it.
final class AlignedMemory {
  private static let guardBytes = 256
  private let all: UnsafeMutableRawBufferPointer
  let count: Int

  init(_ count: Int) {
    self.count = count
    all = .allocate(byteCount: count + Self.guardBytes, alignment: Arena.alignment)
    for index in 0..<all.count { all[index] = 0xA5 }
  }
  deinit { all.deallocate() }

  var bytes: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: all[..<count]) }
  var isGuardIntact: Bool { all[count...].allSatisfy { $0 == 0xA5 } }
}

/// A network with the weights that the vectors' script draws, and the memory it lives in.
final class RunnableNetwork {
  private let tables: AlignedMemory
  private let layers: UnsafeMutableBufferPointer<Layer>
  private var tensors: [UnsafeMutableBufferPointer<Float>] = []
  var network: Network

  /// `seed` gives the seed of the number-th tensor of the network.
  init(input: Shape, layers: [Layer], seed: (Int) -> Int) throws {
    self.layers = .allocate(capacity: layers.count)
    _ = self.layers.initialize(from: layers)
    tables = AlignedMemory(Network.tableSize(layerCount: layers.count))
    var arena = try Arena(tables.bytes)
    network = try Network(input: input, layers: UnsafeBufferPointer(self.layers), arena: &arena)
    for layer in layers.indices {
      for index in 0..<layers[layer].parameterCount {
        let parameter = try network.parameter(layer: layer, index: index)
        let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: parameter.count)
        _ = values.initialize(from: drawnValues(of: parameter, seed: seed(tensors.count)))
        tensors.append(values)
        try network.setParameter(layer: layer, index: index, values.baseAddress!)
      }
    }
  }

  convenience init(_ description: NetworkDescription) throws {
    try self.init(input: description.input, layers: description.layers) { 500_000 + $0 }
  }

  deinit {
    for tensor in tensors { tensor.deallocate() }
    layers.deallocate()
  }

  func tensor(_ number: Int) -> [Float] { Array(tensors[number]) }

  func run(_ input: [Float], batch: Int = 1) throws -> (output: [Float], embedding: [Float]) {
    precondition(input.count == batch * network.inputShape.count)
    var output = [Float](repeating: .nan, count: batch * network.outputShape.count)
    var embedding = [Float](repeating: .nan, count: batch * network.embeddingCount)
    let scratch = AlignedMemory(network.scratchSize(batch: batch))
    try network.run(input, batch: batch, scratch: scratch.bytes, output: &output, embedding: &embedding)
    guard scratch.isGuardIntact else { throw GuardBroken() }
    return (output, embedding)
  }

  struct GuardBroken: Error {}
}

/// The largest difference between two sequences, relative to the largest value of the expected one.
func relativeError(_ values: [Float], _ expected: [Float]) -> Float {
  precondition(values.count == expected.count)
  let scale = max(expected.map(abs).max() ?? 0, .leastNormalMagnitude)
  return zip(values, expected).map { abs($0 - $1).isNaN ? .infinity : abs($0 - $1) }.max()! / scale
}
