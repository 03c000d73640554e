import ECG
import ECGCore
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
  contents.knownAnswer.output = try loaded.embedding(of: contents.knownAnswer.input)
  try ECGExport.write(contents, to: output)
}

/// The same in a file that is gone afterwards.
public func withoutClasses(_ source: URL, _ body: (URL) throws -> Void) throws {
  let folder = try ScratchFolder()
  defer { withExtendedLifetime(folder) {} }
  let place = folder.url.appending(path: source.lastPathComponent)
  try writeWithoutClasses(source, to: place)
  try body(place)
}

extension LoadedModel {
  /// The last hidden layer's values for one input of the network.
  fileprivate func embedding(of input: [Float]) throws -> [Float] {
    let network = model.network
    var output = [Float](repeating: 0, count: network.outputShape.count)
    var embedding = [Float](repeating: 0, count: network.embeddingCount)
    let scratch = AlignedMemory(byteCount: network.scratchSize(batch: 1))
    do throws(Status) {
      try network.run(input, batch: 1, scratch: scratch.bytes, output: &output, embedding: &embedding)
    } catch {
      throw WorkflowError.model(file: url.path, reason: error.message)
    }
    return embedding
  }
}
