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
  /// rank 3; dense kernels are (inputs, outputs).
  public let sizes: (Int, Int, Int, Int)
  /// Whether the layer's l2 penalty counts it, and the initialiser draws it (others begin at zero).
  public let isKernel: Bool

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
    case .maxPooling, .flatten, .dropout, .activation: 0
    }
  }

  /// The tensor at `index` (below `parameterCount`) for a layer that reads `input`; throws `graph` when its size is
  /// not positive or exceeds `Shape.largestCount`.
  public func parameter(_ index: Int, input: Shape) throws(Status) -> Parameter {
    guard index >= 0, index < parameterCount else { throw .graph }
    if index == 1 {
      return Parameter(name: "bias", rank: 1, sizes: (Int(units), 1, 1, 1), isKernel: false)
    }
    let height = Int(window.height)
    let width = Int(window.width)
    let channels = Int(input.channels)
    let filters = Int(units)
    let parameter: Parameter
    switch (kind, input.rank) {
    case (.dense, _):
      parameter = Parameter(name: "kernel", rank: 2, sizes: (input.count, filters, 1, 1), isKernel: true)
    case (_, 2):
      parameter = Parameter(name: "kernel", rank: 3, sizes: (width, channels, filters, 1), isKernel: true)
    default:
      parameter = Parameter(name: "kernel", rank: 4, sizes: (height, width, channels, filters), isKernel: true)
    }
    guard parameter.isWithinLimits else { throw .graph }
    return parameter
  }
}
