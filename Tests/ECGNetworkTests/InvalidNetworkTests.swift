import ECGArchitectures
import ECGCore
import ECGNetwork
import Testing

@Suite struct InvalidNetworkTests {
  private func message(_ network: NetworkDescription) -> String? {
    do throws(InvalidNetwork) {
      try network.check()
      return nil
    } catch {
      return error.description
    }
  }

  @Test func goodNetworksPass() throws {
    for people in [2, 90, 1145] {
      for architecture in Architecture.all { try architecture.network(people: people).check() }
    }
  }

  @Test func messagesNameTheLayerAndWhatDoesNotFit() {
    var network = NetworkDescription(name: "n", input: .image(8, 8, channels: 1))
    #expect(message(network) == "n: a network has from 1 to 1024 layers")
    network.convolution(filters: 3, window: (5, 5))
    network.convolution(filters: 3, window: (5, 5))
    #expect(message(network) == "conv2d_1: the 5×5 window does not fit into the 4×4×3 input (valid padding)")

    network = NetworkDescription(name: "n", input: .image(8, 8, channels: 1))
    network.dense(units: 3)
    #expect(message(network) == "dense: dense needs features, but its input has 8×8×1: flatten it first")

    network = NetworkDescription(name: "n", input: .features(8))
    network.convolution(filters: 3, window: (2, 2))
    #expect(message(network) == "conv2d: convolution needs steps or an image, but its input has 8 features")

    network = NetworkDescription(name: "n", input: .features(8))
    network.dense(units: 0)
    #expect(message(network) == "dense: 0 units, but there must be at least 1")

    network = NetworkDescription(name: "n", input: .features(8))
    network.dropout(rate: 1)
    #expect(message(network) == "dropout: the dropout rate 1.0 is not in [0, 1)")

    network = NetworkDescription(name: "n", input: .features(8))
    network.dropout(rate: .nan)
    #expect(message(network) == "dropout: the dropout rate nan is not in [0, 1)")

    network = NetworkDescription(name: "n", input: .steps(8, channels: 1))
    network.convolution(filters: 3, window: (2, 2))
    #expect(message(network)?.hasPrefix("conv1d: the window 2×2 with stride 1×1 is not between 1 and") == true)

    network = NetworkDescription(name: "n", input: .steps(8, channels: 1))
    network.convolution(filters: 3, window: 2, activation: .softmax)
    #expect(message(network) != nil)

    network = NetworkDescription(name: "n", input: .image(0, 8, channels: 1))
    network.flatten()
    #expect(message(network) == "n: the input 0×8×1 has no values, or too many")
  }

  @Test func messagesOfGraphsNameTheLayerAndWhatDoesNotFit() {
    var network = NetworkDescription(name: "n", input: .steps(8, channels: 2))
    let narrow = network.convolution(filters: 3, window: 2)
    network.add([narrow, -1])
    #expect(message(network) == "add: add cannot join inputs of 7 steps × 3 and 8 steps × 2")

    network = NetworkDescription(name: "n", input: .steps(8, channels: 2))
    network.concatenate([-1])
    #expect(message(network) == "concatenate: concatenate joins two to 4 inputs, one behind the other")

    network = NetworkDescription(name: "n", input: .steps(8, channels: 2))
    network.reshape(.steps(3, channels: 5))
    #expect(message(network) == "reshape: 8 steps × 2 are not as many values as the new shape has")

    network = NetworkDescription(name: "n", input: .image(8, 8, channels: 2))
    network.gru(units: 3)
    #expect(message(network) == "gru: gru needs steps, but its input has 8×8×2")

    network = NetworkDescription(name: "n", input: .steps(8, channels: 2))
    network.batchNormalization(epsilon: 0)
    #expect(message(network)?.hasPrefix("batch_normalization: epsilon 0.0 must be positive") == true)
    network = NetworkDescription(name: "n", input: .features(8))
    network.globalAveragePooling()
    #expect(message(network)?.contains("needs steps or an image") == true)
  }

