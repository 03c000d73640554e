import ECGCore
import ECGExport
import ECGIdentity
import ECGModelFile
import ECGNetwork
import ECGSignal
import ECGTestSupport
import Foundation
import Testing

@testable import ECG

/// Models whose parts do not fit together are refused with the status that says what is wrong.
@Suite struct ModelTests {
  private func expect(_ status: Status, _ change: (inout ModelContents) -> Void) throws {
    var contents = TinyModel.contents()
    change(&contents)
    #expect(throws: status) { try OpenedModel(contents) }
  }

  @Test func aModelSaysWhatWasWritten() throws {
    let contents = TinyModel.contents()
    let model = try OpenedModel(contents)
    let opened = model.pointer.pointee
    #expect(opened.personCount == 3)
    #expect(opened.pipeline.beatLength == TinyModel.beatLength)
    #expect(opened.pipeline.configuration == PipelineConfiguration())
    #expect(opened.parameterCount == contents.parameters.joined().reduce(0) { $0 + $1.count })
    #expect(opened.outliersUseEmbedding && opened.outliers?.count == 40)
    #expect(opened.outlierReference?.threshold == 1.25)
    #expect(try (0..<3).map { String(cString: try opened.file.label($0)) } == contents.labels)
  }

  @Test func theInputMustBeABeat() throws {
    for width in [199, 201, 100, 400] {
      let contents = TinyModel.contents(features: .none, width: width)
      #expect(throws: Status.graph) { try OpenedModel(contents) }
    }
    // A network of beats under a configuration that gives scalograms.
    try expect(.graph) { contents in
      var configuration = PipelineConfiguration()
      configuration.representation = .scalogram
      contents.preprocessing = TinyModel.preprocessing(configuration)
    }
    try expect(.graph) { contents in
      var configuration = PipelineConfiguration()
      configuration.samplingRate = 250
      contents.preprocessing = TinyModel.preprocessing(configuration)
    }
  }

  @Test func everyFieldOfTheFirstVersionMustBeThere() throws {
    for field in 0..<21 {
      #expect(PipelineConfiguration.fieldWhenAbsent(field) == nil)
      try expect(.missingEntry) { $0.preprocessing.remove(at: field) }
      try expect(.missingEntry) { $0.preprocessing[field].name += "x" }
    }
    // Fields of later versions do no harm.
    var contents = TinyModel.contents()
    contents.preprocessing.append(("a_later_field_s", 3))
    _ = try OpenedModel(contents)
  }

  /// A file from before a field came works as it did then, whatever the default is now.
  @Test func fieldsThatCameLaterMayBeMissing() throws {
    var contents = TinyModel.contents()
    contents.preprocessing.removeLast(PipelineConfiguration.fieldCount - 21)
    let configuration = try OpenedModel(contents).pointer.pointee.pipeline.configuration
    for field in 21..<PipelineConfiguration.fieldCount {
      #expect(configuration[field: field] == PipelineConfiguration.fieldWhenAbsent(field))
    }
  }

  @Test func everyFieldOfThePreprocessingMustBeInRange() throws {
    for field in 0..<PipelineConfiguration.fieldCount {
      for value in [-1, 1e300, -1e300] { try expect(.configuration) { $0.preprocessing[field].value = value } }
    }
  }

  @Test func outlierReferenceMustBeOfTheLayerAndSizeThatTheNetworkHas() throws {
    for layer in [0, 1, 3, 4, 5, 900] { try expect(.malformed) { $0.outlierReference?.layer = layer } }
    // Six values are no beat.
    try expect(.malformed) { $0.outlierReference?.layer = -1 }
    try expect(.malformed) { contents in
      contents.outlierReference?.dimensions = 5
      contents.outlierReference?.features.removeLast(40)
    }
    try expect(.malformed) { $0.outlierReference?.metric = 2 }
    try expect(.malformed) { $0.outlierReference?.kDistances[7] = -1 }
    try expect(.malformed) { $0.outlierReference?.reachabilityDensities[7] = 0 }
  }

  // MARK: Files that ECGExport would not write

  /// The first place of a zero-terminated name in the file, with a zero before it.
  private func place(of name: String, in content: UnsafeRawBufferPointer) throws -> Int {
    let bytes = Array(content)
    let pattern = [0] + Array(name.utf8) + [0]
    let start = bytes.indices.dropLast(pattern.count).first { Array(bytes[$0..<$0 + pattern.count]) == pattern }
    return try #require(start, "\(name)") + 1
  }

  /// A tiny model without an entry: its name is another one of the same length.
  private func without(_ name: String) throws -> AlignedBytes {
    let file = try TinyModel.bytes(TinyModel.contents())
    file.bytes[try place(of: name, in: file.content) + name.utf8.count - 1] = UInt8(ascii: "~")
    return file
  }

