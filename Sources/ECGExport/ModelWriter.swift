import ECGCore
import ECGIdentity
import ECGModelFile
import ECGNetwork
import Foundation

/// Writes a model file: Keras' layout, and beside it our own group. `Documentation/WeightFormat.md` is the format.
///
/// The file appears whole or not at all, and an older one of that name stays until then.
public func write(_ model: ModelContents, to url: URL) throws(ExportError) {
  let shapes = try layerInputs(of: model.network)
  try check(model, shapes)
  let image = try HDF5Writer.image(for: url.path) { (writer) throws(ExportError) in
    try writeKeras(model, shapes, to: writer)
    try writeOwn(model, to: writer)
  }
  try seal(image, digest: "digest", in: "ecg", path: url.path)
  try readBack(image, url.path)
  try writeWhole(image.content, to: url)
}

/// The shape that each layer reads; of several inputs, what they are together.
func layerInputs(of network: NetworkDescription) throws(ExportError) -> [Shape] {
  let outputs: [Shape]
  let inputs: [Shape]
  do throws(InvalidNetwork) {
    (outputs, inputs) = (try network.shapes, try network.inputShapes)
  } catch {
    throw .content(error.description)
  }
  guard outputs.last?.rank == 1 else { throw .content("the network's output is not one value per person") }
  return inputs
}

private func outputCount(of network: NetworkDescription, _ inputs: [Shape]) throws(ExportError) -> Int {
  guard let layer = network.layers.last, let input = inputs.last, let output = try? layer.outputShape(for: input) else {
    throw .content("the network has no layers")
  }
  return output.count
}

private func check(_ model: ModelContents, _ shapes: [Shape]) throws(ExportError) {
  let network = model.network
  guard network.layers.count <= ModelFile.mostLayers else {
    throw .content("\(network.layers.count) layers; a model file holds at most \(ModelFile.mostLayers)")
  }
  guard model.parameters.count == network.layers.count else {
    throw .content("parameters for \(model.parameters.count) layers, but the network has \(network.layers.count)")
  }
  for (index, layer) in network.layers.enumerated() {
    let name = network.layerNames[index]
    guard !name.isEmpty, !name.contains("/"), name != ".", name != "..", name.utf8.count < ModelFile.longestLayerName
    else {
      throw .content("“\(name)” cannot name a layer in a model file")
    }
    guard model.parameters[index].count == layer.parameterCount else {
      throw .content("layer “\(name)”: \(model.parameters[index].count) tensors instead of \(layer.parameterCount)")
    }
    for (number, values) in model.parameters[index].enumerated() {
      let parameter = try parameter(layer, number, shapes[index], name)
      guard values.count == parameter.count else {
        throw .content("layer “\(name)”: \(parameter.name) has \(values.count) values instead of \(parameter.count)")
      }
      guard values.allSatisfy(\.isFinite) else {
        throw .content("layer “\(name)”: \(parameter.name) has values that are not finite; training diverged")
      }
    }
  }
  let outputs = try outputCount(of: network, shapes)
  guard outputs == model.labels.count || model.labels.isEmpty else {
    throw .content("\(model.labels.count) labels for a network with \(outputs) outputs")
  }
  let answer = model.knownAnswer
  guard answer.input.count == network.input.count, answer.output.count == outputs,
    (answer.input + answer.output).allSatisfy(\.isFinite)
  else { throw .content("the known answer does not fit the network, or is not finite") }
  if let pair = model.preprocessing.first(where: { !$0.value.isFinite }) {
    throw .content("preprocessing “\(pair.name)” is not finite")
  }
  if let outlier = model.outlierReference { try check(outlier) }
  try model.verification?.check()
}

extension ModelContents {
  /// The oldest version of the format that holds this model.
  fileprivate var formatVersion: Int {
    if labels.isEmpty || outlierReference.map({ $0.storage != .float32 }) == true { return 3 }
    return compactStorage == nil ? 1 : 2
  }
}

private func check(_ outlier: OutlierReferenceContents) throws(ExportError) {
  guard outlier.count > 0, outlier.dimensions > 0, outlier.features.count == outlier.count * outlier.dimensions,
    outlier.reachabilityDensities.count == outlier.count
  else { throw .content("the outlier reference's tables do not fit together") }
  guard (1...min(outlier.count, LocalOutlierFactor.mostNeighbours)).contains(outlier.neighbourCount) else {
    throw .content("\(outlier.neighbourCount) neighbours among \(outlier.count) outlier references")
  }
  guard outlier.features.allSatisfy(\.isFinite), outlier.kDistances.allSatisfy(\.isFinite),
    outlier.reachabilityDensities.allSatisfy(\.isFinite), outlier.threshold.isFinite, outlier.falseAlarmRate.isFinite
  else { throw .content("the outlier reference has values that are not finite") }
  if outlier.storage == .float16, let value = outlier.features.first(where: { Float(Float16($0)) != $0 }) {
    throw .content("the outlier reference has \(value), which is no float16")
  }
}

func parameter(_ layer: Layer, _ index: Int, _ input: Shape, _ name: String) throws(ExportError) -> Parameter {
  do {
    return try layer.parameter(index, input: input)
  } catch {
    throw .content("layer “\(name)” has no weights of a possible size")
  }
}

/// The sizes of a tensor, without those beyond its rank.
func sizes(of parameter: Parameter) -> [Int] {
  let sizes = parameter.sizes
  return Array([sizes.0, sizes.1, sizes.2, sizes.3].prefix(parameter.rank))
}

