import ECGArchitectures
import ECGCore
import ECGNetwork
import Testing

@Suite struct LayerTableTests {
  private typealias Row = (integers: [Int32], numbers: [Float])

  private func write(_ layer: Layer) -> Row {
    // Whatever was there before is overwritten.
    var integers = [Int32](repeating: -7, count: LayerTable.integerColumns)
    var numbers = [Float](repeating: -7, count: LayerTable.numberColumns)
    integers.withUnsafeMutableBufferPointer { integers in
      numbers.withUnsafeMutableBufferPointer { layer.write(integers: integers, numbers: $0) }
    }
    return (integers, numbers)
  }

  private func read(_ row: Row) throws -> Layer {
    try row.integers.withUnsafeBufferPointer { integers in
      try row.numbers.withUnsafeBufferPointer { try Layer(integers: integers, numbers: $0) }
    }
  }

  @Test func layersSurviveTheirTable() throws {
    for architecture in Architecture.all {
      for layer in architecture.network(people: 90).layers { #expect(try read(write(layer)) == layer) }
    }
  }

  /// The numbers of a stored layer never change: files written today are read by every later version.
  @Test func columnsAndNumbersAreThoseOfTheFormat() {
    var layer = Layer(.convolution)
    layer.input = 3
    layer.units = 64
    layer.window = .init(5, 4)
    layer.stride = .init(2, 1)
    layer.padding = .same
    layer.activation = .tanh
    layer.initializer = .heNormal
    layer.l2 = 0.25
    #expect(write(layer).integers == [1, 3, -2, 64, 5, 4, 2, 1, 1, 2, 1, 1, 0, 0, 0, 0])
    #expect(write(layer).numbers == [0, 0.25, 0, 0])
    let kinds: [Layer.Kind] = [
      .convolution, .maxPooling, .dense, .flatten, .dropout, .activation, .batchNormalization, .globalAveragePooling,
      .reshape, .lstm, .gru, .add, .concatenate, .unitNormalization,
    ]
    #expect(kinds.map(\.rawValue) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14])
    let activations: [Layer.Activation] = [.linear, .relu, .tanh, .softmax, .sigmoid, .elu]
    #expect(activations.map(\.rawValue) == [0, 1, 2, 3, 4, 5])

    var sum = Layer(.add)
    (sum.input, sum.secondInput, sum.thirdInput) = (4, -1, 2)
    #expect(write(sum).integers == [12, 4, -1, 0, 1, 1, 1, 1, 0, 0, 1, 0, 4, 0, 0, 0])
    sum.fourthInput = -1
    #expect(write(sum).integers[13] == 1)
    var memory = Layer(.gru)
    (memory.units, memory.activation, memory.returnsSequences) = (7, .tanh, true)
    #expect(write(memory).integers == [11, -1, -2, 7, 1, 1, 1, 1, 0, 2, 1, 0, 0, 0, 1, 0])
    var normalization = Layer(.batchNormalization)
    (normalization.epsilon, normalization.momentum) = (0.25, 0.5)
    #expect(write(normalization).numbers == [0, 0, 0.25, 0.5])
    var shape = Layer(.reshape)
    (shape.window, shape.units) = (.init(0, 72), 16)
    #expect(write(shape).integers.prefix(6) == [9, -1, -2, 16, 0, 72])
  }

  @Test func whatThisVersionDoesNotKnowIsRefused() throws {
    let row = write(Layer(.dense))
    for (column, value): (Int, Int32) in [
      (0, 0), (0, 99), (0, -1), (8, 2), (8, -1), (9, 99), (9, .min), (10, 2), (10, -1), (11, 99),
      (12, 1), (13, 1), (14, -1), (15, .max),
    ] {
      var changed = row
      changed.integers[column] = value
      #expect(throws: Status.unsupportedLayer, "column \(column) = \(value)") { try read(changed) }
    }
    for (column, value): (Int, Float) in [(2, 1), (3, -1), (3, .nan)] {
      var changed = row
      changed.numbers[column] = value
      #expect(throws: Status.unsupportedLayer) { try read(changed) }
    }
    #expect(throws: Status.malformed) { try read((Array(row.integers.dropLast()), row.numbers)) }
    #expect(throws: Status.malformed) { try read((row.integers, row.numbers + [0])) }
    #expect(throws: Status.malformed) { try read(([], [])) }
  }
}
