#if !hasFeature(Embedded)
  import ECGCore

  /// A network that cannot run, in words: which layer, and what does not fit.
  public struct InvalidNetwork: Error, CustomStringConvertible {
    public let fault: NetworkFault
    public let description: String

    init(_ network: NetworkDescription, _ fault: NetworkFault) {
      self.fault = fault
      let index = Int(fault.layer)
      guard index >= 0, index < network.layers.count else {
        description = "\(network.name): \(InvalidNetwork.explain(fault.problem, input: network.input))"
        return
      }
      let layer = network.layers[index]
      let reason = InvalidNetwork.explain(fault.problem, layer, input: InvalidNetwork.input(of: layer, in: network))
      description = "\(network.layerNames[index]): \(reason)"
    }

    /// The shape a layer reads, as far as the layers before it have one.
    private static func input(of layer: Layer, in network: NetworkDescription) -> Shape? {
      var shape = network.input
      var path: [Layer] = []
      var source = Int(layer.input)
      while source >= 0 && source < network.layers.count && path.count <= network.layers.count {
        path.append(network.layers[source])
        source = Int(network.layers[source].input)
      }
      guard source == -1 else { return nil }
      for layer in path.reversed() {
        guard let next = try? layer.outputShape(for: shape) else { return nil }
        shape = next
      }
      return shape
    }

    private static func explain(_ problem: NetworkFault.Problem, input: Shape) -> String {
      switch problem {
      case .layerCount: "a network has from 1 to \(Network.mostLayers) layers"
      case .networkInput: "the input \(input) has no values, or too many"
      case .memory: "the memory for its tables is too small"
      default: "the values between its layers take too much memory"
      }
    }

    private static func explain(_ problem: NetworkFault.Problem, _ layer: Layer, input: Shape?) -> String {
      let shape = input.map { "\($0)" } ?? "unknown"
      let kind = "\(layer.kind)"
      return switch problem {
      case .inputIndex: "it reads layer \(layer.input), which does not come before it"
      case .secondInput: "a layer of kind \(kind) has no second input"
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
