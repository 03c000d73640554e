import ECGNetwork
import Foundation

/// The Keras part of a model file, as `keras.models.load_model` reads it: the `model_config` attribute and the weights
/// under `model_weights`. Written for Keras 3's HDF5 reader (`keras/src/legacy/saving/legacy_h5_format.py`).
func writeKeras(_ model: ModelContents, _ shapes: [Shape], to writer: HDF5Writer) throws(ExportError) {
  let network = model.network
  // Keras has no layers of 8-bit weights: without a configuration it says so instead of loading nonsense. What it alone
  // reads is left out then.
  let isForKeras = model.compactStorage != .int8
  if isForKeras {
    try writer.attribute("keras_version", of: "/", kerasVersion)
    try writer.attribute("backend", of: "/", "tensorflow")
    try writer.longAttribute("model_config", of: "/", kerasConfiguration(network, shapes))
    try writer.attribute("keras_version", of: "model_weights", kerasVersion)
    try writer.attribute("backend", of: "model_weights", "tensorflow")
    let order = network.isChain ? Array(network.layers.indices) : kerasOrder(of: network)
    try writer.attribute("layer_names", of: "model_weights", order.map { network.layerNames[$0] })
  }
  for (index, layer) in network.layers.enumerated() {
    let name = network.layerNames[index]
    var paths: [String] = []
    for (number, values) in model.parameters[index].enumerated() {
      let parameter = try parameter(layer, number, shapes[index], name)
      let path = "\(name)/\(parameter.name):0"
      try writeParameter(
        values, number, of: layer, parameter, input: shapes[index], at: "model_weights/\(name)/\(name)", to: writer)
      paths.append(path)
    }
    if isForKeras { try writer.attribute("weight_names", of: "model_weights/\(name)", paths) }
  }
}

/// The version whose format this is.
private let kerasVersion = "3.0.0"

private func kerasConfiguration(_ network: NetworkDescription, _ shapes: [Shape]) throws(ExportError) -> String {
  let input: [(String, JSON)] = [
    ("batch_shape", kerasShape(network.input)), ("dtype", .string("float32")), ("sparse", .boolean(false)),
    ("name", .string(inputName)),
  ]
  let common: [(String, JSON)] = [
    ("name", .string(network.name)), ("trainable", .boolean(true)), ("dtype", .string("float32")),
  ]
  if network.isChain {
    let layers = network.layers.indices.map { index in
      kerasObject("keras.layers", kerasLayer(network.layers[index], network.layerNames[index], shapes[index]))
    }
    let first = kerasObject("keras.layers", (className: "InputLayer", configuration: input))
    return kerasObject("keras", ("Sequential", common + [("layers", .array([first] + layers))])).text
  }
  let outputs: [Shape]
  do throws(InvalidNetwork) { outputs = try network.shapes } catch { throw .content(error.description) }
  func node(_ name: String, _ layer: (className: String, configuration: [(String, JSON)]), _ inbound: [JSON]) -> JSON {
    guard case .object(let members) = kerasObject("keras.layers", layer) else { return .null }
    return .object(members + [("name", .string(name)), ("inbound_nodes", .array(inbound))])
  }
  var layers = [node(inputName, ("InputLayer", input), [])]
  for (index, layer) in network.layers.enumerated() {
    let tensors = (0..<layer.inputCount).map { number in
      let source = Int(layer.source(number))
      return kerasTensor(
        source < 0 ? inputName : network.layerNames[source], source < 0 ? network.input : outputs[source])
    }
    layers.append(
      node(
        network.layerNames[index], kerasLayer(layer, network.layerNames[index], shapes[index]),
        [.object([("args", .array(layer.joinsInputs ? [.array(tensors)] : tensors)), ("kwargs", .object([]))])]))
  }
  func place(_ name: String) -> JSON { .array([.string(name), .integer(0), .integer(0)]) }
  let graph: [(String, JSON)] = [
    ("layers", .array(layers)), ("input_layers", .array([place(inputName)])),
    ("output_layers", .array([place(network.layerNames.last ?? "")])),
  ]
  return kerasObject("keras", ("Functional", common + graph)).text
}

private let inputName = "input_layer"

/// A layer's output as an argument of another layer.
private func kerasTensor(_ name: String, _ shape: Shape) -> JSON {
  .object([
    ("class_name", .string("__keras_tensor__")),
    (
      "config",
      .object([
        ("shape", kerasShape(shape)), ("dtype", .string("float32")),
        ("keras_history", .array([.string(name), .integer(0), .integer(0)])),
      ])
    ),
  ])
}

private func kerasShape(_ shape: Shape) -> JSON { .array([.null] + shape.kerasSizes.map { .integer($0) }) }

/// The layers in the order in which Keras lists those of a graph, and takes their weights from a file: by their distance
/// from the output, the farthest first, and among equals as a search from the output meets them
/// (`keras/src/ops/function.py`, `map_graph`).
private func kerasOrder(of network: NetworkDescription) -> [Int] {
  let layers = network.layers
  var met: [Int: Int] = [:]
  var waiting = [layers.count - 1]
  while let index = waiting.popLast() {
    guard index >= 0, met[index] == nil else { continue }
    met[index] = met.count
    // Later inputs wait behind earlier ones.
    for number in (0..<layers[index].inputCount).reversed() { waiting.append(Int(layers[index].source(number))) }
  }
  var distances = [Int](repeating: 0, count: layers.count)
  for index in layers.indices.reversed() {
    for number in 0..<layers[index].inputCount {
      let source = Int(layers[index].source(number))
      if source >= 0 { distances[source] = max(distances[source], distances[index] + 1) }
    }
  }
  // Layers that the output does not depend on are not part of Keras' graph.
  return layers.indices.filter { met[$0] != nil }.sorted { a, b in
    distances[a] != distances[b] ? distances[a] > distances[b] : met[a]! < met[b]!
  }
}

