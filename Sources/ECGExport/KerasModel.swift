import ECGNetwork
import Foundation

/// The Keras part of a model file, as `keras.models.load_model` reads it: the `model_config` attribute and the weights
/// under `model_weights`. Written for Keras 3's HDF5 reader (`keras/src/legacy/saving/legacy_h5_format.py`).
func writeKeras(_ model: ModelContents, _ shapes: [Shape], to writer: HDF5Writer) throws(ExportError) {
  let network = model.network
  try writer.attribute("keras_version", of: "/", kerasVersion)
  try writer.attribute("backend", of: "/", "tensorflow")
  try writer.longAttribute("model_config", of: "/", kerasConfiguration(network, shapes))
  try writer.attribute("keras_version", of: "model_weights", kerasVersion)
  try writer.attribute("backend", of: "model_weights", "tensorflow")
  try writer.attribute("layer_names", of: "model_weights", network.layerNames)
  for (index, layer) in network.layers.enumerated() {
    let name = network.layerNames[index]
    var paths: [String] = []
    for (number, values) in model.parameters[index].enumerated() {
      let parameter = try parameter(layer, number, shapes[index], name)
      let path = "\(name)/\(parameter.name):0"
      try writer.dataset("model_weights/\(name)/\(path)", values, sizes(of: parameter))
      paths.append(path)
    }
    try writer.attribute("weight_names", of: "model_weights/\(name)", paths)
  }
}

/// The version whose format this is.
private let kerasVersion = "3.0.0"

private func kerasConfiguration(_ network: NetworkDescription, _ shapes: [Shape]) throws(ExportError) -> String {
  var layers: [JSON] = [
    kerasObject(
      "keras.layers", "InputLayer",
      [
        ("batch_shape", .array([.null] + dimensions(network.input).map { .integer($0) })),
        ("dtype", .string("float32")), ("sparse", .boolean(false)), ("name", .string("input_layer")),
      ])
  ]
  for (index, layer) in network.layers.enumerated() {
    layers.append(kerasLayer(layer, network.layerNames[index], shapes[index]))
  }
  let model = kerasObject(
    "keras", "Sequential",
    [
      ("name", .string(network.name)), ("trainable", .boolean(true)), ("dtype", .string("float32")),
      ("layers", .array(layers)),
    ])
  return model.text
}

private func dimensions(_ shape: Shape) -> [Int] {
  switch shape.rank {
  case 1: [Int(shape.channels)]
  case 2: [Int(shape.width), Int(shape.channels)]
  default: [Int(shape.height), Int(shape.width), Int(shape.channels)]
  }
}

private func kerasLayer(_ layer: Layer, _ name: String, _ input: Shape) -> JSON {
  let isImage = input.rank == 3
  var configuration: [(String, JSON)] = [
    ("name", .string(name)), ("trainable", .boolean(true)), ("dtype", .string("float32")),
  ]
  func extent(_ extent: Layer.Extent) -> JSON {
    .array((isImage ? [extent.height, extent.width] : [extent.width]).map { .integer(Int($0)) })
  }
  let padding = JSON.string(layer.padding == .same ? "same" : "valid")
  func addKernel() {
    configuration += [
      ("activation", .string(kerasName(layer.activation))), ("use_bias", .boolean(layer.hasBias)),
      ("kernel_initializer", kerasInitializer(layer.initializer)),
      ("bias_initializer", kerasObject("keras.initializers", "Zeros", [])),
      (
        "kernel_regularizer",
        layer.l2 == 0 ? .null : kerasObject("keras.regularizers", "L2", [("l2", .number(Double(layer.l2)))])
      ),
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
  }
  return kerasObject("keras.layers", className, configuration)
}

private func kerasName(_ activation: Layer.Activation) -> String {
  switch activation {
  case .linear: "linear"
  case .relu: "relu"
  case .tanh: "tanh"
  case .softmax: "softmax"
  }
}

private func kerasInitializer(_ initializer: Layer.Initializer) -> JSON {
  let name =
    switch initializer {
    case .glorotUniform: "GlorotUniform"
    case .heNormal: "HeNormal"
    }
  return kerasObject("keras.initializers", name, [("seed", .null)])
}

/// How Keras 3 writes any object.
private func kerasObject(_ module: String, _ name: String, _ configuration: [(String, JSON)]) -> JSON {
  .object([
    ("module", .string(module)), ("class_name", .string(name)), ("config", .object(configuration)),
    ("registered_name", .null),
  ])
}
