import ECGArchitectures
import ECGCore
import ECGExport
import ECGModelFile
import ECGNetwork
import ECGTestSupport
import Foundation
import Testing

@Suite struct ModelWriterTests {
  @Test func whatIsWrittenIsReadBackUnchanged() throws {
    let folder = try TemporaryFolder()
    let model = Samples.model(.convolutionOverBeats)
    let url = folder.url.appending(path: "model.h5")
    try write(model, to: url)

    let bytes = try MappedFile(url)
    defer { withExtendedLifetime(bytes) {} }
    let file = try ModelFile(bytes.content)
    try file.verifyDigest()
    #expect(file.formatVersion == 1)
    #expect(file.personCount == model.labels.count)
    #expect(try (0..<file.personCount).map { String(cString: try file.label($0)) } == model.labels)
    #expect(throws: Status.argument) { try file.label(file.personCount) }
    #expect(throws: Status.argument) { try file.label(-1) }
    #expect(String(cString: file.networkName) == model.network.name)
    let input = model.network.input
    #expect(file.inputShape == (input.rank, input.height, input.width, input.channels))
    #expect(file.layerCount == model.network.layers.count)
    for (index, layer) in model.network.layers.enumerated() {
      #expect(String(cString: try file.layerName(index)) == model.network.layerNames[index])
      let read = try Layer(
        integers: UnsafeBufferPointer(rebasing: file.layerIntegers[index * 16..<(index + 1) * 16]),
        numbers: UnsafeBufferPointer(rebasing: file.layerNumbers[index * 4..<(index + 1) * 4]))
      #expect(read == layer)
      for (name, values) in zip(["kernel", "bias"] as [StaticString], model.parameters[index]) {
        let entry = try file.parameter(layer: index, name: name)
        #expect(try Array(entry.float32()) == values)
        #expect(Int(bitPattern: entry.bytes.baseAddress) % 64 == 0)
      }
    }
    let kernel = try file.parameter(layer: 0, name: "kernel")
    #expect(kernel.rank == 3)
    #expect(kernel.sizes == (3, 1, 4, 1))
    #expect(throws: Status.missingEntry) { try file.parameter(layer: 0, name: "gamma") }
    #expect(try file.preprocessing("sampling_rate_hz") == 500)
    #expect(throws: Status.missingEntry) { try file.preprocessing("unknown") }
    let answer = try file.knownAnswer()
    #expect(Array(answer.input) == model.knownAnswer.input)
    #expect(Array(answer.output) == model.knownAnswer.output)

    let outlier = try file.outlierReference()
    let written = try #require(model.outlierReference)
    #expect(outlier.features.floats == written.features)
    #expect(outlier.dimensions == written.dimensions)
    #expect(Array(outlier.kDistances) == written.kDistances)
    #expect(Array(outlier.reachabilityDensities) == written.reachabilityDensities)
    #expect(outlier.neighbourCount == written.neighbourCount)
    #expect(outlier.metric == written.metric)
    #expect(outlier.layer == -1)
    #expect(outlier.threshold == written.threshold)
    #expect(outlier.falseAlarmRate == written.falseAlarmRate)
    #expect(outlier.validationBeatCount == written.validationBeatCount)
  }

  @Test func aModelWithoutOutlierReferenceSaysSo() throws {
    let folder = try TemporaryFolder()
    var model = Samples.model(.convolutionOverBeats)
    model.outlierReference = nil
    let url = folder.url.appending(path: "model.h5")
    try write(model, to: url)
    let bytes = try MappedFile(url)
    defer { withExtendedLifetime(bytes) {} }
    let file = try ModelFile(bytes.content)
    #expect(throws: Status.noOutlierReference) { _ = try file.outlierReference() }
  }

  @Test func theSameModelGivesTheSameBytes() throws {
    let folder = try TemporaryFolder()
    let model = Samples.model(.convolutionOverImages)
    try write(model, to: folder.url.appending(path: "a.h5"))
    try write(model, to: folder.url.appending(path: "b.h5"))
    #expect(
      try Data(contentsOf: folder.url.appending(path: "a.h5"))
        == Data(contentsOf: folder.url.appending(path: "b.h5")))
  }

  /// The Keras configuration of a deep network exceeds the 64 KiB of an object header.
  @Test func deepNetworksAreWritten() throws {
    let folder = try TemporaryFolder()
    var network = NetworkDescription(name: "deep", input: .features(2))
    for _ in 0..<200 { network.dense(units: 2, activation: .tanh) }
    network.dense(units: 2, activation: .softmax)
    let model = Samples.model(network, labels: ["Ada", "Grace"])
    let url = folder.url.appending(path: "model.h5")
    try write(model, to: url)
    #expect(try ModelContents(contentsOf: url).parameters == model.parameters)
  }
}
