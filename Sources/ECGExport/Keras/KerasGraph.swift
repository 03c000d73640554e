import Foundation

/// A model as Keras' JSON describes it: the shape of its input, and its layers, each behind those that it reads.
struct KerasGraph {
  let name: String
  /// Without the batch.
  let input: [Int]
  /// The name that layers read the input by.
  let inputName: String
  /// The last one is the output.
  let layers: [KerasLayer]

  /// The most bytes of a description: a hundred times what the largest model has.
  private static var longestText: Int { 1 << 25 }

  /// Reads the text of `model_config`, or of a file that `model.to_json()` wrote; `file` names it in errors.
  init(_ text: Data, file: String) throws(ExportError) {
    guard text.count <= KerasGraph.longestText, let root = JSON(parsing: text) else {
      throw .damaged(path: file, entry: "", reason: "the description of the model is not JSON")
    }
    guard let className = root["class_name"]?.string, let configuration = root["config"] else {
      throw .damaged(path: file, entry: "", reason: "this is not the description of a Keras model")
    }
    name = configuration["name"]?.string ?? className.lowercased()
    switch className {
    case "Sequential":
      (input, inputName, layers) = try KerasGraph.sequential(configuration, file)
    case "Functional", "Model":
      (input, inputName, layers) = try KerasGraph.functional(configuration, file)
    default:
      throw .damaged(
        path: file, entry: "",
        reason: "a model of the class \(className) cannot be imported; Sequential and Functional ones can")
    }
    guard !layers.isEmpty else { throw .damaged(path: file, entry: "", reason: "the model has no layers") }
  }

  private typealias Parts = (input: [Int], inputName: String, layers: [KerasLayer])

  // MARK: Sequential

  private static func sequential(_ configuration: JSON, _ file: String) throws(ExportError) -> Parts {
    // The oldest files have the list alone.
    guard let members = configuration["layers"]?.array ?? configuration.array else {
      throw .damaged(path: file, entry: "", reason: "the model has no list of layers")
    }
    var layers = try numbered(members, file)
    let inputName = layers.first?.className == "InputLayer" ? layers[0].name : ""
    let shape =
      layers.first.flatMap(\.inputShape) ?? configuration["build_input_shape"]
      ?? configuration["batch_input_shape"]
    let input = try inputShape(shape, file)
    if layers.first?.className == "InputLayer" { layers.removeFirst() }
    var previous = inputName
    for index in layers.indices {
      layers[index].sources = [previous]
      previous = layers[index].name
    }
    return (input, inputName, layers)
  }

  // MARK: Functional

  private static func functional(_ configuration: JSON, _ file: String) throws(ExportError) -> Parts {
    guard let members = configuration["layers"]?.array else {
      throw .damaged(path: file, entry: "", reason: "the model has no list of layers")
    }
    var layers = try numbered(members, file)
    let inputName = try single("input_layers", configuration, file)
    let outputName = try single("output_layers", configuration, file)
    var places: [String: Int] = [:]
    for (index, layer) in layers.enumerated() {
      guard places.updateValue(index, forKey: layer.name) == nil else {
        throw .damaged(path: file, entry: layer.name, reason: "two layers have this name")
      }
    }
    guard let inputPlace = places[inputName], let outputPlace = places[outputName] else {
      throw .damaged(path: file, entry: "", reason: "the model's input or output is none of its layers")
    }
    let input = try inputShape(layers[inputPlace].inputShape, file)
    for (index, member) in members.enumerated() where index != inputPlace {
      let calls = member["inbound_nodes"]?.array ?? []
      guard calls.count <= 1 else {
        throw layers[index].unsupported("it is used \(calls.count) times; layers that share weights cannot be imported")
      }
      var call = Call()
      for node in calls { call.read(node) }
      guard !call.trains else { throw layers[index].unsupported("it is called with training=True") }
      layers[index].sources = call.sources
    }
    return (input, inputName, try ordered(layers, places, from: inputPlace, to: outputPlace))
  }