func writeOwn(_ model: ModelContents, to writer: HDF5Writer) throws(ExportError) {
  let network = model.network
  try writer.attribute("format_version", of: "ecg", Int32(model.formatVersion))
  try writer.attribute("network", of: "ecg", network.name)
  let input = network.input
  try writer.attribute("input_shape", of: "ecg", [input.rank, input.height, input.width, input.channels])

  var integers = [Int32](repeating: 0, count: network.layers.count * LayerTable.integerColumns)
  var numbers = [Float](repeating: 0, count: network.layers.count * LayerTable.numberColumns)
  integers.withUnsafeMutableBufferPointer { integers in
    numbers.withUnsafeMutableBufferPointer { numbers in
      for (index, layer) in network.layers.enumerated() {
        func row(_ columns: Int) -> Range<Int> { index * columns..<(index + 1) * columns }
        layer.write(
          integers: UnsafeMutableBufferPointer(rebasing: integers[row(LayerTable.integerColumns)]),
          numbers: UnsafeMutableBufferPointer(rebasing: numbers[row(LayerTable.numberColumns)]))
      }
    }
  }
  try writer.dataset("ecg/layers", integers, [network.layers.count, LayerTable.integerColumns])
  try writer.dataset("ecg/layer_numbers", numbers, [network.layers.count, LayerTable.numberColumns])
  try writer.dataset("ecg/layer_names", network.layerNames)
  if !model.labels.isEmpty { try writer.dataset("ecg/labels", model.labels) }

  try writer.group("ecg/preprocessing")
  for (name, value) in model.preprocessing { try writer.attribute(name, of: "ecg/preprocessing", value) }
  try writer.group("ecg/provenance")
  for (name, text) in model.provenance { try writer.attribute(name, of: "ecg/provenance", text) }

  if let seen = model.seenBeats {
    try writer.group("ecg/seen_beats")
    for (name, beats) in [("trained", seen.trained), ("validated", seen.validated)] where !beats.isEmpty {
      try writer.dataset("ecg/seen_beats/\(name)", beats.map { Int64(bitPattern: $0) }, [beats.count])
    }
  }
  if !model.history.isEmpty {
    try writer.dataset(
      "ecg/history", model.history.flatMap(\.row), [model.history.count, TrainingEpoch.columns])
  }

  if let outlier = model.outlierReference {
    let shape = [outlier.count, outlier.dimensions]
    switch outlier.storage {
    case .float32: try writer.dataset("ecg/outlier/features", outlier.features, shape)
    case .float16: try writer.dataset("ecg/outlier/features", outlier.features.map(Float16.init), shape)
    case .int8:
      let (values, scales) = CompactFeatures.bytes(of: outlier.features, dimensions: outlier.dimensions)
      try writer.dataset("ecg/outlier/features", values, shape)
      try writer.dataset("ecg/outlier/feature_scales", scales, [outlier.count])
    }
    try writer.dataset("ecg/outlier/k_distances", outlier.kDistances, [outlier.count])
    try writer.dataset("ecg/outlier/reachability_densities", outlier.reachabilityDensities, [outlier.count])
    try writer.attribute("neighbour_count", of: "ecg/outlier", Int32(clamping: outlier.neighbourCount))
    try writer.attribute("metric", of: "ecg/outlier", outlier.metric)
    try writer.attribute("layer", of: "ecg/outlier", Int32(clamping: outlier.layer))
    try writer.attribute("threshold", of: "ecg/outlier", Double(outlier.threshold))
    try writer.attribute("false_alarm_rate", of: "ecg/outlier", Double(outlier.falseAlarmRate))
    try writer.attribute("validation_beats", of: "ecg/outlier", Int32(clamping: outlier.validationBeatCount))
    try outlier.later?.write(to: writer)
  }
  try model.verification?.write(to: writer)
  let answer = model.knownAnswer
  try writer.dataset("ecg/known_answer/input", answer.input, [answer.input.count])
  try writer.dataset("ecg/known_answer/output", answer.output, [answer.output.count])
  try writer.dataset("ecg/digest", [UInt8](repeating: 0, count: 32), [32])
}

/// Puts the SHA-256 of the whole image, in which the digest's bytes are still zero, into the dataset kept for it, and
/// returns it in hexadecimal.
@discardableResult
func seal(
  _ image: FileImage, digest name: StaticString, in group: StaticString, path: String
) throws(ExportError) -> String {
  do throws(Status) {
    let file = try HDF5File(image.content)
    let entry = try file.dataset(name, of: file.member(group, of: file.root))
    let digest = try file.digest(zeroing: entry)
    guard let start = entry.bytes.baseAddress, entry.bytes.count == 32 else { throw .malformed }
    let offset = start - UnsafeRawPointer(image.bytes.baseAddress!)
    for index in 0..<32 { image.bytes[offset + index] = digest[index] }
    return digest.hexadecimal
  } catch {
    throw .damaged(path, "\(group)/\(name)", error)
  }
}

/// What is about to be written must open: a model that a device refuses is worth an error now.
private func readBack(_ image: FileImage, _ path: String) throws(ExportError) {
  do throws(Status) {
    let file = try ModelFile(image.content)
    try file.verifyDigest()
  } catch {
    throw .damaged(path, "ecg", error)
  }
}
