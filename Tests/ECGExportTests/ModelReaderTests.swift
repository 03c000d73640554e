import ECGExport
import ECGTestSupport
import Foundation
import Testing

@Suite struct ModelReaderTests {
  @Test(arguments: [true, false]) func whatIsWrittenIsReadBackUnchanged(image: Bool) throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.h5")
    let model = Samples.model(image ? .convolutionOverImages : .convolutionOverBeats)
    try write(model, to: url)
    let read = try ModelContents(contentsOf: url)
    #expect(read.network == model.network)
    #expect(read.parameters == model.parameters)
    #expect(read.labels == model.labels)
    #expect(read.preprocessing.map(\.name) == model.preprocessing.map(\.name))
    #expect(read.preprocessing.map(\.value) == model.preprocessing.map(\.value))
    #expect(read.knownAnswer.input == model.knownAnswer.input)
    #expect(read.knownAnswer.output == model.knownAnswer.output)
    #expect(read.provenance.map(\.name) == model.provenance.map(\.name))
    #expect(read.provenance.map(\.text) == model.provenance.map(\.text))
    #expect(read.outlierReference?.features == model.outlierReference?.features)
    // What was read is again a model, and the same one.
    let again = folder.url.appending(path: "again.h5")
    try write(read, to: again)
    #expect(try Data(contentsOf: again) == Data(contentsOf: url))
  }

  @Test func foreignFilesAreNamed() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.h5")
    let error = #expect(throws: ExportError.self) { try ModelContents(contentsOf: url) }
    #expect(error?.description.contains("cannot read") == true)
    try Data("PK".utf8).write(to: url)
    let other = #expect(throws: ExportError.self) { try ModelContents(contentsOf: url) }
    #expect(other?.description.contains("\(url.path): this is not an HDF5 model file") == true)
  }
}