  /// What one call of a layer reads, in the notation of Keras 2 (lists) or of Keras 3 (tensors with a history).
  private struct Call {
    var sources: [String] = []
    var trains = false

    mutating func read(_ value: JSON) {
      switch value {
      case .array(let values):
        if values.count >= 3, let name = values[0].string, values[1].integer != nil, values[2].integer != nil {
          sources.append(name)
          for rest in values.dropFirst(3) { read(rest) }
        } else {
          for value in values { read(value) }
        }
      case .object(let members):
        if value["class_name"]?.string == "__keras_tensor__" {
          if let history = value["config"]?["keras_history"] { read(history) }
          return
        }
        if value["training"]?.boolean == true { trains = true }
        for member in members { read(member.1) }
      default: return
      }
    }
  }

  /// The layers that the output depends on, each behind those that it reads.
  private static func ordered(
    _ layers: [KerasLayer], _ places: [String: Int], from input: Int, to output: Int
  ) throws(ExportError) -> [KerasLayer] {
    enum State { case unseen, open, done }
    var states = [State](repeating: .unseen, count: layers.count)
    states[input] = .done
    var result: [KerasLayer] = []
    var open: [(layer: Int, next: Int)] = []
    func enter(_ layer: Int) {
      states[layer] = .open
      open.append((layer, 0))
    }
    if states[output] == .unseen { enter(output) }
    while let (index, next) = open.last {
      let layer = layers[index]
      guard next < layer.sources.count else {
        open.removeLast()
        states[index] = .done
        result.append(layer)
        continue
      }
      open[open.count - 1].next += 1
      guard let source = places[layer.sources[next]] else {
        throw layer.unsupported("it reads “\(layer.sources[next])”, which is no layer of the model")
      }
      switch states[source] {
      case .unseen: enter(source)
      case .open: throw layer.unsupported("it reads itself")
      case .done: break
      }
    }
    return result
  }

  private static func single(_ member: String, _ configuration: JSON, _ file: String) throws(ExportError) -> String {
    var call = Call()
    if let places = configuration[member] { call.read(places) }
    guard call.sources.count == 1 else {
      throw .damaged(
        path: file, entry: "", reason: "the model has \(call.sources.count) \(member); models of one can be imported")
    }
    return call.sources[0]
  }

  // MARK: Both

  private static func numbered(_ members: [JSON], _ file: String) throws(ExportError) -> [KerasLayer] {
    var counts: [String: Int] = [:]
    var layers: [KerasLayer] = []
    for (index, member) in members.enumerated() {
      guard let className = member["class_name"]?.string, let configuration = member["config"],
        let name = member["name"]?.string ?? configuration["name"]?.string
      else {
        throw .damaged(
          path: file, entry: "", reason: "layer \(index) of the description has no class, name or settings")
      }
      layers.append(
        KerasLayer(
          file: file, className: className, name: name, configuration: configuration,
          numberInClass: counts[className, default: 0]))
      counts[className, default: 0] += 1
    }
    return layers
  }

  private static func inputShape(_ shape: JSON?, _ file: String) throws(ExportError) -> [Int] {
    guard let sizes = shape?.array?.dropFirst() else {
      throw .damaged(
        path: file, entry: "", reason: "the model does not say the shape of its input: it was saved before it was built"
      )
    }
    let known = sizes.compactMap { $0.integer.flatMap { $0 > 0 ? $0 : nil } }
    guard known.count == sizes.count else {
      throw .damaged(
        path: file, entry: "", reason: "the shape of the model's input is not fixed; build it with one that is")
    }
    return known
  }
}

extension KerasLayer {
  /// With the batch: what an input layer or the first of a Sequential model says.
  fileprivate var inputShape: JSON? {
    // Some versions wrap it in a list, one for each input.
    let shape = configuration["batch_shape"] ?? configuration["batch_input_shape"]
    return shape?.array?.first?.array == nil ? shape : shape?.array?.first
  }
}
