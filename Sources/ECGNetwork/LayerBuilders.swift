#if !hasFeature(Embedded)
  /// One call for each of Keras' layers, with Keras' defaults. `of` names the layer to read, the last one if it is left
  /// out; the result is the new layer's number. Sizes that no network can have are found by `check()`.
  extension NetworkDescription {
    /// A 2-D convolution over an image, as Keras' `Conv2D`.
    @discardableResult
    public mutating func convolution(
      filters: Int, window: (Int, Int), stride: (Int, Int) = (1, 1), padding: Layer.Padding = .valid,
      activation: Layer.Activation = .linear, hasBias: Bool = true, initializer: Layer.Initializer = .glorotUniform,
      l2: Float = 0, of source: Int? = nil
    ) -> Int {
      var layer = Layer(.convolution)
      layer.units = Int32(clamping: filters)
      layer.window = Layer.Extent(window.0, window.1)
      layer.stride = Layer.Extent(stride.0, stride.1)
      layer.padding = padding
      layer.activation = activation
      layer.hasBias = hasBias
      layer.initializer = initializer
      layer.l2 = l2
      return append(layer, base: "conv\(dimensions(of: source))d", of: source)
    }

    /// A 1-D convolution over steps, as Keras' `Conv1D`.
    @discardableResult
    public mutating func convolution(
      filters: Int, window: Int, stride: Int = 1, padding: Layer.Padding = .valid,
      activation: Layer.Activation = .linear, hasBias: Bool = true, initializer: Layer.Initializer = .glorotUniform,
      l2: Float = 0, of source: Int? = nil
    ) -> Int {
      convolution(
        filters: filters, window: (1, window), stride: (1, stride), padding: padding, activation: activation,
        hasBias: hasBias, initializer: initializer, l2: l2, of: source)
    }

    /// The largest value of each window, as Keras' `MaxPooling2D`; without a `stride` the windows lie side by side.
    @discardableResult
    public mutating func maxPooling(
      window: (Int, Int), stride: (Int, Int)? = nil, padding: Layer.Padding = .valid, of source: Int? = nil
    ) -> Int {
      var layer = Layer(.maxPooling)
      let stride = stride ?? window
      layer.window = Layer.Extent(window.0, window.1)
      layer.stride = Layer.Extent(stride.0, stride.1)
      layer.padding = padding
      return append(layer, base: "max_pooling\(dimensions(of: source))d", of: source)
    }

    /// The largest value of each window of steps, as Keras' `MaxPooling1D`.
    @discardableResult
    public mutating func maxPooling(
      window: Int, stride: Int? = nil, padding: Layer.Padding = .valid, of source: Int? = nil
    ) -> Int {
      maxPooling(window: (1, window), stride: (1, stride ?? window), padding: padding, of: source)
    }

    /// The mean over all steps or places, for each channel, as Keras' `GlobalAveragePooling1D` and `…2D`.
    @discardableResult
    public mutating func globalAveragePooling(of source: Int? = nil) -> Int {
      append(Layer(.globalAveragePooling), base: "global_average_pooling\(dimensions(of: source))d", of: source)
    }

    /// All values as features, row-major, the channels varying fastest.
    @discardableResult
    public mutating func flatten(of source: Int? = nil) -> Int { append(Layer(.flatten), base: "flatten", of: source) }

    /// The same values, row-major, as another shape.
    @discardableResult
    public mutating func reshape(_ shape: Shape, of source: Int? = nil) -> Int {
      var layer = Layer(.reshape)
      layer.units = shape.channels
      layer.window.height = shape.rank < 3 ? 0 : shape.height
      layer.window.width = shape.rank < 2 ? 0 : shape.width
      return append(layer, base: "reshape", of: source)
    }

    /// Sets the share `rate` of values to zero while training and scales the others by 1 / (1 − rate).
    @discardableResult
    public mutating func dropout(rate: Float, of source: Int? = nil) -> Int {
      var layer = Layer(.dropout)
      layer.dropoutRate = rate
      return append(layer, base: "dropout", of: source)
    }

    /// A sum of all features for each unit, as Keras' `Dense`; over steps, of each step's channels.
    @discardableResult
    public mutating func dense(
      units: Int, activation: Layer.Activation = .linear, hasBias: Bool = true,
      initializer: Layer.Initializer = .glorotUniform, l2: Float = 0, of source: Int? = nil
    ) -> Int {
      var layer = Layer(.dense)
      layer.units = Int32(clamping: units)
      layer.activation = activation
      layer.hasBias = hasBias
      layer.initializer = initializer
      layer.l2 = l2
      return append(layer, base: "dense", of: source)
    }

    /// A function of each value, or softmax over the features, as a layer of its own.
    @discardableResult
    public mutating func activation(_ activation: Layer.Activation, of source: Int? = nil) -> Int {
      var layer = Layer(.activation)
      layer.activation = activation
      return append(layer, base: "activation", of: source)
    }

    /// Each channel with mean 0 and variance 1 over the batch, then scaled and moved as learned (Ioffe and Szegedy 2015).
    @discardableResult
    public mutating func batchNormalization(
      momentum: Float = 0.99, epsilon: Float = 1e-3, of source: Int? = nil
    ) -> Int {
      var layer = Layer(.batchNormalization)
      layer.momentum = momentum
      layer.epsilon = epsilon
      return append(layer, base: "batch_normalization", of: source)
    }

    /// Values of length 1 over the channels, as Keras' `UnitNormalization`.
    @discardableResult
    public mutating func unitNormalization(of source: Int? = nil) -> Int {
      append(Layer(.unitNormalization), base: "unit_normalization", of: source)
    }

    /// Keras' `LSTM`: the values behind the last step, or behind each.
    @discardableResult
    public mutating func lstm(units: Int, returnsSequences: Bool = false, of source: Int? = nil) -> Int {
      recurrent(.lstm, "lstm", units, returnsSequences, source)
    }

    /// Keras' `GRU` with its `reset_after`: the values behind the last step, or behind each.
    @discardableResult
    public mutating func gru(units: Int, returnsSequences: Bool = false, of source: Int? = nil) -> Int {
      recurrent(.gru, "gru", units, returnsSequences, source)
    }

    private mutating func recurrent(
      _ kind: Layer.Kind, _ base: String, _ units: Int, _ returnsSequences: Bool, _ source: Int?
    ) -> Int {
      var layer = Layer(kind)
      layer.units = Int32(clamping: units)
      layer.activation = .tanh
      layer.returnsSequences = returnsSequences
      return append(layer, base: base, of: source)
    }

    /// The sum of two to four layers' values.
    @discardableResult
    public mutating func add(_ sources: [Int]) -> Int { append(Layer(.add), base: "add", inputs: sources) }

    /// The channels of two to four layers, one layer's behind the other's.
    @discardableResult
    public mutating func concatenate(_ sources: [Int]) -> Int {
      append(Layer(.concatenate), base: "concatenate", inputs: sources)
    }

    private mutating func append(_ layer: Layer, base: String, of source: Int?) -> Int {
      append(layer, base: base, inputs: source.map { [$0] } ?? [])
    }

    /// 1 where `source` puts out steps, 2 for an image: part of Keras' names.
    private func dimensions(of source: Int?) -> Int {
      var source = source ?? last
      while layers.indices.contains(source) {
        let layer = layers[source]
        if layer.kind == .reshape { return layer.window.height == 0 ? 1 : 2 }
        if layer.kind == .lstm || layer.kind == .gru { return 1 }
        guard Int(layer.input) < source else { break }
        source = Int(layer.input)
      }
      return input.rank == 2 ? 1 : 2
    }
  }
#endif
