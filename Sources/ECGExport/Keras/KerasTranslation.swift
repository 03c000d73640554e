import ECGCore
import ECGModelFile
import ECGNetwork

/// Builds our network from Keras' layers, one after the other, and takes their weights along.
struct KerasTranslation {
  private(set) var network: NetworkDescription
  private(set) var parameters: [[[Float]]] = []
  private let weights: KerasWeights
  /// What each layer of ours puts out.
  private var shapes: [Shape] = []
  /// The layer of ours that gives what Keras' layer of a name gives; −1 is the input.
  private var places: [String: Int]

  init(_ graph: KerasGraph, _ weights: KerasWeights, file: String) throws(ExportError) {
    self.weights = weights
    guard graph.layers.count <= Network.mostLayers else {
      throw .damaged(
        path: file, entry: "", reason: "\(graph.layers.count) layers; there may be \(Network.mostLayers)")
    }
    guard let input = Shape(kerasSizes: graph.input), input.count > 0 else {
      let shape = graph.input.map(String.init).joined(separator: "×")
      throw .damaged(
        path: file, entry: "",
        reason: "an input of \(shape) cannot be imported; beats have one or two sizes, images three")
    }
    network = NetworkDescription(name: graph.name.replacing("/", with: "_"), input: input)
    places = [graph.inputName: -1]
  }

  /// What can be imported, for the message that something cannot.
  static let supported = """
    Conv1D, Conv2D, Dense, LSTM, GRU, BatchNormalization, UnitNormalization, MaxPooling1D, MaxPooling2D, AveragePooling1D, \
    AveragePooling2D, GlobalAveragePooling1D, GlobalAveragePooling2D, GlobalMaxPooling1D, GlobalMaxPooling2D, Flatten, Reshape, Permute, Rescaling, Add, \
    Concatenate, Activation, ReLU, ELU, Softmax, and those that only act in training (Dropout, …)
    """

  // MARK: One layer

  mutating func append(_ layer: KerasLayer) throws(ExportError) {
    var inputs: [Int] = []
    for source in layer.sources {
      guard let place = places[source] else { throw layer.unsupported("it reads “\(source)”, which is not known") }
      inputs.append(place)
    }
    let place: Int
    switch layer.className {
    case "Add": place = try join(.add, layer, inputs)
    case "TFOpLambda" where layer.configuration["function"]?.string == "__operators__.add":
      place = try join(.add, layer, inputs)
    case "Concatenate": place = try concatenate(layer, inputs)
    default:
      guard inputs.count == 1 else {
        throw layer.unsupported(
          inputs.count > 1
            ? "it reads \(inputs.count) layers; of this class one can be imported" : "it reads no layer")
      }
      place = try append(layer, inputs[0])
    }
    guard places.updateValue(place, forKey: layer.name) == nil else {
      throw layer.unsupported("another layer has this name")
    }
  }

  private mutating func append(_ layer: KerasLayer, _ input: Int) throws(ExportError) -> Int {
    switch layer.className {
    case "Dropout", "SpatialDropout1D", "SpatialDropout2D": return try dropout(layer, input)
    case "GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization", "Identity": return input
    case "Conv1D", "Conv2D", "Convolution1D", "Convolution2D": return try convolution(layer, input)
    case "Dense": return try dense(layer, input)
    case "LSTM", "GRU": return try recurrent(layer, input)
    case "BatchNormalization": return try batchNormalization(layer, input)
    case "UnitNormalization": return try unitNormalization(layer, input)
    case "Rescaling": return try rescaling(layer, input)
    case "MaxPooling1D", "MaxPooling2D": return try maxPooling(layer, input)
    case "AveragePooling1D", "AveragePooling2D": return try averagePooling(layer, input)
    case "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D":
      return try globalPooling(layer, input)
    case "Flatten":
      try layer.requireChannelsLast()
      return try reshaped(layer, input, .features(shape(of: input).count))
    case "Reshape": return try reshape(layer, input)
    case "Permute": return try permute(layer, input)
    case "Activation": return try activate(layer, input, layer.activation())
    case "ReLU":
      for setting in ["max_value", "negative_slope", "threshold"] {
        let isPlain =
          try layer.number(setting, otherwise: 0) == 0
          && (setting != "max_value" || layer.configuration[setting] == nil)
        try layer.require(setting, isPlain, "only max(x, 0) can be imported")
      }
      return try activate(layer, input, .relu)
    case "ELU":
      try layer.require("alpha", layer.number("alpha", otherwise: 1) == 1, "only 1 can be imported")
      return try activate(layer, input, .elu)
    case "Softmax":
      let axis = layer.configuration["axis"]?.integer ?? -1
      try layer.require("axis", axis == -1 || axis == Int(shape(of: input).rank), "only the last can be imported")
      return try activate(layer, input, .softmax)
    case "Sequential", "Functional", "Model":
      throw layer.unsupported("a model within a model cannot be imported; build one of its layers instead")
    default:
      throw layer.unsupported("this class cannot be imported; these can: \(KerasTranslation.supported)")
    }
  }

