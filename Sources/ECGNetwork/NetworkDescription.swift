#if !hasFeature(Embedded)
  import ECGCore

  /// A network as the trainer builds it: an input shape and named layers, each with its weights' shapes to be inferred.
  ///
  ///     var network = NetworkDescription(name: "lenet5", input: .image(64, 64, channels: 1))
  ///     network.convolution(filters: 32, window: (5, 5), padding: .same, activation: .relu)
  ///     network.maxPooling(window: (2, 2))
  ///
  /// Layers are appended to the last one, or to those that `of` or `inputs` name by the number that each call returns:
  ///
  ///     let shortcut = network.last
  ///     let sum = network.add([network.convolution(filters: 64, window: 3, padding: .same), shortcut])
  ///
  /// Names are Keras' ("conv2d", "conv2d_1", …), since they name the weights in the file.
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

    /// The number of the last layer; −1, the network's input, before the first.
    public var last: Int { layers.count - 1 }

    /// Appends `layer`, reading the layers `inputs` (the last one where there are none), under a name made from `base` as
    /// Keras numbers them. Returns its number.
    @discardableResult
    public mutating func append(_ layer: Layer, base: String, inputs: [Int] = []) -> Int {
      var layer = layer
      func source(_ number: Int) -> Int32 { number < inputs.count ? Int32(clamping: inputs[number]) : -2 }
      layer.input = inputs.isEmpty ? Int32(last) : source(0)
      (layer.secondInput, layer.thirdInput, layer.fourthInput) = (source(1), source(2), source(3))
      var number = 0
      var name = base
      while layerNames.contains(name) {
        number += 1
        name = "\(base)_\(number)"
      }
      layers.append(layer)
      layerNames.append(name)
      return last
    }

    /// Whether each layer reads the one before it alone.
    public var isChain: Bool {
      layers.enumerated().allSatisfy { $0.element.inputCount == 1 && Int($0.element.input) == $0.offset - 1 }
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

    /// The shape that each layer reads; of several inputs, what they are together.
    public var inputShapes: [Shape] {
      get throws(InvalidNetwork) {
        let network = try CheckedNetwork(self)
        return network.inputShapes
      }
    }

    /// Throws an error that names the layer at fault and says what does not fit, if any.
    public func check() throws(InvalidNetwork) { _ = try CheckedNetwork(self) }

    /// Values that the network learns.
    public var parameterValueCount: Int {
      get throws(InvalidNetwork) {
        var total = 0
        for (layer, source) in zip(layers, try inputShapes) {
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
    var inputShapes: [Shape] = []

    init(_ description: NetworkDescription) throws(InvalidNetwork) {
      let memory = UnsafeMutableRawBufferPointer.allocate(
        byteCount: Network.tableSize(layerCount: description.layers.count), alignment: Arena.alignment)
      defer { memory.deallocate() }
      var fault: NetworkFault?
      (shapes, inputShapes) = description.layers.withUnsafeBufferPointer { layers in
        do throws(NetworkFault) {
          var arena = try CheckedNetwork.arena(memory)
          let network = try Network(input: description.input, layers: layers, arena: &arena)
          return (
            (0..<layers.count).map(network.shape(ofLayer:)), (0..<layers.count).map(network.inputShape(ofLayer:))
          )
        } catch {
          fault = error
          return ([], [])
        }
      }
      if let fault { throw InvalidNetwork(description, fault) }
    }

    private static func arena(_ memory: UnsafeMutableRawBufferPointer) throws(NetworkFault) -> Arena {
      do { return try Arena(memory) } catch { throw NetworkFault(.memory) }
    }
  }
#endif
