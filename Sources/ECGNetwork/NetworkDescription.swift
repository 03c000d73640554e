#if !hasFeature(Embedded)
  import ECGCore

  /// A network as the trainer builds it: an input shape and named layers, each with its weights' shapes to be inferred.
  ///
  ///     var network = NetworkDescription(name: "lenet5", input: .image(64, 64, channels: 1))
  ///     network.convolution(filters: 32, window: (5, 5), padding: .same, activation: .relu)
  ///     network.maxPooling(window: (2, 2))
  ///
  /// Layers are appended to the last one. Names are Keras' ("conv2d", "conv2d_1", …), since they name the weights in
  /// the file.
  public struct NetworkDescription: Equatable, Sendable {
    public var name: String
    public var input: Shape
    public private(set) var layers: [Layer] = []
    public private(set) var layerNames: [String] = []

    public init(name: String, input: Shape) {
      self.name = name
      self.input = input
    }

    /// A network from stored layers and their names, as a weights file has them.
    public init(name: String, input: Shape, layers: [Layer], layerNames: [String]) {
      precondition(layers.count == layerNames.count)
      self.init(name: name, input: input)
      self.layers = layers
      self.layerNames = layerNames
    }

    /// Appends `layer`, reading the last layer's output, under a name made from `base` as Keras numbers them.
    public mutating func append(_ layer: Layer, base: String) {
      var layer = layer
      layer.input = Int32(layers.count) - 1
      var number = 0
      var name = base
      while layerNames.contains(name) {
        number += 1
        name = "\(base)_\(number)"
      }
      layers.append(layer)
      layerNames.append(name)
    }

    /// A 2-D convolution over an image, as Keras' `Conv2D`.
    public mutating func convolution(
      filters: Int, window: (Int, Int), padding: Layer.Padding = .valid, activation: Layer.Activation = .linear,
      initializer: Layer.Initializer = .glorotUniform, l2: Float = 0
    ) {
      var layer = Layer(.convolution)
      layer.units = Int32(filters)
      layer.window = Layer.Extent(window.0, window.1)
      layer.padding = padding
      layer.activation = activation
      layer.initializer = initializer
      layer.l2 = l2
      append(layer, base: input.rank == 2 ? "conv1d" : "conv2d")
    }

    /// A 1-D convolution over steps, as Keras' `Conv1D`.
    public mutating func convolution(
      filters: Int, window: Int, padding: Layer.Padding = .valid, activation: Layer.Activation = .linear,
      initializer: Layer.Initializer = .glorotUniform, l2: Float = 0
    ) {
      convolution(
        filters: filters, window: (1, window), padding: padding, activation: activation, initializer: initializer,
        l2: l2)
    }

    /// Largest value of each window; the windows lie side by side.
    public mutating func maxPooling(window: (Int, Int)) {
      var layer = Layer(.maxPooling)
      layer.window = Layer.Extent(window.0, window.1)
      layer.stride = layer.window
      append(layer, base: input.rank == 2 ? "max_pooling1d" : "max_pooling2d")
    }

    public mutating func maxPooling(window: Int) { maxPooling(window: (1, window)) }

    public mutating func flatten() { append(Layer(.flatten), base: "flatten") }

    public mutating func dropout(rate: Float) {
      var layer = Layer(.dropout)
      layer.dropoutRate = rate
      append(layer, base: "dropout")
    }

    public mutating func dense(
      units: Int, activation: Layer.Activation = .linear, initializer: Layer.Initializer = .glorotUniform
    ) {
      var layer = Layer(.dense)
      layer.units = Int32(units)
      layer.activation = activation
      layer.initializer = initializer
      append(layer, base: "dense")
    }
  }

  extension NetworkDescription {
    /// The shape that each layer puts out. Throws an error that names the layer at fault and says what does not fit.
    public var shapes: [Shape] {
      get throws(InvalidNetwork) {
        let network = try CheckedNetwork(self)
        return network.shapes
      }
    }

    /// Throws an error that names the layer at fault and says what does not fit, if any.
    public func check() throws(InvalidNetwork) { _ = try CheckedNetwork(self) }

    /// Values that the network learns.
    public var parameterValueCount: Int {
      get throws(InvalidNetwork) {
        let shapes = try shapes
        var total = 0
        for layer in layers {
          let source = layer.input < 0 ? input : shapes[Int(layer.input)]
          for index in 0..<layer.parameterCount {
            total += (try? layer.parameter(index, input: source))?.count ?? 0
          }
        }
        return total
      }
    }
  }

  /// The tables of a description's network, for as long as they are looked at.
  private struct CheckedNetwork {
    var shapes: [Shape] = []

    init(_ description: NetworkDescription) throws(InvalidNetwork) {
      let memory = UnsafeMutableRawBufferPointer.allocate(
        byteCount: Network.tableSize(layerCount: description.layers.count), alignment: Arena.alignment)
      defer { memory.deallocate() }
      var fault: NetworkFault?
      shapes = description.layers.withUnsafeBufferPointer { layers in
        do throws(NetworkFault) {
          var arena = try CheckedNetwork.arena(memory)
          let network = try Network(input: description.input, layers: layers, arena: &arena)
          return (0..<layers.count).map(network.shape(ofLayer:))
        } catch {
          fault = error
          return []
        }
      }
      if let fault { throw InvalidNetwork(description, fault) }
    }

    private static func arena(_ memory: UnsafeMutableRawBufferPointer) throws(NetworkFault) -> Arena {
      do { return try Arena(memory) } catch { throw NetworkFault(.memory) }
    }
  }
#endif