  /// Appends a layer of ours for one of Keras'.
  private mutating func append(
    _ new: Layer, for layer: KerasLayer, _ inputs: [Int], _ values: [[Float]] = []
  ) throws(ExportError) -> Int {
    network.append(new, base: layer.nameInModelFiles, inputs: inputs)
    guard let shape = outputShape(of: new, inputs) else {
      do throws(InvalidNetwork) { try network.check() } catch { throw layer.unsupported(error.reason) }
      throw layer.unsupported("it does not fit what it reads")
    }
    shapes.append(shape)
    parameters.append(values)
    return network.last
  }

  private func shape(of place: Int) -> Shape { place < 0 ? network.input : shapes[place] }

  private func outputShape(of layer: Layer, _ inputs: [Int]) -> Shape? {
    do throws(Status) {
      var joined = shape(of: inputs[0])
      for input in inputs.dropFirst() { joined = try layer.joined(joined, shape(of: input)) }
      return try layer.outputShape(for: joined)
    } catch {
      return nil
    }
  }

  /// One of a layer's weights, of the shape that its settings ask for.
  private func weight(_ name: String, _ number: Int, _ sizes: [Int], of layer: KerasLayer) throws(ExportError)
    -> [Float]
  {
    let tensor = try weights.tensor(name, number, of: layer)
    guard tensor.sizes == sizes else {
      func text(_ sizes: [Int]) -> String { sizes.map(String.init).joined(separator: "×") }
      throw layer.unsupported(
        "its weight “\(name)” has the shape \(text(tensor.sizes)), its settings ask for \(text(sizes));"
          + " the weights are of another model")
    }
    return tensor.values
  }

  // MARK: Layers with weights

  private mutating func convolution(_ layer: KerasLayer, _ input: Int) throws(ExportError) -> Int {
    let source = shape(of: input)
    let isImage = layer.className.contains("2D")
    try requireRank(isImage ? 3 : 2, source, layer)
    try layer.requireChannelsLast()
    let dilation = try layer.extent("dilation_rate", isImage: isImage) ?? Layer.Extent(1, 1)
    try layer.require("dilation_rate", dilation == Layer.Extent(1, 1), "only 1 can be imported")
    try layer.require("groups", (layer.configuration["groups"]?.integer ?? 1) == 1, "only 1 can be imported")
    var new = Layer(.convolution)
    new.units = try layer.size("filters")
    guard let window = try layer.extent("kernel_size", isImage: isImage) else {
      throw layer.unsupported("it has no “kernel_size”")
    }
    new.window = window
    new.stride = try layer.extent("strides", isImage: isImage) ?? Layer.Extent(1, 1)
    new.padding = try layer.padding()
    let sizes = isImage ? [Int(window.height), Int(window.width)] : [Int(window.width)]
    return try kernel(layer, new, input, sizes + [Int(source.channels), Int(new.units)])
  }

  private mutating func dense(_ layer: KerasLayer, _ input: Int) throws(ExportError) -> Int {
    let source = shape(of: input)
    // Over an image, each place by itself: a 1×1 convolution.
    var new = Layer(source.rank == 3 ? .convolution : .dense)
    new.units = try layer.size("units")
    return try kernel(layer, new, input, [Int(source.channels), Int(new.units)])
  }

  private mutating func kernel(_ layer: KerasLayer, _ new: Layer, _ input: Int, _ sizes: [Int]) throws(ExportError)
    -> Int
  {
    var new = new
    new.activation = try layer.activation()
    new.hasBias = layer.flag("use_bias", otherwise: true)
    new.initializer = layer.initializer
    new.l2 = layer.l2
    var values = [try weight("kernel", 0, sizes, of: layer)]
    if new.hasBias { values.append(try weight("bias", 1, [Int(new.units)], of: layer)) }
    return try append(new, for: layer, [input], values)
  }

