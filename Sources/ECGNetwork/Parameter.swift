import ECGCore

/// One tensor that a layer learns: its name and dimensions are those of Keras, so the file, the initialiser, the
/// optimiser and the forward pass all agree on them.
public struct Parameter: Sendable {
  /// Keras' name without the `:0`, for example "kernel".
  public let name: StaticString
  public let rank: Int
  /// Sizes, row-major, the last varying fastest; those beyond `rank` are 1.
  ///
  /// Convolution kernels are (height, width, input channels, filters) in rank 4, (width, input channels, filters) in
  /// rank 3; dense kernels are (inputs, outputs); recurrent layers have (inputs, gates × units), (units, gates × units)
  /// and a bias of (gates × units), of GRUs (2, gates × units): one for the inputs, one for the recurrence.
  public let sizes: (Int, Int, Int, Int)
  public let start: Start

  /// What it holds before training. (An enumeration without numbers would bring hashing into the embedded library.)
  public enum Start: Int32, Sendable, BitwiseCopyable {
    /// What the layer's initialiser draws.
    case drawn
    /// Rows of a random orthogonal matrix.
    case orthogonal
    case zero
    case one
    /// One for the forget gate of an LSTM, so that it remembers at first, zero for the others.
    case forgetGate
  }

  /// Whether the layer's l2 penalty counts it.
  public var isKernel: Bool { start == .drawn }

  /// Whether it follows a gradient; the moving averages of batch normalisation do not.
  public let isLearned: Bool

  init(_ name: StaticString, _ start: Start, _ rank: Int, _ sizes: (Int, Int, Int, Int), isLearned: Bool = true) {
    self.name = name
    self.start = start
    self.rank = rank
    self.sizes = sizes
    self.isLearned = isLearned
  }

  public var count: Int { sizes.0 &* sizes.1 &* sizes.2 &* sizes.3 }

  var isWithinLimits: Bool {
    func product(_ count: Int, _ size: Int) -> Int {
      count > 0 && size > 0 && count <= Shape.largestCount / size ? count &* size : 0
    }
    return product(product(product(product(1, sizes.0), sizes.1), sizes.2), sizes.3) > 0
  }
}

extension Layer {
  /// The most tensors that any layer learns.
  public static var mostParameters: Int { 6 }

  public var parameterCount: Int {
    switch kind {
    case .convolution, .dense: hasBias ? 2 : 1
    case .batchNormalization: 4
    case .lstm, .gru: 3
    case .maxPooling, .flatten, .dropout, .activation, .globalAveragePooling, .reshape, .add, .concatenate,
      .unitNormalization:
      0
    }
  }

  /// The tensor at `index` (below `parameterCount`) for a layer that reads `input`; throws `graph` when its size is
  /// not positive or exceeds `Shape.largestCount`.
  public func parameter(_ index: Int, input: Shape) throws(Status) -> Parameter {
    guard index >= 0, index < parameterCount else { throw .graph }
    let parameter =
      switch kind {
      case .batchNormalization: normalizationParameter(index, Int(input.channels))
      case .lstm: recurrentParameter(index, Int(input.channels), gates: 4)
      case .gru: recurrentParameter(index, Int(input.channels), gates: 3)
      default: index == 1 ? Parameter("bias", .zero, 1, (Int(units), 1, 1, 1)) : kernel(input)
      }
    guard parameter.isWithinLimits else { throw .graph }
    return parameter
  }

  private func kernel(_ input: Shape) -> Parameter {
    let (height, width) = (Int(window.height), Int(window.width))
    let (channels, filters) = (Int(input.channels), Int(units))
    return switch (kind, input.rank) {
    case (.dense, _): Parameter("kernel", .drawn, 2, (channels, filters, 1, 1))
    case (_, 2): Parameter("kernel", .drawn, 3, (width, channels, filters, 1))
    default: Parameter("kernel", .drawn, 4, (height, width, channels, filters))
    }
  }

  private func normalizationParameter(_ index: Int, _ channels: Int) -> Parameter {
    let sizes = (channels, 1, 1, 1)
    return switch index {
    case 0: Parameter("gamma", .one, 1, sizes)
    case 1: Parameter("beta", .zero, 1, sizes)
    case 2: Parameter("moving_mean", .zero, 1, sizes, isLearned: false)
    default: Parameter("moving_variance", .one, 1, sizes, isLearned: false)
    }
  }

  private func recurrentParameter(_ index: Int, _ inputs: Int, gates: Int) -> Parameter {
    let columns = gates &* Int(units)
    return switch (index, gates) {
    case (0, _): Parameter("kernel", .drawn, 2, (inputs, columns, 1, 1))
    case (1, _): Parameter("recurrent_kernel", .orthogonal, 2, (Int(units), columns, 1, 1))
    case (_, 4): Parameter("bias", .forgetGate, 1, (columns, 1, 1, 1))
    default: Parameter("bias", .zero, 2, (2, columns, 1, 1))
    }
  }
}