  /// A tiny model with values in its table of layers changed.
  private func changed(_ values: (layer: Int, column: Int, value: Int32)...) throws -> AlignedBytes {
    let contents = TinyModel.contents()
    let file = try TinyModel.bytes(contents)
    var row = [Int32](repeating: 0, count: LayerTable.integerColumns)
    var numbers = [Float](repeating: 0, count: LayerTable.numberColumns)
    row.withUnsafeMutableBufferPointer { row in
      numbers.withUnsafeMutableBufferPointer { contents.network.layers[0].write(integers: row, numbers: $0) }
    }
    let pattern = row.withUnsafeBytes { Array($0) }
    // Datasets lie at multiples of 64 bytes.
    let start = try #require(
      stride(from: 0, to: file.content.count - 64, by: 64).first { Array(file.content[$0..<$0 + 64]) == pattern })
    for (layer, column, value) in values {
      file.bytes.storeBytes(
        of: value, toByteOffset: start + (layer * LayerTable.integerColumns + column) * 4, as: Int32.self)
    }
    return file
  }

  @Test(arguments: [0, -1, 4, 5, 1000] as [Int32]) func formatVersions(version: Int32) throws {
    let file = try TinyModel.bytes(TinyModel.contents())
    // The attribute's name, type and space take 40 bytes, each filled up to a multiple of 8.
    let value = try place(of: "format_version", in: file.content) + 40
    try #require(file.content.load(fromByteOffset: value, as: Int32.self) == 1)
    file.bytes.storeBytes(of: version, toByteOffset: value, as: Int32.self)
    let expected: Status = version < 1 ? .malformed : .formatVersion
    #expect(throws: expected) { try OpenedModel(file) }
    #expect(throws: expected) { try Model.memorySize(file.content) }
  }

  @Test func layersThatDoNotFit() throws {
    func expect(_ status: Status, layer: Int, column: Int, _ value: Int32) throws {
      let file = try changed((layer, column, value))
      #expect(throws: status, "layer \(layer), column \(column) = \(value)") { try OpenedModel(file) }
    }
    try expect(.unsupportedLayer, layer: 0, column: 0, 999)  // kind
    try expect(.unsupportedLayer, layer: 2, column: 9, 77)  // activation
    try expect(.unsupportedLayer, layer: 2, column: 15, 3)  // storage
    try expect(.unsupportedLayer, layer: 3, column: 15, 1)  // of dropout
    try expect(.malformed, layer: 2, column: 15, 1)  // float16, but float32 is there
    try expect(.missingEntry, layer: 2, column: 15, 2)  // int8 without scales
    try expect(.graph, layer: 2, column: 1, 3)  // reads a later layer
    try expect(.graph, layer: 2, column: 1, Int32.max)
    try expect(.graph, layer: 0, column: 5, 0)  // window
    try expect(.graph, layer: 0, column: 5, 201)
    try expect(.graph, layer: 2, column: 3, 0)  // units
    try expect(.graph, layer: 2, column: 3, -5)
    try expect(.malformed, layer: 2, column: 3, 7)  // not as many as its weights
    try expect(.malformed, layer: 4, column: 3, 2)
    // Dropout becomes dense, but has no weights.
    let dense = try changed((3, 0, Layer.Kind.dense.rawValue), (3, 3, 6))
    #expect(throws: Status.missingEntry) { try OpenedModel(dense) }
  }

  @Test func asManyLabelsAsOutputs() throws {
    // The last layer becomes dropout: six outputs for three people.
    let file = try changed((4, 0, Layer.Kind.dropout.rawValue), (4, 3, 0), (4, 9, 0))
    #expect(throws: Status.graph) { try OpenedModel(file) }
  }

  @Test(arguments: [
    "labels", "layers", "layer_numbers", "digest", "preprocessing", "model_weights", "conv1d",
    "kernel:0", "bias:0", "features", "k_distances", "reachability_densities", "neighbour_count", "threshold",
    "input_shape", "network",
  ])
  func entriesThatAreMissing(name: String) throws {
    let file = try without(name)
    #expect(throws: Status.missingEntry) { try OpenedModel(file) }
  }

  @Test func aModelMayHaveNoOutlierReferenceAndNoProvenance() throws {
    #expect(try OpenedModel(without("outlier")).pointer.pointee.outliers == nil)
    _ = try OpenedModel(without("provenance"))
  }

  @Test func foreignFiles() throws {
    let noGroup = try without("ecg")
    #expect(throws: Status.notAModel) { try OpenedModel(noGroup) }
    #expect(throws: Status.notAModel) { try OpenedModel(AlignedBytes(Data("nothing of the kind".utf8))) }
    let whole = try TinyModel.bytes(TinyModel.contents())
    let half = AlignedBytes(Data(whole.content[..<(whole.content.count / 2)]))
    #expect(throws: Status.truncated) { try OpenedModel(half) }
  }
}