  private mutating func recurrent(_ layer: KerasLayer, _ input: Int) throws(ExportError) -> Int {
    let source = shape(of: input)
    let isLSTM = layer.className == "LSTM"
    try requireRank(2, source, layer)
    for setting in ["go_backwards", "stateful", "return_state", "time_major"] {
      try layer.require(setting, !layer.flag(setting, otherwise: false), "only False can be imported")
    }
    try layer.require(
      "activation", layer.activation(otherwise: .tanh) == .tanh, "only tanh can be imported")
    try layer.require(
      "recurrent_activation", layer.activation("recurrent_activation", otherwise: .sigmoid) == .sigmoid,
      "only sigmoid can be imported")
    if !isLSTM {
      try layer.require("reset_after", layer.flag("reset_after", otherwise: false), "only True can be imported")
    }
    var new = Layer(isLSTM ? .lstm : .gru)
    new.units = try layer.size("units")
    new.activation = .tanh
    new.returnsSequences = layer.flag("return_sequences", otherwise: false)
    new.initializer = layer.initializer
    new.l2 = layer.l2
    guard source.channels <= 1 << 24, new.units <= 1 << 24 else { throw layer.unsupported("it is too large") }
    let (units, columns) = (Int(new.units), Int(new.units) * (isLSTM ? 4 : 3))
    let biasSizes = isLSTM ? [columns] : [2, columns]
    let values = [
      try weight("kernel", 0, [Int(source.channels), columns], of: layer),
      try weight("recurrent_kernel", 1, [units, columns], of: layer),
      layer.flag("use_bias", otherwise: true)
        ? try weight("bias", 2, biasSizes, of: layer) : [Float](repeating: 0, count: biasSizes.reduce(1, *)),
    ]
    return try append(new, for: layer, [input], values)
  }

  private mutating func batchNormalization(_ layer: KerasLayer, _ input: Int) throws(ExportError) -> Int {
    let source = shape(of: input)
    let axes = layer.configuration["axis"].map { $0.array ?? [$0] } ?? [.integer(-1)]
    let isLast = axes.count == 1 && (axes[0].integer == -1 || axes[0].integer == Int(source.rank))
    try layer.require("axis", isLast, "only the last can be imported")
    var new = Layer(.batchNormalization)
    new.epsilon = Float(try layer.number("epsilon", otherwise: 1e-3))
    new.momentum = Float(try layer.number("momentum", otherwise: 0.99))
    let channels = Int(source.channels)
    var values: [[Float]] = []
    var number = 0
    for (name, setting, start) in [("gamma", "scale", Float(1)), ("beta", "center", 0)] {
      if layer.flag(setting, otherwise: true) {
        values.append(try weight(name, number, [channels], of: layer))
        number += 1
      } else {
        values.append([Float](repeating: start, count: channels))
      }
    }
    for name in ["moving_mean", "moving_variance"] {
      values.append(try weight(name, number, [channels], of: layer))
      number += 1
    }
    return try append(new, for: layer, [input], values)
  }

  /// x · scale + offset, as a normalisation by a mean of 0 and a variance of 1.
  private mutating func rescaling(_ layer: KerasLayer, _ input: Int) throws(ExportError) -> Int {
    let channels = Int(shape(of: input).channels)
    var new = Layer(.batchNormalization)
    new.epsilon = 1e-3
    new.momentum = 1
    let one = 1 - new.epsilon
    let exact = (one + new.epsilon).squareRoot()
    let values = [
      try perChannel("scale", of: layer, channels, otherwise: 1).map { $0 * exact },
      try perChannel("offset", of: layer, channels, otherwise: 0),
      [Float](repeating: 0, count: channels), [Float](repeating: one, count: channels),
    ]
    return try append(new, for: layer, [input], values)
  }

  private func perChannel(
    _ setting: String, of layer: KerasLayer, _ channels: Int, otherwise value: Double
  ) throws(ExportError) -> [Float] {
    guard let list = layer.configuration[setting]?.array else {
      return [Float](repeating: Float(try layer.number(setting, otherwise: value)), count: channels)
    }
    let numbers = list.compactMap(\.number)
    guard numbers.count == list.count, numbers.count == channels else {
      throw layer.unsupported("“\(setting)” is not a number, or one for each of \(channels) channels")
    }
    return numbers.map { Float($0) }
  }

  // MARK: Pooling

  private mutating func maxPooling(_ layer: KerasLayer, _ input: Int) throws(ExportError) -> Int {
    try append(try pooling(.maxPooling, layer, input), for: layer, [input])
  }

