import ECGArchitectures
import ECGCore
import ECGModelFile
import ECGNetwork
import ECGTestSupport
import Foundation
import Testing

@testable import ECGExport

/// Weights of float16 and int8 against the same arithmetic in numpy (`Tests/Vectors/weights.py`), through a model file as a
/// device reads it.
@Suite struct CompactWeightsTests {
  @Test(arguments: [Layer.Storage.int8, .float16])
  func everyLayerAgreesWithNumpy(storage: Layer.Storage) throws {
    let cases = try Vectors.int32("weights-cases")
    let answers = try Vectors.float32(storage == .int8 ? "weights-answers" : "weights-halves")
    let columns = 4 + LayerTable.integerColumns
    var offset = 0
    for index in 0..<cases.count / columns {
      let row = Array(cases[index * columns..<(index + 1) * columns])
      let input = Shape(rank: row[0], height: row[1], width: row[2], channels: row[3])
      let layer = try Array(row[4...]).withUnsafeBufferPointer { integers in
        try [Float](repeating: 0, count: 4).withUnsafeBufferPointer { try Layer(integers: integers, numbers: $0) }
      }
      let network = NetworkDescription(name: "case", input: input, layers: [layer], layerNames: ["layer"])
      let running = try StoredNetwork(network, storage) { 1000 * index + 1 + $0 }
      let output = try running.run(drawn(1000 * index, input.count, scale: 4), batch: 1).output
      let expected = Array(answers[offset..<offset + output.count])
      offset += output.count
      let scale = max(expected.map(abs).max()!, 1e-30)
      // Recurrent layers quantise values that are themselves rounded: the next byte may be meant.
      let tolerance: Float = layer.kind == .convolution || layer.kind == .dense ? 2e-6 : storage == .int8 ? 2e-3 : 1e-5
      #expect(largestDifference(output, expected) / scale < tolerance, "case \(index): \(row)")
    }
    #expect(offset == answers.count)
  }

  /// 640 to 16,384 inputs of a dense layer: where an activation lies between two bytes, numpy may take the other one.
  @Test(arguments: [("compact1d", 900_008), ("lenet5", 900_000)], [Layer.Storage.int8, .float16])
  func wholeNetworksAgreeWithNumpy(network: (name: String, seed: Int), storage: Layer.Storage) throws {
    let description = try #require(Architecture.named(network.name)?.network(people: 5))
    let running = try StoredNetwork(description, storage) { 500_000 + $0 }
    let answer = try running.run(drawn(network.seed, 2 * description.input.count, scale: 2), batch: 2)
    let expected = try Vectors.float32("weights-\(network.name)-\(storage == .int8 ? "i8" : "f16")")
    #expect(expected.count == answer.output.count + answer.embedding.count)
    #expect(largestDifference(answer.output, Array(expected[..<10])) < (storage == .int8 ? 1e-3 : 1e-5))
    let scale = expected[10...].map(abs).max()!
    #expect(largestDifference(answer.embedding, Array(expected[10...])) / scale < (storage == .int8 ? 2e-3 : 1e-5))
  }

  @Test func bytesLieAsTheFormatSays() throws {
    let expected = try Vectors.int32("weights-bytes")
    var found: [Int32] = []
    let cases: [(Shape, [Int], Layer.Kind, Layer.Extent)] = [
      (.steps(9, channels: 3), [3, 3, 5], .convolution, .init(1, 3)),
      (.image(4, 5, channels: 2), [2, 3, 2, 6], .convolution, .init(2, 3)),
      (.features(7), [7, 3], .dense, .init(1, 1)),
    ]
    for (input, sizes, kind, window) in cases {
      var layer = Layer(kind)
      (layer.units, layer.window) = (Int32(sizes.last!), window)
      let layout = try layer.integerKernel(0, input: input)
      found += QuantizedKernel(drawn(77, sizes.reduce(1, *), scale: 2), layout).values.map(Int32.init)
    }
    #expect(found == expected)
  }

