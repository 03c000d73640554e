import ECGNetwork

extension NetworkDescription {
  /// The same network for other people: its output layer gets one output for each of `people`, those it knows keep
  /// their weights, those it does not are drawn by the layer's initialiser. All other layers stay as they are, hidden
  /// ones, too, whose width once followed from the number of people.
  ///
  /// - Parameters:
  ///   - parameters: what the network has learned.
  ///   - known: the people it tells apart, in the order of its outputs.
  /// - Throws: `layer` unless the network ends in a dense layer with an output for each known person, `parameters` when
  ///   they do not fit.
  public func forPeople(
    _ people: [String], known: [String], parameters: NetworkParameters, seed: UInt64
  ) throws(TrainingError) -> (network: NetworkDescription, parameters: NetworkParameters) {
    try CheckedNetwork(self).check(parameters, what: "the trained network")
    let output = try outputLayer(for: known.count)
    var layers = layers
    layers[output].units = Int32(clamping: people.count)
    let network = NetworkDescription(name: name, input: input, layers: layers, layerNames: layerNames)
    let place = Dictionary(zip(known, 0...), uniquingKeysWith: { first, _ in first })
    let columns = people.map { place[$0] }
    var own = try CheckedNetwork(network).initialParameters(of: output, seed: seed)
    // A kernel is (inputs, people), a bias (people).
    for index in own.indices {
      for row in 0..<own[index].count / people.count {
        for (column, old) in columns.enumerated() {
          if let old { own[index][row * people.count + column] = parameters[output][index][row * known.count + old] }
        }
      }
    }
    var result = parameters
    result[output] = own
    return (network, result)
  }

  /// The dense layer whose units are the network's outputs: the last one, or that before a softmax of its own.
  private func outputLayer(for count: Int) throws(TrainingError) -> Int {
    var index = last
    while index >= 0, layers[index].kind == .activation { index = Int(layers[index].input) }
    guard index >= 0, layers[index].kind == .dense, Int(layers[index].units) == count else {
      throw .layer(
        name: layerNames.last ?? name, reason: "other people need a dense layer with an output for each of them here")
    }
    return index
  }

  /// So many layers at the beginning extract features: all before the dense layers at the end.
  public var featureLayerCount: Int {
    let closing: Set<Layer.Kind> = [.dense, .dropout, .activation, .flatten]
    let behind = layers.lastIndex { !closing.contains($0.kind) }.map { $0 + 1 } ?? 0
    // Flattening and dropout belong to what they feed, an activation to what it follows.
    return layers[behind...].firstIndex { $0.kind != .activation } ?? behind
  }
}
