import ECGCore

extension Layer {
  /// The shape of this layer's output for the shape of its input.
  ///
  /// Throws `graph` when the two do not fit: a convolution over features, a window larger than a valid input,
  /// dense layers on images, sizes that are not positive or too large.
  public func outputShape(for input: Shape) throws(Status) -> Shape {
    guard input.count > 0 else { throw .graph }
    let output: Shape
    switch kind {
    case .convolution:
      guard input.rank >= 2, units > 0 else { throw .graph }
      output = try windowed(input, channels: Int(units))
    case .maxPooling:
      guard input.rank >= 2 else { throw .graph }
      output = try windowed(input, channels: Int(input.channels))
    case .dense:
      guard input.rank == 1, units > 0 else { throw .graph }
      output = .features(Int(units))
    case .flatten:
      output = .features(input.count)
    case .dropout:
      guard dropoutRate >= 0, dropoutRate < 1 else { throw .graph }
      output = input
    case .activation:
      output = input
    }
    guard output.count > 0 else { throw .graph }
    if activation == .softmax && output.rank != 1 { throw .graph }
    return output
  }

  private func windowed(_ input: Shape, channels: Int) throws(Status) -> Shape {
    if input.rank == 2 && (window.height != 1 || stride.height != 1) { throw .graph }
    let height = try positions(input.height, window.height, stride.height)
    let width = try positions(input.width, window.width, stride.width)
    return Shape(Int(input.rank), height, width, channels)
  }

  private func positions(_ size: Int32, _ window: Int32, _ stride: Int32) throws(Status) -> Int {
    guard window > 0, stride > 0, window < 1 << 16, stride < 1 << 16 else { throw .graph }
    switch padding {
    case .same: return (Int(size) &+ Int(stride) &- 1) / Int(stride)
    case .valid:
      guard size >= window else { throw .graph }
      return (Int(size) &- Int(window)) / Int(stride) &+ 1
    }
  }

  /// Zeros before the first value along height and width, for `input` (Keras puts the odd one at the end).
  public func paddingBefore(_ input: Shape) -> Extent {
    guard padding == .same else { return Extent(0, 0) }
    func before(_ size: Int32, _ window: Int32, _ stride: Int32) -> Int {
      let positions = (Int(size) &+ Int(stride) &- 1) / Int(stride)
      let total = (positions &- 1) &* Int(stride) &+ Int(window) &- Int(size)
      return total > 0 ? total / 2 : 0
    }
    return Extent(before(input.height, window.height, stride.height), before(input.width, window.width, stride.width))
  }
}
