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
      let numbers = [Float](repeating: 0, count: LayerTable.numberColumns)
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

  @Test(arguments: [("lenet5", 900_000, 1), ("cnn1d", 900_001, 10)])
  func wholeNetworksAgreeWithKeras(name: String, seed: Int, every: Int) throws {
    let description = name == "lenet5" ? lenet5(people: 5) : cnn1d(people: 5)
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
    let counts = try [lenet5(people: 90), lenet5(people: 1145), cnn1d(people: 90), cnn1d(people: 1145)].map {
      Int32(try $0.parameterValueCount)
    }
    #expect(try counts == Vectors.int32("network-counts"))
  }
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
