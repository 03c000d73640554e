import ECGCore
import ECGNetwork

/// A network that the trainer can train, with every shape inferred: a graph of layers that ends in a softmax.
///
/// It is simplified where algebra is free. Images of width 1 are taken as rows, so that of each square kernel over them
/// only the column that meets them is computed; an LSTM over one step has neither a recurrent product nor a forget gate;
/// a bias right before batch normalisation has no gradient. What does not act keeps the values it began with, as it
/// would if gradients of zero were followed.
struct CheckedNetwork {
  /// As they are computed.
  let layers: [Layer]
  let names: [String]
  let input: Shape
  /// The shape that each layer reads (of several inputs, what they are together), and the one behind it.
  let inputShapes: [Shape]
  let outputs: [Shape]
  /// As a file has them.
  let parameters: [[Parameter]]
  /// Of each parameter, what acts.
  let acting: [[ActingPart]]
  /// The layers that read each layer.
  let readers: [[Int]]
  /// So many layers at the beginning keep their parameters.
  let frozenLayers: Int

  var classCount: Int { outputs.last!.count }

  func inputShape(of layer: Int) -> Shape { inputShapes[layer] }

  /// The layers that a layer reads; −1 is the network's input.
  func sources(of layer: Int) -> [Int] { (0..<layers[layer].inputCount).map { Int(layers[layer].source($0)) } }

  init(_ network: NetworkDescription, frozenLayers: Int = 0) throws(TrainingError) {
    guard let last = network.layers.last else { throw .layer(name: network.name, reason: "the network has no layers") }
    let shapes: (inputs: [Shape], outputs: [Shape])
    do throws(InvalidNetwork) {
      shapes = (try network.inputShapes, try network.shapes)
    } catch {
      throw .network(error)
    }
    guard last.activation == .softmax else {
      throw .layer(
        name: network.layerNames.last!, reason: "the last layer must end in a softmax, which the loss is made for")
    }
    var parameters: [[Parameter]] = []
    var readers = [[Int]](repeating: [], count: network.layers.count)
    for (index, layer) in network.layers.enumerated() {
      let name = network.layerNames[index]
      guard layer.activation != .softmax || index == network.layers.count - 1 else {
        throw .layer(name: name, reason: "a softmax is possible only at the end")
      }
      for number in 0..<layer.inputCount where layer.source(number) >= 0 {
        readers[Int(layer.source(number))].append(index)
      }
      do throws(Status) {
        var own: [Parameter] = []
        for i in 0..<layer.parameterCount { own.append(try layer.parameter(i, input: shapes.inputs[index])) }
        parameters.append(own)
      } catch {
        throw .layer(name: name, reason: "does not fit its input of \(shapes.inputs[index])")
      }
    }
    guard network.layers.indices.contains(frozenLayers) else {
      throw .option("\(frozenLayers) of \(network.layers.count) layers cannot be frozen: one must be left to train")
    }
    self.frozenLayers = frozenLayers
    names = network.layerNames
    self.parameters = parameters
    self.readers = readers

    let columns = ColumnImages(network, shapes.outputs)
    input = columns.isColumn(-1) ? network.input.turned : network.input
    layers = network.layers.enumerated().map { columns.isColumn($0.offset) ? $0.element.turned : $0.element }
    inputShapes = shapes.inputs.enumerated().map { columns.reads($0.offset) ? $0.element.turned : $0.element }
    outputs = shapes.outputs.enumerated().map { columns.isColumn($0.offset) ? $0.element.turned : $0.element }
    acting = network.layers.enumerated().map { index, layer in
      parameters[index].indices.map { number in
        let isBeforeNormalization =
          readers[index].count == 1
          && network.layers[readers[index][0]].kind == .batchNormalization && layer.activation == .linear
        return ActingPart(
          layer, number, parameters[index][number], input: shapes.inputs[index], isColumn: columns.isColumn(index),
          isBeforeNormalization: isBeforeNormalization, isFrozen: index < frozenLayers)
      }
    }
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

/// Which part of a parameter acts, and whether it follows a gradient.
struct ActingPart {
  /// Values of a row; the parameter is made of such rows.
  var rowLength: Int
  /// The values of each row that act; empty where none does.
  var ranges: [Range<Int>]
  var isLearned: Bool
  /// Whether its layer keeps its parameters.
  let isFrozen: Bool

  /// Whether every value acts.
  var isWhole: Bool { ranges == [0..<rowLength] }

  init(
    _ layer: Layer, _ index: Int, _ parameter: Parameter, input: Shape, isColumn: Bool, isBeforeNormalization: Bool,
    isFrozen: Bool
  ) {
    rowLength = parameter.count
    ranges = [0..<parameter.count]
    isLearned = parameter.isLearned && !isFrozen
    self.isFrozen = isFrozen
    switch layer.kind {
    case .convolution where index == 0 && isColumn:
      let tap = Int(input.channels) * Int(layer.units)
      let column = Int(layer.paddingBefore(input).width)
      rowLength = Int(layer.window.width) * tap
      ranges = [column * tap..<(column + 1) * tap]
    case .convolution where index == 1 && isBeforeNormalization, .dense where index == 1 && isBeforeNormalization:
      isLearned = false
    case .lstm where layer.computesSingleStep(input):
      let units = Int(layer.units)
      rowLength = 4 * units
      ranges = index == 1 ? [] : [0..<units, 2 * units..<4 * units]
      if index == 1 { isLearned = false }
    default: break
    }
  }
}

extension Layer {
  /// Whether this is an LSTM that sees one step only. (A penalty would act on every weight.)
  func computesSingleStep(_ input: Shape) -> Bool { kind == .lstm && input.width == 1 && l2 == 0 }

  /// The same window over an image whose column is taken as a row.
  fileprivate var turned: Layer {
    guard kind == .convolution || kind == .maxPooling else { return self }
    var layer = self
    layer.window = Extent(1, Int(window.height))
    layer.stride = Extent(1, Int(stride.height))
    return layer
  }
}

extension Shape {
  /// An image of width 1 as one of height 1: the same values in the same order.
  fileprivate var turned: Shape {
    rank == 3 && width == 1 ? .image(1, Int(height), channels: Int(channels)) : self
  }
}

/// Which layers put out images of width 1 that are taken as rows: all those behind an input of width 1, up to where they
/// change their shape.
private struct ColumnImages {
  private let network: NetworkDescription
  private let columns: [Bool]
  private let startsAsColumn: Bool

  init(_ network: NetworkDescription, _ outputs: [Shape]) {
    self.network = network
    // A penalty acts on every weight, so that square kernels with one are computed as they stand.
    let starts =
      network.input.rank == 3 && network.input.width == 1
      && !network.layers.contains { $0.kind == .convolution && $0.l2 != 0 && $0.window.width > 1 }
      // New images of width 1 would have to be told apart from those that are turned.
      && !network.layers.contains { $0.kind == .reshape && $0.window.height != 0 }
    startsAsColumn = starts
    columns = outputs.map { starts && $0.rank == 3 }
  }

  /// Whether layer `index` puts one out (−1: whether the network's input is one).
  func isColumn(_ index: Int) -> Bool { index < 0 ? startsAsColumn : columns[index] }

  func reads(_ index: Int) -> Bool { isColumn(Int(network.layers[index].input)) }
}
