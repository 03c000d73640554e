#if !hasFeature(Embedded)
  /// One call for each of Keras' layers, with Keras' defaults. Sizes that no network can have are found by `check()`.
  extension NetworkDescription {
    /// A 2-D convolution over an image, as Keras' `Conv2D`.
    public mutating func convolution(
      filters: Int, window: (Int, Int), stride: (Int, Int) = (1, 1), padding: Layer.Padding = .valid,
      activation: Layer.Activation = .linear, initializer: Layer.Initializer = .glorotUniform, l2: Float = 0
    ) {
      var layer = Layer(.convolution)
      layer.units = Int32(clamping: filters)
      layer.window = Layer.Extent(window.0, window.1)
      layer.stride = Layer.Extent(stride.0, stride.1)
      layer.padding = padding
      layer.activation = activation
      layer.initializer = initializer
      layer.l2 = l2
      append(layer, base: input.rank == 2 ? "conv1d" : "conv2d")
    }

    /// A 1-D convolution over steps, as Keras' `Conv1D`.
    public mutating func convolution(
      filters: Int, window: Int, stride: Int = 1, padding: Layer.Padding = .valid,
      activation: Layer.Activation = .linear, initializer: Layer.Initializer = .glorotUniform, l2: Float = 0
    ) {
      convolution(
        filters: filters, window: (1, window), stride: (1, stride), padding: padding, activation: activation,
        initializer: initializer, l2: l2)
    }

    /// The largest value of each window, as Keras' `MaxPooling2D`; without a `stride` the windows lie side by side.
    public mutating func maxPooling(
      window: (Int, Int), stride: (Int, Int)? = nil, padding: Layer.Padding = .valid
    ) {
      var layer = Layer(.maxPooling)
      let stride = stride ?? window
      layer.window = Layer.Extent(window.0, window.1)
      layer.stride = Layer.Extent(stride.0, stride.1)
      layer.padding = padding
      append(layer, base: input.rank == 2 ? "max_pooling1d" : "max_pooling2d")
    }

    /// The largest value of each window of steps, as Keras' `MaxPooling1D`.
    public mutating func maxPooling(window: Int, stride: Int? = nil, padding: Layer.Padding = .valid) {
      maxPooling(window: (1, window), stride: (1, stride ?? window), padding: padding)
    }

    /// All values as features, row-major, the channels varying fastest.
    public mutating func flatten() { append(Layer(.flatten), base: "flatten") }

    /// Sets the share `rate` of values to zero while training and scales the others by 1 / (1 − rate).
    public mutating func dropout(rate: Float) {
      var layer = Layer(.dropout)
      layer.dropoutRate = rate
      append(layer, base: "dropout")
    }

    /// A sum of all features for each unit, as Keras' `Dense`.
    public mutating func dense(
      units: Int, activation: Layer.Activation = .linear, initializer: Layer.Initializer = .glorotUniform,
      l2: Float = 0
    ) {
      var layer = Layer(.dense)
      layer.units = Int32(clamping: units)
      layer.activation = activation
      layer.initializer = initializer
      layer.l2 = l2
      append(layer, base: "dense")
    }

    /// A function of each value, or softmax over the features, as a layer of its own.
    public mutating func activation(_ activation: Layer.Activation) {
      var layer = Layer(.activation)
      layer.activation = activation
      append(layer, base: "activation")
    }
  }
#endif
