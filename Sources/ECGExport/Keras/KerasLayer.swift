import ECGNetwork

/// A layer as Keras describes it in JSON: its class, its settings, and the layers that it reads.
struct KerasLayer {
  /// The file that says so, for errors.
  let file: String
  let className: String
  let name: String
  let configuration: JSON
  /// Names of the layers that it reads.
  var sources: [String] = []
  /// How many layers of its class come before it: `.weights.h5` files number them so.
  var numberInClass = 0

  /// An error that names this layer and says why it cannot be imported.
  func unsupported(_ reason: String) -> ExportError {
    .unsupported(path: file, layer: "“\(name)” (\(className))", reason: reason)
  }

  // MARK: Settings; those left out are Keras' defaults

  func flag(_ setting: String, otherwise value: Bool) -> Bool { configuration[setting]?.boolean ?? value }

  /// A positive number: of units, say.
  func size(_ setting: String) throws(ExportError) -> Int32 {
    guard let value = configuration[setting]?.integer, let size = Int32(exactly: value), size > 0 else {
      throw unsupported("“\(setting)” is not a positive number")
    }
    return size
  }

  func number(_ setting: String, otherwise value: Double) throws(ExportError) -> Double {
    guard let member = configuration[setting] else { return value }
    guard let number = member.number, number.isFinite else { throw unsupported("“\(setting)” is not a number") }
    return number
  }

  /// A window or stride for steps (one number) or an image (two, or one that counts twice); nil when it is not said.
  func extent(_ setting: String, isImage: Bool) throws(ExportError) -> Layer.Extent? {
    guard let member = configuration[setting] else { return nil }
    let sizes = (member.array ?? [member]).map { $0.integer ?? 0 }
    let wanted = isImage ? 2 : 1
    guard sizes.count == wanted || sizes.count == 1, sizes.allSatisfy({ $0 > 0 }) else {
      throw unsupported("“\(setting)” is not \(wanted) positive number\(wanted == 1 ? "" : "s")")
    }
    return isImage ? Layer.Extent(sizes[0], sizes[sizes.count - 1]) : Layer.Extent(1, sizes[0])
  }

  func padding() throws(ExportError) -> Layer.Padding {
    switch configuration["padding"]?.string ?? "valid" {
    case "valid": return .valid
    case "same": return .same
    case let other: throw unsupported("padding “\(other)”; “valid” and “same” can be imported")
    }
  }

  /// A function by its name, alone or as Keras 3 wraps it.
  func activation(_ setting: String = "activation", otherwise: Layer.Activation = .linear) throws(ExportError)
    -> Layer.Activation
  {
    guard let member = configuration[setting] else { return otherwise }
    let name = member.string ?? member["config"]?.string ?? member["class_name"]?.string ?? "?"
    // A layer as a function has settings of its own.
    let isFunction = (member.string ?? member["config"]?.string) != nil
    guard isFunction, let activation = kerasActivations.first(where: { $0.name == name })?.activation else {
      let known = kerasActivations.map(\.name).joined(separator: ", ")
      throw unsupported("the function “\(name)” cannot be imported; these can: \(known)")
    }
    return activation
  }

  /// The factor of a penalty on squared weights; other penalties act on training alone and are left out.
  var l2: Float {
    let factor = configuration["kernel_regularizer"]?["config"]?["l2"]?.number ?? 0
    return factor > 0 && factor < 1e6 ? Float(factor) : 0
  }

  var initializer: Layer.Initializer {
    configuration["kernel_initializer"]?["class_name"]?.string == "HeNormal" ? .heNormal : .glorotUniform
  }

  /// Throws unless a setting, if there is one, is what everything here takes for granted.
  func require(_ setting: String, _ accepted: Bool, _ what: String) throws(ExportError) {
    guard accepted else { throw unsupported("\(setting): \(what)") }
  }

  func requireChannelsLast() throws(ExportError) {
    try require(
      "data_format", (configuration["data_format"]?.string ?? "channels_last") == "channels_last",
      "only channels_last can be imported")
  }
}

/// Functions by Keras' names.
let kerasActivations: [(name: String, activation: Layer.Activation)] = [
  ("linear", .linear), ("relu", .relu), ("tanh", .tanh), ("softmax", .softmax), ("sigmoid", .sigmoid), ("elu", .elu),
]
