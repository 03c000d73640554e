import ECGArchitectures
import ECGCore
import ECGNetwork
import ECGTestSupport
import Testing

@Suite struct KerasAgreementTests {
  @Test func everyLayerAgreesWithKeras() throws {
    let cases = try Vectors.int32("network-cases")
    let answers = try Vectors.float32("network-answers")
    let columns = 4 + LayerTable.integerColumns
    var offset = 0
    for index in 0..<cases.count / columns {
      let row = Array(cases[index * columns..<(index + 1) * columns])
      let input = Support.shape(row)
      let isNormalization = row[4] == Layer.Kind.batchNormalization.rawValue
      let numbers: [Float] = isNormalization ? [0, 0, 1e-3, 0.99] : [0, 0, 0, 0]
      let layer = try Array(row[4...]).withUnsafeBufferPointer { integers in
        try numbers.withUnsafeBufferPointer { try Layer(integers: integers, numbers: $0) }
      }
      let network = try RunnableNetwork(input: input, layers: [layer]) { 1000 * index + 1 + $0 }
      let output = try network.run(drawn(1000 * index, input.count, scale: 4)).output
      let expected = Array(answers[offset..<offset + output.count])
      offset += output.count
      #expect(relativeError(output, expected) < 1e-5, "case \(index): \(row)")
    }
    #expect(offset == answers.count)
  }

  @Test(
    arguments: [
      ("lenet5", 1), ("cnn1d", 10), ("cnn2d", 1), ("crnn2d", 10), ("lstm1d", 10), ("inception1d", 1), ("resnet1d", 1),
      ("joins", 1), ("compact1d", 1), ("embedder1d", 1), ("deepecg", 1), ("embedder1d-small", 1),
    ].enumerated().map { ($0.element.0, 900_000 + $0.offset, $0.element.1) })
  func wholeNetworksAgreeWithKeras(name: String, seed: Int, every: Int) throws {
    let description = Architecture.named(name)?.network(people: 5) ?? joins(people: 5)
    let network = try RunnableNetwork(description)
    let answer = try network.run(drawn(seed, 2 * description.input.count, scale: 2), batch: 2)
    let expected = try Vectors.float32("network-\(name)")
    for (value, wanted) in zip(answer.output, expected) { #expect(abs(value - wanted) < 1e-5) }
    let count = network.network.embeddingCount
    let hidden = (0..<2).flatMap { sample in
      stride(from: 0, to: count, by: every).map { answer.embedding[sample * count + $0] }
    }
    #expect(hidden.count == expected.count - 10)
    #expect(relativeError(hidden, Array(expected[10...])) < 1e-5)
  }

  @Test func parameterCountsAreThoseOfKeras() throws {
    let counts = try Architecture.all.flatMap { architecture in
      try [90, 1145].map { Int32(try architecture.network(people: $0).parameterValueCount) }
    }
    #expect(try counts == Vectors.int32("network-counts"))
  }
}

/// Layers joined in many ways: several readers of one layer, the network's input among the inputs, sums of a layer with
/// itself, every kind of memory sharing.
func joins(people: Int) -> NetworkDescription {
  var network = NetworkDescription(name: "joins", input: .steps(9, channels: 2))
  let a = network.convolution(filters: 3, window: 2, padding: .same)
  let b = network.activation(.elu)
  let c = network.convolution(filters: 5, window: 3, padding: .same, activation: .tanh)
  let d = network.concatenate([-1, c, a, b])
  let e = network.batchNormalization()
  let f = network.add([d, e, d])
  let g = network.maxPooling(window: 3, stride: 1, padding: .same)
  network.add([f, g, e, d])
  let i = network.gru(units: 7, returnsSequences: true)
  let j = network.lstm(units: 7, returnsSequences: true)
  network.add([i, j])
  network.reshape(.image(3, 3, channels: 7))
  network.convolution(filters: 4, window: (2, 2))
  let o = network.flatten()
  let q = network.activation(.sigmoid)
  network.concatenate([q, o])
  let s = network.dense(units: 11, activation: .elu)
  let t = network.activation(.relu)
  network.add([t, s])
  network.dense(units: people)
  network.activation(.softmax)
  return network
}

private enum Support {
  static func shape(_ row: [Int32]) -> Shape {
    switch row[0] {
    case 1: .features(Int(row[3]))
    case 2: .steps(Int(row[2]), channels: Int(row[3]))
    default: .image(Int(row[1]), Int(row[2]), channels: Int(row[3]))
    }
  }
}
