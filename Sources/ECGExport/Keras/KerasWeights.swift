import ECGCore
import ECGModelFile

/// The weights in a file of Keras', wherever its version puts them.
///
/// - `model_weights/LAYER`, or `LAYER` alone in a file of weights: the attribute `weight_names` lists the datasets below
///   (`keras/src/legacy/saving/legacy_h5_format.py`)
/// - `layers/CLASS_NUMBER/vars/NUMBER` in Keras 3's `.weights.h5` (`keras/src/saving/saving_lib.py`)
struct KerasWeights {
  /// The values of one weight, and their shape.
  struct Tensor {
    var sizes: [Int]
    var values: [Float]
  }

  private enum Layout {
    case named(prefix: String)
    case numbered
  }

  private let reader: HDF5Reader
  private let layout: Layout

  init(_ reader: HDF5Reader) throws(ExportError) {
    self.reader = reader
    if reader.has("model_weights") {
      layout = .named(prefix: "model_weights/")
    } else if reader.hasAttribute("layer_names", of: "/") || reader.hasAttribute("layer_names0", of: "/") {
      layout = .named(prefix: "")
    } else if reader.has("layers") {
      layout = .numbered
    } else {
      throw reader.damaged("", "there are no weights of a Keras model in it")
    }
  }

  /// One of a layer's weights by Keras' name for it and its number among them.
  func tensor(_ name: String, _ number: Int, of layer: KerasLayer) throws(ExportError) -> Tensor {
    let path: String
    switch layout {
    case .numbered:
      let isRecurrent = layer.className == "LSTM" || layer.className == "GRU"
      path = "layers/\(layer.keyInWeights)\(isRecurrent ? "/cell" : "")/vars/\(number)"
    case .named(let prefix):
      let group = prefix + layer.name
      guard reader.has(group) else { throw reader.damaged(group, "the weights of this layer are missing") }
      let names = try list("weight_names", of: group)
      guard let found = names.first(where: { KerasWeights.plain($0) == name }) else {
        throw reader.damaged(
          group, "there is no weight “\(name)” in it, but \(names.isEmpty ? "none" : names.joined(separator: ", "))")
      }
      path = "\(group)/\(found)"
    }
    guard reader.has(path) else { throw reader.damaged(path, "this weight is missing") }
    let entry = try reader.dataset(path)
    let values = try reader.reading(path) { () throws(Status) in try floats(entry) }
    let sizes = [entry.sizes.0, entry.sizes.1, entry.sizes.2, entry.sizes.3].prefix(entry.rank)
    return Tensor(sizes: Array(sizes), values: values)
  }

  /// A list that Keras divides among several attributes (`weight_names0`, `weight_names1`, …) when it is long.
  private func list(_ name: String, of group: String) throws(ExportError) -> [String] {
    if reader.hasAttribute(name, of: group) { return try reader.attributeTexts(name, of: group) }
    var texts: [String] = []
    var part = 0
    while reader.hasAttribute("\(name)\(part)", of: group) {
      texts += try reader.attributeTexts("\(name)\(part)", of: group)
      part += 1
    }
    return texts
  }

  /// "kernel" of "lstm/lstm_cell/kernel:0", and of "dense/kernel_1:0" as TensorFlow 1 numbered them.
  private static func plain(_ name: String) -> Substring {
    var plain = name[...]
    if let slash = plain.lastIndex(of: "/") { plain = plain[plain.index(after: slash)...] }
    if let colon = plain.lastIndex(of: ":") { plain = plain[..<colon] }
    if let line = plain.lastIndex(of: "_"), line > plain.startIndex,
      plain[plain.index(after: line)...].allSatisfy({ $0.isASCII && $0.isNumber })
    {
      plain = plain[..<line]
    }
    return plain
  }

  private func floats(_ entry: Entry) throws(Status) -> [Float] {
    guard entry.element == .float else { throw .malformed }
    guard entry.count > 0 else { return [] }
    guard let start = entry.bytes.baseAddress else { throw .malformed }
    switch entry.elementSize {
    case 4: return (0..<entry.count).map { start.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    case 8: return (0..<entry.count).map { Float(start.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self)) }
    default: return (0..<entry.count).map { Float(start.loadUnaligned(fromByteOffset: 2 * $0, as: Float16.self)) }
    }
  }
}

extension KerasLayer {
  /// Its group in a `.weights.h5` file: the class, small and with underscores, numbered from the second on.
  fileprivate var keyInWeights: String {
    let name = className == "BatchNormalization" ? "batch_normalization" : className.lowercased()
    return numberInClass == 0 ? name : "\(name)_\(numberInClass)"
  }
}
