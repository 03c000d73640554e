#if !hasFeature(Embedded)
  import ECGCore

  /// A network that cannot run, in words: which layer, and what does not fit.
  public struct InvalidNetwork: Error, CustomStringConvertible {
    public let fault: NetworkFault
    /// What does not fit, without the layer's name.
    public let reason: String
    public let description: String

    init(_ network: NetworkDescription, _ fault: NetworkFault) {
      self.fault = fault
      let index = Int(fault.layer)
      guard index >= 0, index < network.layers.count else {
        reason = InvalidNetwork.explain(fault.problem, input: network.input)
        description = "\(network.name): \(reason)"
        return
      }
      let layer = network.layers[index]
      reason = InvalidNetwork.explain(fault.problem, layer, inputs: InvalidNetwork.inputs(of: index, in: network))
      description = "\(network.layerNames[index]): \(reason)"
    }

    /// The shapes a layer reads, as far as the layers before it have one.
    private static func inputs(of index: Int, in network: NetworkDescription) -> [Shape] {
      var outputs: [Shape] = []
      func inputs(_ layer: Layer) -> [Shape] {
        (0..<layer.inputCount).compactMap { number in
          let source = Int(layer.source(number))
          return source == -1 ? network.input : outputs.indices.contains(source) ? outputs[source] : nil
        }
      }
      for layer in network.layers[..<index] {
        let shapes = inputs(layer)
        guard let first = shapes.first,
          let joined = try? shapes.dropFirst().reduce(first, { try layer.joined($0, $1) }),
          let output = try? layer.outputShape(for: joined)
        else { return [] }
        outputs.append(output)
      }
      return inputs(network.layers[index])
    }

    private static func explain(_ problem: NetworkFault.Problem, input: Shape) -> String {
      switch problem {
      case .layerCount: "a network has from 1 to \(Network.mostLayers) layers"
      case .networkInput: "the input \(input) has no values, or too many"
      case .memory: "the memory for its tables is too small"
      default: "the values between its layers take too much memory"
      }
    }

    private static func explain(_ problem: NetworkFault.Problem, _ layer: Layer, inputs: [Shape]) -> String {
      let input = inputs.first
      let shape = input.map { "\($0)" } ?? "unknown"
      let kind = "\(layer.kind)"
      return switch problem {
      case .inputIndex: "it reads layer \(layer.input), which does not come before it"
      case .secondInput where layer.joinsInputs: "\(kind) joins two to \(Layer.mostInputs) inputs, one behind the other"
      case .secondInput: "a layer of kind \(kind) has no second input"
      case .shapesDiffer:
        "\(kind) cannot join inputs of \(inputs.map { "\($0)" }.joined(separator: " and "))"
      case .reshape: "\(shape) are not as many values as the new shape has"
      case .activation: "\(kind) has a bias and tanh, no other activation"
      case .normalization: "epsilon \(layer.epsilon) must be positive, momentum \(layer.momentum) between 0 and 1"
      case .needsSteps where layer.kind == .lstm || layer.kind == .gru:
        "\(kind) needs steps, but its input has \(shape)"
      case .needsSteps: "\(kind) needs steps or an image, but its input has \(shape)"
      case .needsFeatures where layer.activation == .softmax && layer.kind != .dense:
        "softmax needs features, but its input has \(shape): flatten it first"
      case .needsFeatures: "\(kind) needs features, but its input has \(shape): flatten it first"
      case .units: "\(layer.units) units, but there must be at least 1"
      case .window:
        "the window \(layer.window) with stride \(layer.stride) is not between 1 and 65,535"
          + (input?.rank == 2 ? ", with height 1 over steps" : "")
      case .windowExceedsInput:
        "the \(layer.window) window does not fit into the \(shape) input (valid padding)"
      case .dropoutRate: "the dropout rate \(layer.dropoutRate) is not in [0, 1)"
      default: "its output, weights or work are too large (input \(shape), \(layer.units) units)"
      }
    }
  }

  extension Shape: CustomStringConvertible {
    public var description: String {
      switch rank {
      case 1: "\(channels) features"
      case 2: "\(width) steps × \(channels)"
      default: "\(height)×\(width)×\(channels)"
      }
    }
  }

  extension Layer.Extent: CustomStringConvertible {
    public var description: String { "\(height)×\(width)" }
  }
#endif