  @Test(arguments: [Layer.Storage.int8, .float16])
  func whatIsWrittenIsRead(storage: Layer.Storage) throws {
    let model = Samples.model(Samples.graph(people: 3), labels: ["a", "b", "c"])
    let folder = try TemporaryFolder()
    let (first, second) = (folder.url.appending(path: "first.h5"), folder.url.appending(path: "second.h5"))
    try write(model.storingKernels(as: storage), to: first)
    let read = try ModelContents(contentsOf: first)
    #expect(read.compactStorage == storage)
    try write(read, to: second)
    let again = try ModelContents(contentsOf: second)
    for (index, layer) in read.network.layers.enumerated() {
      for number in 0..<layer.parameterCount {
        let (old, new) = (model.parameters[index][number], read.parameters[index][number])
        #expect(largestDifference(again.parameters[index][number], new) < 1e-7)
        if !layer.isKernel(number) {
          #expect(old == new)
        } else if storage == .float16 {
          #expect(new == old.map { Float(Float16($0)) })
        } else if layer.kind != .convolution {
          // A convolution over width 1 keeps only the weights that act.
          #expect(largestDifference(old, new) <= old.map(abs).max()! / 127 * 0.51)
        }
      }
    }
  }

  @Test func aColumnOfZerosHasAScale() throws {
    var layer = Layer(.dense)
    layer.units = 2
    let layout = try layer.integerKernel(0, input: .features(3))
    let kernel = QuantizedKernel([0, 1, 0, -2, 0, 0.5], layout)
    #expect(kernel.scales == [1, 2 / 127] && kernel.sums == [0, 64 - 127 + 32])
    #expect(kernel.values == [0, 0, 0, 0, 64, -127, 32, 0])
    #expect(QuantizedKernel([.leastNonzeroMagnitude, 0, 0, 0, 0, 0], layout).scales == [1, 1])
  }

  @Test func whatDoesNotFitIsRefused() throws {
    var network = NetworkDescription(name: "n", input: .features(65_537))
    network.dense(units: 2, activation: .softmax)
    let model = Samples.model(network, labels: ["a", "b"])
    let url = try TemporaryFolder().url.appending(path: "model.h5")
    #expect(throws: ExportError.self) { try write(model.storingKernels(as: .int8), to: url) }

    var large = Samples.model(.convolutionOverBeats)
    large.parameters[0][0][3] = 70_000
    let halves = #expect(throws: ExportError.self) { try write(large.storingKernels(as: .float16), to: url) }
    #expect(halves?.description.contains("range of float16") == true)
    #expect(!FileManager.default.fileExists(atPath: url.path))
  }

