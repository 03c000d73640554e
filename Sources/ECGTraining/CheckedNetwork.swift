import ECGCore
import ECGNetwork

/// A network that the trainer can train, with every shape inferred: a chain of layers that ends in a softmax.
struct CheckedNetwork {
  let layers: [Layer]
  let names: [String]
  let input: Shape
  /// The shape behind each layer.
  let outputs: [Shape]
  let parameters: [[Parameter]]

  var classCount: Int { outputs.last!.count }

  func inputShape(of layer: Int) -> Shape { layer == 0 ? input : outputs[layer - 1] }

  init(_ network: NetworkDescription) throws(TrainingError) {
    guard let last = network.layers.last else { throw .layer(name: network.name, reason: "the network has no layers") }
    do throws(InvalidNetwork) { try network.check() } catch { throw .network(error) }
    guard last.activation == .softmax else {
      throw .layer(
        name: network.layerNames.last!, reason: "the last layer must end in a softmax, which the loss is made for")
    }
    var outputs: [Shape] = []
    var parameters: [[Parameter]] = []
    for (index, layer) in network.layers.enumerated() {
      let name = network.layerNames[index]
      guard layer.input == Int32(index) - 1, layer.secondInput == -2 else {
        throw .layer(name: name, reason: "only chains can be trained, this layer does not read the one before it")
      }
      guard layer.activation != .softmax || index == network.layers.count - 1 else {
        throw .layer(name: name, reason: "a softmax is possible only at the end")
      }
      let shape = outputs.last ?? network.input
      do throws(Status) {
        outputs.append(try layer.outputShape(for: shape))
        var own: [Parameter] = []
        for i in 0..<layer.parameterCount { own.append(try layer.parameter(i, input: shape)) }
        parameters.append(own)
      } catch {
        throw .layer(name: name, reason: "does not fit its input of \(shape)")
      }
    }
    layers = network.layers
    names = network.layerNames
    input = network.input
    self.outputs = outputs
    self.parameters = parameters
  }

  /// Throws unless `values` has the network's parameters, in number and size.
  func check(_ values: NetworkParameters, what: String) throws(TrainingError) {
    guard values.count == layers.count else {
      throw .parameters("\(what) has \(values.count) layers, the network \(layers.count)")
    }
    for (layer, own) in parameters.enumerated() {
      guard values[layer].count == own.count else {
        throw .parameters("\(what), layer \(names[layer]): \(values[layer].count) tensors, \(own.count) expected")
      }
      for (index, parameter) in own.enumerated() where values[layer][index].count != parameter.count {
        throw .parameters(
          "\(what), layer \(names[layer]), \(parameter.name): \(values[layer][index].count) numbers, "
            + "\(parameter.count) expected")
      }
    }
  }
}
