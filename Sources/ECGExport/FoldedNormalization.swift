import ECGNetwork

extension ModelContents {
  /// The same model with each batch normalisation, and each activation, computed by the convolution or dense layer before
  /// it wherever no other layer reads that one: the same values to within rounding from fewer layers and tensors.
  ///
  /// A normalisation's factor becomes part of the kernel, its offset of the bias. The last layer stays as it is.
  public func foldingNormalization() -> ModelContents {
    var model = self
    var layers: [Layer] = []
    var names: [String] = []
    model.parameters = []
    /// Where each layer's values come from now.
    var places: [Int] = []
    let readers = network.readerCounts
    for (index, old) in network.layers.enumerated() {
      var layer = old
      layer.forEachSource { $0 = $0 < 0 ? $0 : Int32(places[Int($0)]) }
      let source = Int(old.input)
      if index < network.last, source >= 0, readers[source] == 1, outlierReference?.layer != source,
        layers[places[source]].takesIn(layer)
      {
        let place = places[source]
        if layer.kind == .batchNormalization {
          layers[place].hasBias = true
          model.parameters[place] = normalized(model.parameters[place], by: parameters[index], layer)
        }
        layers[place].activation = layer.activation
        places.append(place)
      } else {
        places.append(layers.count)
        layers.append(layer)
        names.append(network.layerNames[index])
        model.parameters.append(parameters[index])
      }
    }
    model.network = NetworkDescription(name: network.name, input: network.input, layers: layers, layerNames: names)
    if let layer = outlierReference?.layer, layer >= 0 { model.outlierReference?.layer = places[layer] }
    return model
  }
}

/// Kernel and bias of a layer whose values are normalised: γ (x − mean) / √(variance + ε) + β.
private func normalized(_ tensors: [[Float]], by normalization: [[Float]], _ layer: Layer) -> [[Float]] {
  let (gamma, beta, means, variances) = (normalization[0], normalization[1], normalization[2], normalization[3])
  let channels = gamma.indices
  let factors = channels.map { Double(gamma[$0]) / (Double(variances[$0]) + Double(layer.epsilon)).squareRoot() }
  let kernel = tensors[0].enumerated().map { Float(Double($0.element) * factors[$0.offset % factors.count]) }
  let bias = channels.map { channel in
    let own = tensors.count > 1 ? Double(tensors[1][channel]) : 0
    return Float((own - Double(means[channel])) * factors[channel] + Double(beta[channel]))
  }
  return [kernel, bias]
}

extension Layer {
  /// Whether it can compute `next`, which reads it, as well.
  fileprivate func takesIn(_ next: Layer) -> Bool {
    (kind == .convolution || kind == .dense) && activation == .linear
      && (next.kind == .batchNormalization || next.kind == .activation) && next.activation != .softmax
  }

  fileprivate mutating func forEachSource(_ body: (inout Int32) -> Void) {
    body(&input)
    body(&secondInput)
    body(&thirdInput)
    body(&fourthInput)
  }
}

extension NetworkDescription {
  /// How many layers read each layer.
  fileprivate var readerCounts: [Int] {
    var counts = [Int](repeating: 0, count: layers.count)
    for layer in layers {
      for number in 0..<layer.inputCount where layer.source(number) >= 0 { counts[Int(layer.source(number))] += 1 }
    }
    return counts
  }
}