  @Test(arguments: [Layer.Storage.int8, .float16])
  func onlySuchFilesHaveTheNewerVersion(storage: Layer.Storage) throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.h5")
    for (form, version) in [(Layer.Storage.float32, 1), (storage, 2)] {
      try write(Samples.model(.convolutionOverBeats).storingKernels(as: form), to: url)
      let mapped = try MappedFile(url)
      #expect(try ModelFile(mapped.content).formatVersion == version)
      // Keras has no configuration of a network with int8 kernels.
      let hasConfiguration = mapped.content.firstRange(of: Array("model_config".utf8)) != nil
      #expect(hasConfiguration == (form != .int8))
    }
  }

  @Test(arguments: [Layer.Storage.int8, .float16])
  func outlierReferencesInFewerBits(storage: Layer.Storage) throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.h5")
    var model = Samples.model(.convolutionOverBeats)
    let old = try #require(model.outlierReference)
    let rounded = try #require(CompactFeatures.rounded(old.features, dimensions: old.dimensions, as: storage))
    let largest = old.features.map(abs).max()!
    #expect(largestDifference(rounded, old.features) <= largest * (storage == .int8 ? 0.51 / 127 : 0x1p-11))
    model.outlierReference?.features = rounded
    model.outlierReference?.storage = storage
    try write(model, to: url)
    let read = try #require(try ModelContents(contentsOf: url).outlierReference)
    #expect(read.storage == storage && largestDifference(read.features, rounded) <= largest * 1e-7)
    let mapped = try MappedFile(url)
    #expect(try ModelFile(mapped.content).formatVersion == 3)
    withExtendedLifetime(mapped) {}

    // Values that are none of that form.
    model.outlierReference?.storage = .float16
    model.outlierReference?.features[0] = 1 / 3
    #expect(throws: ExportError.self) { try write(model, to: url) }
    #expect(CompactFeatures.rounded([70_000], dimensions: 1, as: .float16) == nil)
    #expect(CompactFeatures.rounded([0, 0, 127, -127], dimensions: 2, as: .int8) == [0, 0, 127, -127])
  }

  /// The layer before computes what it can, where nobody else reads it.
  @Test func normalizationIsFolded() throws {
    var network = NetworkDescription(name: "folded", input: .steps(12, channels: 2))
    let first = network.convolution(filters: 4, window: 3, padding: .same)
    network.add([first, network.batchNormalization()])
    network.convolution(filters: 4, window: 3, hasBias: false)
    network.batchNormalization()
    network.activation(.relu)
    network.convolution(filters: 4, window: 3, activation: .tanh)
    network.batchNormalization()
    network.flatten()
    network.dense(units: 3)
    let hidden = network.batchNormalization(epsilon: 0.1)
    network.dense(units: 5)
    network.activation(.softmax)
    var model = Samples.model(network, labels: people)
    model.outlierReference?.layer = hidden
    let folded = model.foldingNormalization()
    #expect(
      folded.network.layers.map(\.kind) == [
        .convolution, .batchNormalization, .add, .convolution, .convolution, .batchNormalization, .flatten, .dense,
        .dense, .activation,
      ])
    #expect(folded.network.layers[3].activation == .relu)
    #expect(folded.network.layerNames[3] == "conv1d_1")
    #expect(folded.outlierReference?.layer == 7)
    try expectSameValues(model, folded)
  }

  @Test(arguments: ["embedder1d", "embedder1d-small", "inception1d", "resnet1d"])
  func foldedNetworksGiveTheSameValues(name: String) throws {
    var network = try #require(Architecture.named(name)?.network(people: 5))
    // A softmax would hide differences.
    var layers = network.layers
    layers[layers.count - 1].activation = .linear
    network = NetworkDescription(
      name: name, input: network.input, layers: layers, layerNames: network.layerNames)
    let model = Samples.model(network, labels: people)
    let folded = model.foldingNormalization()
    #expect(folded.network.layers.count < network.layers.count)
    try expectSameValues(model, folded)
  }

  private var people: [String] { (0..<5).map { "person \($0)" } }

  private func expectSameValues(_ model: ModelContents, _ folded: ModelContents) throws {
    let expected = model.knownAnswer.output
    let found = Samples.output(of: folded.network, folded.parameters, for: model.knownAnswer.input)
    #expect(largestDifference(found, expected) < 1e-5 * expected.map(abs).max()!, "\(model.network.name)")
    // And it is a model like any other.
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "folded.h5")
    try write(folded.storingKernels(as: .int8), to: url)
    #expect(try ModelContents(contentsOf: url).network.layers.count == folded.network.layers.count)
  }

  /// Scales that are no scales, and tensors of another type or shape.
  @Test func damagedKernelsAreRefused() throws {
    let url = try TemporaryFolder().url.appending(path: "model.h5")
    let layer = try #require(Samples.model(.convolutionOverBeats).network.layers.first)
    let layout = try layer.integerKernel(0, input: .steps(12, channels: 1))
    func open(_ build: (HDF5Writer) throws(ExportError) -> Void) throws -> ModelFile.IntegerKernel {
      let image = try HDF5Writer.image(for: url.path) { (writer) throws(ExportError) in
        try writeOwn(Samples.model(.convolutionOverBeats), to: writer)
        try build(writer)
      }
      let file = try ModelFile(image.content)
      defer { withExtendedLifetime(image) {} }
      return try file.integerKernel(
        layer: 0, name: "kernel", segments: layout.segments, groups: layout.groups, columns: layout.columns)
    }
    let path = "model_weights/conv1d/conv1d/kernel"
    let values = [Int8](repeating: 1, count: layout.count)
    let sizes = [layout.segments, layout.groups, layout.columns, 4]
    func write(
      _ scales: [Float]?, sums: [Int32]? = [1, 1, 1, 1], values: [Int8]? = values, _ writer: HDF5Writer
    ) throws(ExportError) {
      if let values { try writer.dataset("\(path):0", values, values.count == layout.count ? sizes : [values.count]) }
      if let scales { try writer.dataset("\(path)_scale:0", scales, [scales.count]) }
      if let sums { try writer.dataset("\(path)_sum:0", sums, [sums.count]) }
    }
    _ = try open { (writer) throws(ExportError) in try write([1, 2, 3, .greatestFiniteMagnitude], writer) }
    for bad: Float in [0, -0.0, -1, .nan, .infinity, -.infinity] {
      #expect(throws: Status.malformed, "\(bad)") {
        _ = try open { (writer) throws(ExportError) in try write([1, 1, bad, 1], writer) }
      }
    }
    #expect(throws: Status.malformed) {
      _ = try open { (writer) throws(ExportError) in try write([1, 1, 1], writer) }
    }
    #expect(throws: Status.malformed) {
      _ = try open { (writer) throws(ExportError) in try write([1, 1, 1, 1], sums: [1], writer) }
    }
    #expect(throws: Status.malformed) {
      _ = try open { (writer) throws(ExportError) in try write([1, 1, 1, 1], values: [1, 2], writer) }
    }
    #expect(throws: Status.missingEntry) {
      _ = try open { (writer) throws(ExportError) in try write(nil, writer) }
    }
    #expect(throws: Status.missingEntry) {
      _ = try open { (writer) throws(ExportError) in try write([1, 1, 1, 1], sums: nil, writer) }
    }
    #expect(throws: Status.missingEntry) {
      _ = try open { (writer) throws(ExportError) in try write([1, 1, 1, 1], values: nil, writer) }
    }
  }
}