  @Test func joinsThatLieAreRefused() {
    var layer = Layer(.add)
    layer.secondInput = -1
    #expect(fault([layer]) == nil)
    for input: Int32 in [0, 1, -3, .max, .min] {
      layer.secondInput = input
      #expect(fault([layer])?.problem == .inputIndex)
      layer.secondInput = -1
      layer.thirdInput = input
      #expect(fault([layer])?.problem == .inputIndex)
      layer.thirdInput = -2
    }
    layer.fourthInput = -1
    #expect(fault([layer])?.problem == .secondInput)
    layer = Layer(.add)
    #expect(fault([layer])?.problem == .secondInput)
    var wide = Layer(.concatenate)
    (wide.secondInput, wide.thirdInput, wide.fourthInput) = (-1, -1, -1)
    let growing = (0..<20).map { index in
      var layer = wide
      layer.input = Int32(index) - 1
      (layer.secondInput, layer.thirdInput, layer.fourthInput) = (layer.input, layer.input, layer.input)
      return layer
    }
    #expect(fault(growing)?.problem == .size)
    var memory = Layer(.lstm)
    (memory.units, memory.activation) = (5, .relu)
    #expect(fault([memory])?.problem == .activation)
    memory.activation = .tanh
    for units: Int32 in [0, -1, .min] {
      memory.units = units
      #expect(fault([memory])?.problem == .units)
    }
    for units: Int32 in [.max, 1 << 14, 1 << 29] {
      memory.units = units
      #expect(fault([memory])?.problem == .size)
    }
    var shape = Layer(.reshape)
    for extent in [Layer.Extent(-1, -40), .init(.max, .max), .init(.min, 2)] {
      (shape.window, shape.units) = (extent, 1)
      #expect(fault([shape]) != nil)
    }
  }

