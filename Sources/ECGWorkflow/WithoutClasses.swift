import ECG
import ECGExport
import ECGNetwork
import Foundation

/// Writes the model at `source` without the people who trained it: for devices whose people are enrolled in a gallery.
///
/// What tells the training people apart goes (the layers behind the embedding), and so does whatever is of them: their
/// names, the outlier reference, and the list of beats that the model has seen. Embeddings stay what they are, and a
/// float32 model's galleries remain valid.
///
/// - Throws: `WorkflowError.model` when there is nothing to leave out; the output is whole or untouched.
public func writeWithoutClasses(_ source: URL, to output: URL) throws {
  let loaded = try LoadedModel(contentsOf: source)
  let layerCount = loaded.model.network.embeddingLayer + 1
  guard loaded.model.personCount > 0, layerCount > 0 else {
    throw WorkflowError.model(file: source.path, reason: "it names nobody by itself: there are no classes to leave out")
  }
  var contents = try ModelContents(contentsOf: source)
  let network = contents.network
  contents.network = NetworkDescription(
    name: network.name, input: network.input, layers: Array(network.layers[..<layerCount]),
    layerNames: Array(network.layerNames[..<layerCount]))
  contents.parameters = Array(contents.parameters[..<layerCount])
  contents.labels = []
  contents.outlierReference = nil
  contents.seenBeats = nil
  contents.provenance.removeAll { ["strangers", "dropped"].contains($0.name) }
  contents.provenance.append(("without_classes_of", loaded.digest))
  contents.knownAnswer.output = try loaded.answer(to: contents.knownAnswer.input).embedding
  try ECGExport.write(contents, to: output)
}

/// The same in a file that is gone afterwards.
public func withoutClasses(_ source: URL, _ body: (URL) throws -> Void) throws {
  try withScratchFile(source.lastPathComponent) {
    try writeWithoutClasses(source, to: $0)
    try body($0)
  }
}