/// The values that the vectors' scripts draw.
private func drawn(_ seed: Int, _ count: Int, scale: Double) -> [Float] {
  (0..<count).map { index in
    var z = UInt64(seed) &+ UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return Float((Double(z >> 40) * 0x1p-24 - 0.5) * scale)
  }
}

/// A network whose kernels are stored in another form, with the weights that the script draws.
private final class StoredNetwork {
  private var blocks: [UnsafeMutableRawPointer] = []
  private let layers: UnsafeMutableBufferPointer<Layer>
  private var network: Network

  init(_ description: NetworkDescription, _ storage: Layer.Storage, seed: (Int) -> Int) throws {
    layers = .allocate(capacity: description.layers.count)
    _ = layers.initialize(
      from: description.layers.map {
        var layer = $0
        layer.storage = layer.hasKernels ? storage : .float32
        return layer
      })
    let size = Network.tableSize(layerCount: layers.count)
    let tables = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: Arena.alignment)
    blocks.append(tables)
    var arena = try Arena(UnsafeMutableRawBufferPointer(start: tables, count: size))
    network = try Network(input: description.input, layers: UnsafeBufferPointer(layers), arena: &arena)
    var number = 0
    for (index, layer) in layers.enumerated() {
      for tensor in 0..<layer.parameterCount {
        let parameter = try network.parameter(layer: index, index: tensor)
        let sizes = [parameter.sizes.0, parameter.sizes.1, parameter.sizes.2, parameter.sizes.3].prefix(parameter.rank)
        let inputs = Double(sizes.dropLast().reduce(1, *))
        let isKernel = layer.isKernel(tensor)
        let values = drawn(seed(number), parameter.count, scale: isKernel ? (12 / inputs).squareRoot() : 1)
        number += 1
        switch isKernel ? storage : .float32 {
        case .float32: try network.setParameter(layer: index, index: tensor, copy(values))
        case .float16:
          try network.setParameter(layer: index, index: tensor, halves: copy(values.map { Float16($0).bitPattern }))
        case .int8:
          let layout = try layer.integerKernel(tensor, input: network.inputShape(ofLayer: index))
          let kernel = QuantizedKernel(values, layout)
          try network.setParameter(
            layer: index, index: tensor, integers: copy(kernel.values), scales: copy(kernel.scales),
            sums: copy(kernel.sums))
        }
      }
    }
  }

  deinit {
    for block in blocks { block.deallocate() }
    layers.deallocate()
  }

  private func copy<T: BitwiseCopyable>(_ values: [T]) -> UnsafePointer<T> {
    let block = UnsafeMutableRawPointer.allocate(
      byteCount: values.count * MemoryLayout<T>.stride, alignment: MemoryLayout<T>.alignment)
    blocks.append(block)
    let typed = block.bindMemory(to: T.self, capacity: values.count)
    typed.initialize(from: values, count: values.count)
    return UnsafePointer(typed)
  }

  func run(_ input: [Float], batch: Int) throws -> (output: [Float], embedding: [Float]) {
    // A page behind the scratch tells whether anything is written beyond it.
    let size = network.scratchSize(batch: batch)
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: size + 64, alignment: Arena.alignment)
    defer { scratch.deallocate() }
    for index in scratch.indices { scratch[index] = 0xA5 }
    var output = [Float](repeating: .nan, count: batch * network.outputShape.count)
    var embedding = [Float](repeating: .nan, count: batch * network.embeddingCount)
    try network.run(
      input, batch: batch, scratch: UnsafeMutableRawBufferPointer(rebasing: scratch[..<size]), output: &output,
      embedding: &embedding)
    #expect(scratch[size...].allSatisfy { $0 == 0xA5 })
    return (output, embedding)
  }
}