  /// As a convolution that gives each channel the mean of its own values.
  private mutating func averagePooling(_ layer: KerasLayer, _ input: Int) throws(ExportError) -> Int {
    let source = shape(of: input)
    var new = try pooling(.convolution, layer, input)
    // Keras leaves the border out of its means.
    let hasNoBorder =
      new.padding == .valid
      || (new.window == new.stride && source.height % new.window.height == 0 && source.width % new.window.width == 0)
    try layer.require(
      "padding", hasNoBorder, "“same” can be imported where windows lie side by side and fill the input")
    new.padding = .valid
    new.units = source.channels
    new.hasBias = false
    let channels = Int(source.channels)
    let places = Int(new.window.height) * Int(new.window.width)
    guard channels <= 1024, places <= 1024 else { throw layer.unsupported("it is too large") }
    var kernel = [Float](repeating: 0, count: places * channels * channels)
    for place in 0..<places {
      for channel in 0..<channels { kernel[(place * channels + channel) * channels + channel] = 1 / Float(places) }
    }
    return try append(new, for: layer, [input], [kernel])
  }

  /// The window of a pooling layer.
  private func pooling(_ kind: Layer.Kind, _ layer: KerasLayer, _ input: Int) throws(ExportError) -> Layer {
    let isImage = layer.className.contains("2D")
    try requireRank(isImage ? 3 : 2, shape(of: input), layer)
    try layer.requireChannelsLast()
    var new = Layer(kind)
    new.window = try layer.extent("pool_size", isImage: isImage) ?? (isImage ? Layer.Extent(2, 2) : Layer.Extent(1, 2))
    new.stride = try layer.extent("strides", isImage: isImage) ?? new.window
    new.padding = try layer.padding()
    return new
  }

  private mutating func globalPooling(_ layer: KerasLayer, _ input: Int) throws(ExportError) -> Int {
    let source = shape(of: input)
    try requireRank(layer.className.contains("2D") ? 3 : 2, source, layer)
    try layer.requireChannelsLast()
    var new = Layer(.globalAveragePooling)
    if layer.className.contains("Max") {
      new = Layer(.maxPooling)
      new.window = Layer.Extent(Int(source.height), Int(source.width))
      new.stride = new.window
    }
    let pooled = try append(new, for: layer, [input])
    let channels = Int(source.channels)
    guard layer.flag("keepdims", otherwise: false) else { return try reshaped(layer, pooled, .features(channels)) }
    return try reshaped(
      layer, pooled, source.rank == 3 ? .image(1, 1, channels: channels) : .steps(1, channels: channels))
  }

  // MARK: Shapes

  /// The same values as another shape; no layer where it is the same shape.
  private mutating func reshaped(_ layer: KerasLayer, _ input: Int, _ target: Shape) throws(ExportError) -> Int {
    guard shape(of: input) != target else { return input }
    var new = Layer(target.rank == 1 ? .flatten : .reshape)
    if target.rank > 1 {
      new.units = target.channels
      new.window = Layer.Extent(target.rank < 3 ? 0 : Int(target.height), Int(target.width))
    }
    return try append(new, for: layer, [input])
  }

  private mutating func reshape(_ layer: KerasLayer, _ input: Int) throws(ExportError) -> Int {
    let count = shape(of: input).count
    var sizes = (layer.configuration["target_shape"]?.array ?? []).map { $0.integer ?? 0 }
    if let open = sizes.firstIndex(of: -1) {
      sizes[open] = 1
      guard let known = Shape(kerasSizes: sizes)?.count, known > 0 else {
        throw layer.unsupported("“target_shape” is not one to three sizes")
      }
      sizes[open] = count / known
    }
    guard let target = Shape(kerasSizes: sizes), target.count == count else {
      throw layer.unsupported("“target_shape” is not one to three sizes with \(count) values")
    }
    return try reshaped(layer, input, target)
  }

  /// Only where no value moves, as between 200×1 and 1×200.
  private mutating func permute(_ layer: KerasLayer, _ input: Int) throws(ExportError) -> Int {
    let sizes = shape(of: input).kerasSizes
    let order = (layer.configuration["dims"]?.array ?? []).map { ($0.integer ?? 0) - 1 }
    guard order.sorted() == Array(sizes.indices), let target = Shape(kerasSizes: order.map { sizes[$0] }) else {
      throw layer.unsupported("“dims” does not name every axis once")
    }
    let moved = order.filter { sizes[$0] > 1 }
    try layer.require("dims", moved == moved.sorted(), "axes of more than one value may not change their order")
    return try reshaped(layer, input, target)
  }

  // MARK: Values