private func kerasLayer(_ layer: Layer, _ name: String, _ input: Shape)
  -> (className: String, configuration: [(String, JSON)])
{
  let isImage = input.rank == 3
  var configuration: [(String, JSON)] = [
    ("name", .string(name)), ("trainable", .boolean(true)), ("dtype", .string("float32")),
  ]
  func extent(_ extent: Layer.Extent) -> JSON {
    .array((isImage ? [extent.height, extent.width] : [extent.width]).map { .integer(Int($0)) })
  }
  let regularizer: JSON =
    layer.l2 == 0 ? .null : kerasObject("keras.regularizers", ("L2", [("l2", .number(Double(layer.l2)))]))
  let padding = JSON.string(layer.padding == .same ? "same" : "valid")
  func addKernel() {
    configuration += [
      ("activation", .string(kerasName(layer.activation))), ("use_bias", .boolean(layer.hasBias)),
      ("kernel_initializer", kerasInitializer(layer.initializer)),
      ("bias_initializer", kerasInitializer("Zeros")), ("kernel_regularizer", regularizer),
      ("bias_regularizer", .null), ("activity_regularizer", .null), ("kernel_constraint", .null),
      ("bias_constraint", .null),
    ]
  }
  let className: String
  switch layer.kind {
  case .convolution:
    className = isImage ? "Conv2D" : "Conv1D"
    let ones = Layer.Extent(1, 1)
    configuration += [
      ("filters", .integer(Int(layer.units))), ("kernel_size", extent(layer.window)),
      ("strides", extent(layer.stride)), ("padding", padding), ("data_format", .string("channels_last")),
      ("dilation_rate", extent(ones)), ("groups", .integer(1)),
    ]
    addKernel()
  case .maxPooling:
    className = isImage ? "MaxPooling2D" : "MaxPooling1D"
    configuration += [
      ("pool_size", extent(layer.window)), ("strides", extent(layer.stride)), ("padding", padding),
      ("data_format", .string("channels_last")),
    ]
  case .dense:
    className = "Dense"
    configuration.append(("units", .integer(Int(layer.units))))
    addKernel()
  case .flatten:
    className = "Flatten"
    configuration.append(("data_format", .string("channels_last")))
  case .dropout:
    className = "Dropout"
    configuration += [("rate", .number(Double(layer.dropoutRate))), ("seed", .null), ("noise_shape", .null)]
  case .activation:
    className = "Activation"
    configuration.append(("activation", .string(kerasName(layer.activation))))
  case .batchNormalization:
    className = "BatchNormalization"
    configuration += [
      ("axis", .integer(-1)), ("momentum", .number(Double(layer.momentum))),
      ("epsilon", .number(Double(layer.epsilon))), ("center", .boolean(true)), ("scale", .boolean(true)),
      ("beta_initializer", kerasInitializer("Zeros")), ("gamma_initializer", kerasInitializer("Ones")),
      ("moving_mean_initializer", kerasInitializer("Zeros")),
      ("moving_variance_initializer", kerasInitializer("Ones")),
    ]
  case .globalAveragePooling:
    className = isImage ? "GlobalAveragePooling2D" : "GlobalAveragePooling1D"
    configuration += [("data_format", .string("channels_last")), ("keepdims", .boolean(false))]
  case .reshape:
    className = "Reshape"
    let shape = [layer.window.height, layer.window.width, layer.units].filter { $0 != 0 }
    configuration.append(("target_shape", .array(shape.map { .integer(Int($0)) })))
  case .lstm, .gru:
    className = layer.kind == .lstm ? "LSTM" : "GRU"
    configuration += [
      ("return_sequences", .boolean(layer.returnsSequences)), ("return_state", .boolean(false)),
      ("go_backwards", .boolean(false)), ("stateful", .boolean(false)), ("unroll", .boolean(false)),
      ("zero_output_for_mask", .boolean(false)), ("units", .integer(Int(layer.units))),
      ("activation", .string("tanh")), ("recurrent_activation", .string("sigmoid")), ("use_bias", .boolean(true)),
      ("kernel_initializer", kerasInitializer(layer.initializer)),
      ("recurrent_initializer", kerasInitializer("Orthogonal")), ("bias_initializer", kerasInitializer("Zeros")),
      ("kernel_regularizer", regularizer), ("dropout", .number(0)), ("recurrent_dropout", .number(0)),
      layer.kind == .lstm ? ("unit_forget_bias", .boolean(true)) : ("reset_after", .boolean(true)), ("seed", .null),
    ]
  case .unitNormalization:
    className = "UnitNormalization"
    configuration.append(("axis", .integer(-1)))
  case .add: className = "Add"
  case .concatenate:
    className = "Concatenate"
    configuration.append(("axis", .integer(-1)))
  }
  return (className, configuration)
}

private func kerasName(_ activation: Layer.Activation) -> String {
  kerasActivations.first { $0.activation == activation }?.name ?? "linear"
}

private func kerasInitializer(_ initializer: Layer.Initializer) -> JSON {
  let name =
    switch initializer {
    case .glorotUniform: "GlorotUniform"
    case .heNormal: "HeNormal"
    }
  return kerasObject("keras.initializers", (name, [("seed", .null)]))
}

private func kerasInitializer(_ name: String) -> JSON { kerasObject("keras.initializers", (name, [])) }

/// How Keras 3 writes any object.
private func kerasObject(_ module: String, _ object: (className: String, configuration: [(String, JSON)])) -> JSON {
  .object([
    ("module", .string(module)), ("class_name", .string(object.className)),
    ("config", .object(object.configuration)), ("registered_name", .null),
  ])
}
