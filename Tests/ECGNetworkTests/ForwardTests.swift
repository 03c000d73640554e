import ECGArchitectures
import ECGCore
import ECGNetwork
import Foundation
import Testing

@Suite struct ForwardTests {
  /// Two convolutions with pooling and two dense layers: every kind of memory a plan has.
  static let small: NetworkDescription = {
    var network = NetworkDescription(name: "small", input: .image(11, 9, channels: 2))
    network.convolution(filters: 6, window: (3, 3), padding: .same, activation: .tanh)
    network.maxPooling(window: (2, 2))
    network.convolution(filters: 7, window: (2, 2), activation: .relu)
    network.maxPooling(window: (2, 2))
    network.flatten()
    network.dropout(rate: 0.5)
    network.dense(units: 19, activation: .tanh)
    network.dense(units: 5, activation: .softmax)
    return network
  }()

  @Test(arguments: [1, 2, 7])
  func scratchIsExact(batch: Int) throws {
    let runnable = try RunnableNetwork(Self.small)
    let network = runnable.network
    let input = drawn(5, batch * network.inputShape.count, scale: 2)
    var output = [Float](repeating: -1, count: batch * 5)
    let size = network.scratchSize(batch: batch)

    let exact = AlignedMemory(size)
    try network.run(input, batch: batch, scratch: exact.bytes, output: &output, embedding: nil)
    #expect(exact.isGuardIntact)

    let less = AlignedMemory(size - 1)
    output = [Float](repeating: -1, count: batch * 5)
    #expect(throws: Status.bufferTooSmall) {
      try network.run(input, batch: batch, scratch: less.bytes, output: &output, embedding: nil)
    }
    #expect(output.allSatisfy { $0 == -1 })

