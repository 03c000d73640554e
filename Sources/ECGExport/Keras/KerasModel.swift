import ECGCore
import ECGModelFile
import ECGNetwork
import Foundation

/// A network that Keras saved, with its weights: a whole model (`model.save("model.h5")`), or weights
/// (`model.save_weights`) with the model's description (`model.to_json()`), of Keras 2 or 3.
///
/// What only training knows (optimisers, losses, regularisers but for L2, constraints) is left out. Layers that do nothing
/// when a network runs are left out, too; those that have no equal here are refused by name.
public struct KerasModel: Sendable {
  public let network: NetworkDescription
  /// Values by layer and parameter, in the order and shape of `Layer.parameter(_:input:)`.
  public let parameters: [[[Float]]]
  /// The version of Keras that wrote the file, where it says so.
  public let version: String?
  /// The SHA-256 of the HDF5 file, in hexadecimal.
  public let digest: String

  /// - Parameters:
  ///   - url: the HDF5 file.
  ///   - architecture: the model's description as JSON, needed for a file of weights alone.
  ///   - addsSoftmax: puts a softmax behind a last layer that has none, for models trained on logits.
  /// - Throws: `ExportError` that names the file, the layer or entry, and what can be done.
  public init(contentsOf url: URL, architecture: URL? = nil, addsSoftmax: Bool = false) throws(ExportError) {
    try KerasModel.refuseArchive(url)
    let reader = try HDF5Reader(url)
    defer { withExtendedLifetime(reader) {} }
    let graph: KerasGraph
    if let architecture {
      let text = try MappedFile(architecture)
      graph = try withExtendedLifetime(text) { () throws(ExportError) in
        try KerasGraph(Data(text.content), file: architecture.path)
      }
    } else {
      guard reader.hasAttribute("model_config", of: "/"),
        let text = try reader.attributeTexts("model_config", of: "/").first
      else {
        throw reader.damaged(
          "",
          "it does not describe a model; if it holds weights alone, give what model.to_json() returned (--architecture)"
        )
      }
      graph = try KerasGraph(Data(text.utf8), file: url.path)
    }
    var hash = SHA256()
    hash.update(reader.file.content)
    digest = hash.finish().hexadecimal
    version = try KerasModel.version(reader)
    var translation = try KerasTranslation(graph, try KerasWeights(reader), file: url.path)
    for layer in graph.layers { try translation.append(layer) }
    try translation.finish(graph.layers[graph.layers.count - 1], addsSoftmax: addsSoftmax)
    network = translation.network
    parameters = translation.parameters
  }

  private static func version(_ reader: HDF5Reader) throws(ExportError) -> String? {
    for owner in ["/", "model_weights"] where reader.hasAttribute("keras_version", of: owner) {
      return try reader.attributeTexts("keras_version", of: owner).first
    }
    return nil
  }

  /// Keras 3's own format is a ZIP archive with the two files that can be imported.
  private static func refuseArchive(_ url: URL) throws(ExportError) {
    let file = try MappedFile(url)
    let isArchive = withExtendedLifetime(file) { file.content.starts(with: [0x50, 0x4B, 0x03, 0x04]) }
    guard !isArchive else {
      throw .damaged(
        path: url.path, entry: "",
        reason: "this is a .keras archive; unpack it, and import model.weights.h5 with --architecture config.json")
    }
  }
}
