import ECGNetwork

/// A kernel of 8 bits, as `IntegerKernel` lays it out.
struct QuantizedKernel {
  var values: [Int8]
  /// Of each column; 1 for a column of zeros.
  var scales: [Float]
  /// Of each column's bytes.
  var sums: [Int32]

  /// Rounds each weight to the nearest of 255 multiples of its column's scale, which the column's largest weight is 127 times.
  ///
  /// - Parameter kernel: row-major, the columns varying fastest, as Keras has it.
  init(_ kernel: [Float], _ layout: IntegerKernel) {
    values = [Int8](repeating: 0, count: layout.count)
    scales = [Float](repeating: 0, count: layout.columns)
    sums = [Int32](repeating: 0, count: layout.columns)
    for column in 0..<layout.columns {
      var largest: Float = 0
      layout.forEachPlace(column) { place, _ in largest = max(largest, abs(kernel[place])) }
      // A scale so small that it is no number by which to divide holds zeros, too.
      let scale = largest / 127 < .leastNormalMagnitude ? 1 : largest / 127
      var sum: Int32 = 0
      layout.forEachPlace(column) { place, integerPlace in
        let value = Int8(max(-127, min(127, (kernel[place] / scale).rounded(.toNearestOrEven))))
        values[integerPlace] = value
        sum += Int32(value)
      }
      scales[column] = scale
      sums[column] = sum
    }
  }

  /// The weights that these bytes stand for, in Keras' places; zero where none act.
  static func weights(
    _ values: UnsafeBufferPointer<Int8>, scales: UnsafeBufferPointer<Float>, _ layout: IntegerKernel, count: Int
  ) -> [Float] {
    var kernel = [Float](repeating: 0, count: count)
    for column in 0..<layout.columns {
      layout.forEachPlace(column) { kernel[$0] = scales[column] * Float(values[$1]) }
    }
    return kernel
  }
}

extension IntegerKernel {
  /// The places of a column's values in Keras' kernel and in the int8 kernel.
  fileprivate func forEachPlace(_ column: Int, _ body: (_ place: Int, _ integerPlace: Int) -> Void) {
    for segment in 0..<segments {
      for index in 0..<depth {
        body(
          place(segment: segment, index: index, column: column),
          integerPlace(segment: segment, index: index, column: column))
      }
    }
  }
}

extension ModelContents {
  /// The same model with its kernels stored in another form; biases and everything else stay float32. The weights are not
  /// rounded until they are written, and the known answer is still that of the old ones.
  public func storingKernels(as storage: Layer.Storage) -> ModelContents {
    var model = self
    let layers = network.layers.map { layer in
      var layer = layer
      layer.storage = layer.hasKernels ? storage : .float32
      return layer
    }
    model.network = NetworkDescription(
      name: network.name, input: network.input, layers: layers, layerNames: network.layerNames)
    return model
  }

  /// How the kernels are stored, if not all as float32.
  public var compactStorage: Layer.Storage? { network.layers.map(\.storage).first { $0 != .float32 } }
}

/// Writes a tensor of a layer as the layer stores it. Float16 and float32 have Keras' shape.
func writeParameter(
  _ values: [Float], _ index: Int, of layer: Layer, _ parameter: Parameter, input: Shape, at path: String,
  to writer: HDF5Writer
) throws(ExportError) {
  switch layer.isKernel(index) ? layer.storage : .float32 {
  case .float32: try writer.dataset("\(path)/\(parameter.name):0", values, sizes(of: parameter))
  case .float16:
    let halves = values.map(Float16.init)
    guard halves.allSatisfy(\.isFinite) else {
      throw .content("“\(path)”: \(parameter.name) has values beyond ±65,504, the range of float16")
    }
    try writer.dataset("\(path)/\(parameter.name):0", halves, sizes(of: parameter))
  case .int8:
    guard let layout = try? layer.integerKernel(index, input: input) else {
      throw .content("“\(path)”: \(parameter.name) has too many values in a column for 8 bits: at most 65,536")
    }
    let kernel = QuantizedKernel(values, layout)
    try writer.dataset(
      "\(path)/\(parameter.name):0", kernel.values, [layout.segments, layout.groups, layout.columns, 4])
    try writer.dataset("\(path)/\(parameter.name)_scale:0", kernel.scales, [layout.columns])
    try writer.dataset("\(path)/\(parameter.name)_sum:0", kernel.sums, [layout.columns])
  }
}