    let shifted = AlignedMemory(size + 4)
    let unaligned = UnsafeMutableRawBufferPointer(rebasing: shifted.bytes[4...])
    #expect(throws: Status.alignment) {
      try network.run(input, batch: batch, scratch: unaligned, output: &output, embedding: nil)
    }
  }

  @Test func whatWasInTheScratchDoesNotMatter() throws {
    let runnable = try RunnableNetwork(Self.small)
    let input = drawn(5, 3 * runnable.network.inputShape.count, scale: 2)
    let first = try runnable.run(input, batch: 3)
    let memory = AlignedMemory(runnable.network.scratchSize(batch: 3))
    for byte: UInt8 in [0x00, 0x7F, 0xFF] {
      for index in 0..<memory.count { memory.bytes[index] = byte }
      var output = [Float](repeating: .nan, count: first.output.count)
      var embedding = [Float](repeating: .nan, count: first.embedding.count)
      try runnable.network.run(input, batch: 3, scratch: memory.bytes, output: &output, embedding: &embedding)
      #expect(output.map(\.bitPattern) == first.output.map(\.bitPattern))
      #expect(embedding.map(\.bitPattern) == first.embedding.map(\.bitPattern))
    }
  }

  @Test func threadsMayShareANetwork() async throws {
    let runnable = try RunnableNetwork(Self.small)
    let network = runnable.network
    let inputs = (0..<8).map { drawn(50 + $0, network.inputShape.count, scale: 2) }
    let alone = try inputs.map { try runnable.run($0).output }
    let together = try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
      for (index, input) in inputs.enumerated() {
        group.addTask {
          let scratch = AlignedMemory(network.scratchSize(batch: 1))
          var output = [Float](repeating: .nan, count: 5)
          for _ in 0..<200 {
            try network.run(input, batch: 1, scratch: scratch.bytes, output: &output, embedding: nil)
          }
          return (index, output)
        }
      }
      return try await group.reduce(into: [[Float]](repeating: [], count: 8)) { $0[$1.0] = $1.1 }
    }
    #expect(together == alone)
    withExtendedLifetime(runnable) {}
  }

  @Test(arguments: [1, 2, 3, 5, 6, 7, 8, 9, 16, 17])
  func aBatchIsItsSamples(batch: Int) throws {
    let runnable = try RunnableNetwork(Self.small)
    let count = runnable.network.inputShape.count
    let input = drawn(6, batch * count, scale: 2)
    let together = try runnable.run(input, batch: batch)
    for sample in 0..<batch {
      let alone = try runnable.run(Array(input[sample * count..<(sample + 1) * count]))
      #expect(relativeError(Array(together.output[sample * 5..<(sample + 1) * 5]), alone.output) < 1e-6)
      #expect(relativeError(Array(together.embedding[sample * 19..<(sample + 1) * 19]), alone.embedding) < 1e-6)
    }
  }

  /// Recurrent layers multiply up to 16 samples, or steps, together.
  @Test(arguments: [1, 2, 3, 5, 8, 9, 15, 16, 17, 33])
  func aBatchOfSequencesIsItsSamples(batch: Int) throws {
    var network = NetworkDescription(name: "sequences", input: .steps(5, channels: 3))
    network.lstm(units: 6, returnsSequences: true)
    network.gru(units: 7, returnsSequences: true)
    network.lstm(units: 5)
    network.reshape(.steps(1, channels: 5))
    network.lstm(units: 9)
    network.dense(units: 4, activation: .softmax)
    let runnable = try RunnableNetwork(network)
    let input = drawn(6, batch * 15, scale: 2)
    let together = try runnable.run(input, batch: batch)
    for sample in 0..<batch {
      let alone = try runnable.run(Array(input[sample * 15..<(sample + 1) * 15]))
      #expect(relativeError(Array(together.output[sample * 4..<(sample + 1) * 4]), alone.output) < 1e-6)
      #expect(relativeError(Array(together.embedding[sample * 9..<(sample + 1) * 9]), alone.embedding) < 1e-6)
    }
  }

  /// The gates that cannot act are not even read.
  @Test func oneStepOfAnLSTMIgnoresWhatItWouldRemember() throws {
    var layer = Layer(.lstm)
    (layer.units, layer.activation) = (5, .tanh)
    let runnable = try RunnableNetwork(input: .steps(1, channels: 3), layers: [layer]) { 70 + $0 }
    let input = drawn(7, 3, scale: 2)
    let output = try runnable.run(input).output
    let (kernel, bias) = (runnable.tensor(0), runnable.tensor(2))
    for unit in 0..<5 {
      func gate(_ number: Int) -> Double {
        let column = number * 5 + unit
        return (0..<3).reduce(Double(bias[column])) { $0 + Double(input[$1]) * Double(kernel[$1 * 20 + column]) }
      }
      func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
      let expected = sigmoid(gate(3)) * tanh(sigmoid(gate(0)) * tanh(gate(2)))
      #expect(abs(Double(output[unit]) - expected) < 1e-6)
    }
  }

  /// Dense layers on one sample and on many, against sums in double precision, around the sizes of their blocks.
  @Test(arguments: [1, 2, 5, 6, 8, 9])
  func denseLayersAreSumsOfProducts(batch: Int) throws {
    for inputs in [1, 7, 8, 9, 15, 31, 32, 33, 64, 65, 100] {
      for units in [1, 3, 4, 15, 16, 17, 31, 32, 33, 64, 65] {
        var layer = Layer(.dense)
        layer.units = Int32(units)
        let runnable = try RunnableNetwork(input: .features(inputs), layers: [layer]) { 10 + $0 }
        let input = drawn(9, batch * inputs, scale: 2)
        let output = try runnable.run(input, batch: batch).output
        let (kernel, bias) = (runnable.tensor(0), runnable.tensor(1))
        for (index, value) in output.enumerated() {
          let (sample, unit) = (index / units, index % units)
          let terms = (0..<inputs).map {
            Double(input[sample * inputs + $0]) * Double(kernel[$0 * units + unit])
          }
          let exact = terms.reduce(Double(bias[unit]), +)
          // A float sum of n terms errs by at most n half units of the sum of magnitudes.
          let bound = terms.reduce(abs(Double(bias[unit]))) { $0 + abs($1) } * Double(inputs + 1) * 0x1p-24
          #expect(abs(Double(value) - exact) <= bound, "\(batch) × \(inputs) → \(units)")
        }
      }
    }
  }

  /// A pooling layer runs together with its convolution unless something else reads the convolution.
  @Test func poolingWithinAConvolutionChangesNoBit() throws {
    var compared = 0
    for (height, width, stride) in [(8, 8, 1), (9, 11, 1), (13, 7, 2), (2, 3, 1)] {
      for padding in [Layer.Padding.same, .valid] where padding == .same || height > 3 {
        for poolWindow in [(2, 2), (2, 3), (1, 2)] {
          var convolution = Layer(.convolution)
          convolution.units = 5
          convolution.window = .init(3, 3)
          convolution.stride = .init(stride, stride)
          convolution.padding = padding
          convolution.activation = .tanh
          var pooling = Layer(.maxPooling)
          pooling.input = 0
          pooling.window = .init(poolWindow.0, poolWindow.1)
          pooling.stride = pooling.window
          var reader = Layer(.activation)
          reader.activation = .tanh
          reader.input = 0
          var flatten = Layer(.flatten)
          flatten.input = 1
          let input = Shape.image(height, width, channels: 3)
          var joined = [convolution, pooling, flatten]
          guard let together = try? RunnableNetwork(input: input, layers: joined, seed: { 20 + $0 }) else { continue }
          joined.insert(reader, at: 2)
          let apart = try RunnableNetwork(input: input, layers: joined) { 20 + $0 }
          let values = drawn(3, input.count, scale: 2)
          let results = try (together.run(values).output, apart.run(values).output)
          #expect(results.0.map(\.bitPattern) == results.1.map(\.bitPattern))
          // Images of a few values fit into the same steps of memory either way.
          if height > 3 { #expect(together.network.scratchSize(batch: 1) != apart.network.scratchSize(batch: 1)) }
          compared += 1
        }
      }
    }
    #expect(compared >= 15)
  }

  /// A batch normalisation and the activation behind it run together with the convolution before them unless something
  /// else reads the convolution; the answers differ by rounding.
  @Test func normalizationWithinAConvolutionIsTheSame() throws {
    for input in [
      Shape.image(9, 11, channels: 3), .image(14, 1, channels: 3), .steps(21, channels: 2), .image(2, 3, channels: 1),
    ] {
      for (filters, hasBias) in [(1, true), (5, false), (16, true), (37, true)] {
        for activation in [Layer.Activation.linear, .relu, .elu] {
          var convolution = Layer(.convolution)
          convolution.units = Int32(filters)
          convolution.window = .init(input.rank == 2 ? 1 : 3, 3)
          convolution.padding = .same
          convolution.hasBias = hasBias
          var normalization = Layer(.batchNormalization)
          normalization.input = 0
          normalization.epsilon = 1e-3
          var activated = Layer(.activation)
          activated.activation = activation
          activated.input = 1
          var flatten = Layer(.flatten)
          flatten.input = 2
          var reader = Layer(.activation)
          reader.input = 0
          reader.activation = .tanh
          let joined = [convolution, normalization, activated, flatten]
          let together = try RunnableNetwork(input: input, layers: joined) { 20 + $0 }
          let apart = try RunnableNetwork(input: input, layers: joined + [reader, flatten]) { 20 + $0 }
          let values = drawn(3, input.count, scale: 2)
          let (one, other) = (try together.run(values).output, try apart.run(values).output)
          #expect(one.count == other.count && other.contains { abs($0) > 0.01 })
          for (a, b) in zip(one, other) {
            #expect(abs(a - b) <= 1e-6 * max(1, abs(b)), "\(input), \(filters) filters, \(activation)")
          }
        }
      }
    }
  }

  /// What a convolution reads stays for later readers, though it runs as one with the layer behind it.
  @Test(arguments: [Layer.Kind.maxPooling, .batchNormalization])
  func aJoinedConvolutionLeavesItsInputAlone(kind: Layer.Kind) throws {
    func network(_ isJoined: Bool) throws -> [Float] {
      func convolution(reads input: Int32) -> Layer {
        var layer = Layer(.convolution)
        layer.units = 4
        layer.window = .init(1, 3)
        layer.padding = .same
        layer.input = input
        return layer
      }
      func layer(_ kind: Layer.Kind, _ input: Int32, _ second: Int32 = -2) -> Layer {
        var layer = Layer(kind)
        (layer.input, layer.secondInput) = (input, second)
        layer.epsilon = kind == .batchNormalization ? 1e-3 : 0
        layer.activation = kind == .activation ? .tanh : .linear
        return layer
      }
      // A pooling over single steps changes nothing.
      var layers = [
        convolution(reads: -1), layer(.activation, 0), convolution(reads: 1), layer(kind, 2), convolution(reads: 3),
        layer(.activation, 4), layer(.add, 1, 5), layer(.flatten, 6),
      ]
      if !isJoined { layers += [layer(.activation, 2), layer(.flatten, 6)] }
      return try RunnableNetwork(input: .steps(40, channels: 2), layers: layers) { 30 + $0 }.run(drawn(3, 80, scale: 2))
        .output
    }
    for (a, b) in zip(try network(true), try network(false)) { #expect(abs(a - b) <= 1e-6) }
  }

  /// Values stay until their last reader, whatever runs in between.
  @Test func layersMayReadAnyLayerBeforeThem() throws {
    func dense(_ units: Int32, reads input: Int32) -> Layer {
      var layer = Layer(.dense)
      layer.units = units
      layer.input = input
      layer.activation = .tanh
      return layer
    }
    // The last layer reads the first; those between only try to disturb it.
    let branched = try RunnableNetwork(
      input: .features(12),
      layers: [
        dense(20, reads: -1), dense(20, reads: 0), dense(20, reads: 1), dense(20, reads: -1), dense(4, reads: 0),
      ]
    ) { 30 + $0 }
    let straight = try RunnableNetwork(
      input: .features(12), layers: [dense(20, reads: -1), dense(4, reads: 0)]
    ) { $0 < 2 ? 30 + $0 : 36 + $0 }
    for batch in [1, 3] {
      let input = drawn(31, batch * 12, scale: 2)
      let results = try (branched.run(input, batch: batch), straight.run(input, batch: batch))
      #expect(results.0.output == results.1.output)
      #expect(results.0.embedding == results.1.embedding)
    }
  }

  @Test func theEmbeddingIsTheLastHiddenLayer() throws {
    #expect(try RunnableNetwork(lenet5(people: 8)).network.embeddingCount == 6)
    #expect(try RunnableNetwork(cnn1d(people: 3)).network.embeddingCount == 3000)
    let runnable = try RunnableNetwork(Self.small)
    #expect(runnable.network.embeddingLayer == 6)

    // With one dense layer it is what that layer reads, seen through dropout; without any, what the last layer reads.
    var single = NetworkDescription(name: "single", input: .steps(6, channels: 1))
    single.flatten()
    single.dropout(rate: 0.2)
    single.dense(units: 2)
    let values = drawn(2, 6, scale: 2)
    #expect(try RunnableNetwork(single).run(values).embedding == values)

    var none = NetworkDescription(name: "none", input: .steps(6, channels: 1))
    none.maxPooling(window: 2)
    none.flatten()
    #expect(try RunnableNetwork(none).run(values).embedding == RunnableNetwork(none).run(values).output)
  }

  @Test func aNetworkThatChangesNothingCopies() throws {
    var network = NetworkDescription(name: "identity", input: .steps(6, channels: 2))
    network.flatten()
    network.dropout(rate: 0.5)
    let runnable = try RunnableNetwork(network)
    #expect(runnable.network.scratchSize(batch: 4) == 0)
    let values = drawn(2, 24, scale: 2)
    #expect(try runnable.run(values, batch: 2).output == values)
  }

  @Test func missingWeightsAndEmptyBatchesAreRefused() throws {
    let layers = Self.small.layers
    let tables = AlignedMemory(Network.tableSize(layerCount: layers.count))
    let scratch = AlignedMemory(1 << 20)
    try layers.withUnsafeBufferPointer { layers in
      var arena = try Arena(tables.bytes)
      var network = try Network(input: Self.small.input, layers: layers, arena: &arena)
      #expect(arena.used == tables.count)
      let input = [Float](repeating: 0, count: network.inputShape.count)
      var output: [Float] = [-1, -1, -1, -1, -1]
      #expect(throws: Status.missingEntry) {
        try network.run(input, batch: 1, scratch: scratch.bytes, output: &output, embedding: nil)
      }
      for batch in [0, -1, Int.min] {
        #expect(throws: Status.argument) {
          try network.run(input, batch: batch, scratch: scratch.bytes, output: &output, embedding: nil)
        }
      }
      #expect(network.scratchSize(batch: Int.max) == Int.max)
      #expect(throws: Status.bufferTooSmall) {
        try network.run(input, batch: Int.max, scratch: scratch.bytes, output: &output, embedding: nil)
      }
      #expect(output == [-1, -1, -1, -1, -1])
      for (layer, index) in [(-1, 0), (8, 0), (0, 2), (0, -1), (1, 0), (Int.max, Int.max), (Int.min, 0)] {
        #expect(throws: Status.argument) { try network.setParameter(layer: layer, index: index, input) }
      }
    }
  }

  @Test func notANumberInTheInputGivesAnAnswerThatShowsIt() throws {
    let runnable = try RunnableNetwork(Self.small)
    var input = drawn(5, runnable.network.inputShape.count, scale: 2)
    input[40] = .nan
    #expect(try runnable.run(input).output.allSatisfy { $0.isNaN })
    for value in [Float.infinity, -.infinity, .greatestFiniteMagnitude] {
      input = input.map { _ in value }
      #expect(try runnable.run(input).output.allSatisfy { $0.isNaN || ($0 >= 0 && $0 <= 1) })
    }
  }
}