  @Test func shapesAreInferred() throws {
    let shapes = try lenet5(people: 90).shapes
    #expect(
      shapes == [
        .image(64, 64, channels: 32), .image(32, 32, channels: 32), .image(32, 32, channels: 64),
        .image(16, 16, channels: 64), .features(16384), .features(112), .features(76), .features(90),
      ])
  }

  private func fault(_ layers: [Layer], input: Shape = .steps(20, channels: 2)) -> NetworkFault? {
    let tables = AlignedMemory(Network.tableSize(layerCount: layers.count))
    return layers.withUnsafeBufferPointer { layers in
      guard var arena = try? Arena(tables.bytes) else { return NetworkFault.unreachable }
      do throws(NetworkFault) {
        _ = try Network(input: input, layers: layers, arena: &arena)
        return nil
      } catch {
        return error
      }
    }
  }

  @Test func graphsThatLieAreRefused() {
    var layer = Layer(.flatten)
    for input: Int32 in [0, 1, -2, .max, .min] {
      layer.input = input
      #expect(fault([layer])?.problem == .inputIndex)
    }
    layer.input = -1
    for second: Int32 in [-1, 0, 1, .max, .min] {
      layer.secondInput = second
      #expect(fault([layer])?.problem == .secondInput)
    }
    var wide = Layer(.convolution)
    wide.units = .max
    #expect(fault([wide])?.problem == .size)
    wide.units = 1 << 20
    wide.window = .init(1, 65535)
    wide.padding = .same
    #expect(fault([wide])?.problem == .size)
    wide.units = 1
    wide.window = .init(1, 65536)
    #expect(fault([wide])?.problem == .window)
    for extent in [Layer.Extent(0, 1), .init(1, 0), .init(-1, 1), .init(.max, .max), .init(.min, 1)] {
      var bad = Layer(.maxPooling)
      bad.window = extent
      #expect(fault([bad])?.problem == .window)
      bad.window = .init(1, 1)
      bad.stride = extent
      #expect(fault([bad])?.problem == .window)
    }
    #expect(fault([])?.problem == .layerCount)
    #expect(fault([Layer](repeating: Layer(.dropout), count: 1025))?.problem == .layerCount)
    for shape in [
      Shape.features(0), .image(-1, 2, channels: 3), .image(.max, .max, channels: .max),
      .steps(1 << 20, channels: 1 << 20),
    ] {
      #expect(fault([Layer(.flatten)], input: shape)?.problem == .networkInput)
    }
  }

  @Test func tablesNeedTheirMemory() throws {
    let layers = lenet5(people: 3).layers
    let size = Network.tableSize(layerCount: layers.count)
    let memory = AlignedMemory(size)
    layers.withUnsafeBufferPointer { layers in
      for bytes in [0, 1, size / 2, size - 1] {
        #expect(throws: NetworkFault.self) {
          var arena = try Arena(UnsafeMutableRawBufferPointer(rebasing: memory.bytes[..<bytes]))
          _ = try Network(input: .image(64, 64, channels: 1), layers: layers, arena: &arena)
        }
      }
      #expect(throws: NetworkFault.self) {
        var arena = Arena.measuring()
        _ = try Network(input: .image(64, 64, channels: 1), layers: layers, arena: &arena)
      }
    }
  }

  /// Random tables, as a damaged file might hold them: refused, or run without touching memory that is not theirs.
  @Test func randomGraphsNeverTrap() throws {
    var random = SeededGenerator(seed: 11)
    var accepted = 0
    var kinds: Set<Layer.Kind> = []
    let oddities: [Int32] = [0, 1, 2, 3, 5, -1, -2, 7, 16, 64, 1000, 65535, 65536, 1 << 20, .max, .min]
    for _ in 0..<20_000 {
      let layers = (0..<Int.random(in: 1...6, using: &random)).compactMap { index -> Layer? in
        var integers = [Int32](repeating: 0, count: LayerTable.integerColumns)
        for column in integers.indices {
          integers[column] =
            Int.random(in: 0..<10, using: &random) == 0
            ? oddities.randomElement(using: &random)! : Int32.random(in: 1...3, using: &random)
        }
        let kind = Layer.Kind(rawValue: Int32.random(in: 1...14, using: &random))!
        let joins = kind == .add || kind == .concatenate
        let isRecurrent = kind == .lstm || kind == .gru
        func source() -> Int32 { Int32(index) - Int32.random(in: 1...3, using: &random) }
        integers[0] = kind.rawValue
        integers[1] = source()
        if Int.random(in: 0..<20, using: &random) > 0 { integers[2] = joins ? source() : -2 }
        integers[8] = Int32.random(in: 0...1, using: &random)
        integers[9] = isRecurrent ? 2 : Int32.random(in: 0...5, using: &random)
        integers[10] = isRecurrent ? 1 : Int32.random(in: 0...1, using: &random)
        for column in 11..<integers.count { integers[column] = 0 }
        if joins {
          for column in 12...13 where Bool.random(using: &random) { integers[column] = source() + 2 }
        }
        integers[14] = isRecurrent ? Int32.random(in: 0...1, using: &random) : 0
        if kind == .reshape {
          let shape = [[0, 0, 6], [0, 3, 6], [0, 9, 2], [6, 5, 2], [3, 1, 6], [2, 1, 3], [0, 2, 3]]
            .randomElement(using: &random)!
          (integers[3], integers[4], integers[5]) = (Int32(shape[2]), Int32(shape[0]), Int32(shape[1]))
        }
        let numbers: [Float] = kind == .batchNormalization ? [0, 0, 1e-3, 0.9] : [0, 0, 0, 0]
        return try? integers.withUnsafeBufferPointer { integers in
          try numbers.withUnsafeBufferPointer {
            try Layer(integers: integers, numbers: $0)
          }
        }
      }
      let input = [
        Shape.features(6), .steps(9, channels: 2), .image(6, 5, channels: 2), .image(9, 1, channels: 2),
      ].randomElement(using: &random)!
      guard fault(layers, input: input) == nil else { continue }
      // Those of a size that a test can afford also run.
      let network = try RunnableNetwork(input: input, layers: layers.map(Self.bounded)) { 40 + $0 }
      let values = drawn(12, 2 * input.count, scale: 2)
      let result = try network.run(values, batch: 2)
      #expect(result.output.count == 2 * network.network.outputShape.count)
      // No value may depend on another sample, nor on memory that another layer wrote over.
      let second = try network.run(Array(values[input.count...]))
      #expect(isClose(Array(result.output.suffix(second.output.count)), second.output), "\(layers)")
      accepted += 1
      kinds.formUnion(layers.map(\.kind))
    }
    #expect(kinds.count == 14)
    #expect(accepted > 500)
  }

  private func isClose(_ a: [Float], _ b: [Float]) -> Bool {
    zip(a, b).allSatisfy { abs($0 - $1) <= 1e-4 * max(1, abs($0)) || $0 == $1 || ($0.isNaN && $1.isNaN) }
  }

  private static func bounded(_ layer: Layer) -> Layer {
    var layer = layer
    if layer.units > 1000 { layer.units = 7 }
    if layer.padding == .same && layer.window.width > 100 { layer.window.width = 9 }
    if layer.padding == .same && layer.window.height > 100 { layer.window.height = 9 }
    return layer
  }
}

extension NetworkFault {
  /// For tests whose arena cannot be made.
  fileprivate static var unreachable: NetworkFault? { nil }
}