  private mutating func dropout(_ layer: KerasLayer, _ input: Int) throws(ExportError) -> Int {
    let rate = Float(try layer.number("rate", otherwise: 0))
    guard layer.className == "Dropout", rate > 0, rate < 1 else { return input }
    var new = Layer(.dropout)
    new.dropoutRate = rate
    return try append(new, for: layer, [input])
  }

  private mutating func unitNormalization(_ layer: KerasLayer, _ input: Int) throws(ExportError) -> Int {
    let axes = layer.configuration["axis"].map { $0.array ?? [$0] } ?? [.integer(-1)]
    let isLast = axes.count == 1 && (axes[0].integer == -1 || axes[0].integer == Int(shape(of: input).rank))
    try layer.require("axis", isLast, "only the last can be imported")
    return try append(Layer(.unitNormalization), for: layer, [input])
  }

  private mutating func activate(_ layer: KerasLayer, _ input: Int, _ activation: Layer.Activation) throws(ExportError)
    -> Int
  {
    guard activation != .linear else { return input }
    var new = Layer(.activation)
    new.activation = activation
    return try append(new, for: layer, [input])
  }

  // MARK: Several inputs

  private mutating func concatenate(_ layer: KerasLayer, _ inputs: [Int]) throws(ExportError) -> Int {
    let axis = layer.configuration["axis"]?.integer ?? -1
    let rank = inputs.first.map { Int(shape(of: $0).rank) } ?? 0
    try layer.require("axis", axis == -1 || axis == rank, "only the last can be imported")
    return try join(.concatenate, layer, inputs)
  }

  /// Joins as many at a time as one layer of ours can.
  private mutating func join(_ kind: Layer.Kind, _ layer: KerasLayer, _ inputs: [Int]) throws(ExportError) -> Int {
    guard inputs.count > 1 else {
      throw layer.unsupported("it joins \(inputs.count) layers; there must be two or more")
    }
    var joined = Array(inputs.prefix(Layer.mostInputs))
    var rest = inputs.dropFirst(Layer.mostInputs)
    while true {
      let place = try append(Layer(kind), for: layer, joined)
      guard !rest.isEmpty else { return place }
      joined = [place] + rest.prefix(Layer.mostInputs - 1)
      rest = rest.dropFirst(Layer.mostInputs - 1)
    }
  }

  // MARK: The end

  /// Makes sure that the network gives one probability for each person.
  mutating func finish(_ last: KerasLayer, addsSoftmax: Bool) throws(ExportError) {
    guard let place = places[last.name], place == network.last, place >= 0 else {
      throw last.unsupported("nothing is computed behind it that could name a person")
    }
    guard shape(of: place).rank == 1 else {
      throw last.unsupported("the model's output has the shape \(shape(of: place)), not one value for each person")
    }
    if network.layers[place].activation != .softmax {
      guard addsSoftmax else {
        throw last.unsupported(
          "the model's output has no softmax; if it was trained on logits, have one added (--softmax)")
      }
      var softmax = Layer(.activation)
      softmax.activation = .softmax
      _ = try append(softmax, for: last, [place])
    }
    do throws(InvalidNetwork) { try network.check() } catch { throw last.unsupported(error.description) }
  }

  private func requireRank(_ rank: Int32, _ shape: Shape, _ layer: KerasLayer) throws(ExportError) {
    guard shape.rank == rank else {
      throw layer.unsupported("it needs \(rank == 3 ? "an image" : "steps"), but reads \(shape)")
    }
  }
}

extension Shape {
  /// A shape as Keras has it, without the batch; nil for one of other than one to three positive sizes.
  init?(kerasSizes sizes: [Int]) {
    guard sizes.allSatisfy({ $0 > 0 && $0 <= Shape.largestCount }) else { return nil }
    switch sizes.count {
    case 1: self = .features(sizes[0])
    case 2: self = .steps(sizes[0], channels: sizes[1])
    case 3: self = .image(sizes[0], sizes[1], channels: sizes[2])
    default: return nil
    }
  }

  /// As Keras has it, without the batch.
  public var kerasSizes: [Int] {
    switch rank {
    case 1: [Int(channels)]
    case 2: [Int(width), Int(channels)]
    default: [Int(height), Int(width), Int(channels)]
    }
  }
}

extension KerasLayer {
  /// Its name, as far as a model file can have it.
  fileprivate var nameInModelFiles: String {
    let plain = name.replacing("/", with: "_").prefix(60)
    // The input has a name of its own.
    return plain.isEmpty || plain == "." || plain == ".." || plain == "input_layer" ? "layer" : String(plain)
  }
}
