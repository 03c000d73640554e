import ECGCore

extension Layer {
  /// The shape of this layer's output for the shape of its input; for a layer that joins several, what `joined` makes of
  /// theirs.
  ///
  /// Throws `graph` when the two do not fit: a convolution over features, a window larger than a valid input,
  /// dense layers on images, sizes that are not positive or too large.
  public func outputShape(for input: Shape) throws(Status) -> Shape {
    var problem = NetworkFault.Problem.size
    guard let shape = inferShape(input, &problem) else { throw .graph }
    return shape
  }

  /// The shape of the output, or nil and the problem that there is none.
  func inferShape(_ input: Shape, _ problem: inout NetworkFault.Problem) -> Shape? {
    guard input.count > 0 else { return refuse(.size, &problem) }
    let output: Shape
    switch kind {
    case .convolution, .maxPooling:
      guard input.rank >= 2 else { return refuse(.needsSteps, &problem) }
      guard kind == .maxPooling || units > 0 else { return refuse(.units, &problem) }
      guard isWindowValid(input) else { return refuse(.window, &problem) }
      guard padding == .same || (input.height >= window.height && input.width >= window.width) else {
        return refuse(.windowExceedsInput, &problem)
      }
      output = Shape(
        Int(input.rank), positions(input.height, window.height, stride.height),
        positions(input.width, window.width, stride.width), Int(kind == .convolution ? units : input.channels))
    case .dense:
      guard input.rank <= 2 else { return refuse(.needsFeatures, &problem) }
      guard units > 0 else { return refuse(.units, &problem) }
      output = Shape(Int(input.rank), Int(input.height), Int(input.width), Int(units))
    case .flatten:
      output = .features(input.count)
    case .dropout:
      guard dropoutRate >= 0, dropoutRate < 1 else { return refuse(.dropoutRate, &problem) }
      output = input
    case .activation, .add, .concatenate, .unitNormalization:
      output = input
    case .batchNormalization:
      guard epsilon > 0, epsilon < .infinity, momentum >= 0, momentum <= 1 else {
        return refuse(.normalization, &problem)
      }
      output = input
    case .globalAveragePooling:
      guard input.rank >= 2 else { return refuse(.needsSteps, &problem) }
      output = .features(Int(input.channels))
    case .reshape:
      output = newShape
      guard output.count == input.count else { return refuse(.reshape, &problem) }
    case .lstm, .gru:
      guard input.rank == 2 else { return refuse(.needsSteps, &problem) }
      guard units > 0 else { return refuse(.units, &problem) }
      guard activation == .tanh, hasBias else { return refuse(.activation, &problem) }
      output = returnsSequences ? .steps(Int(input.width), channels: Int(units)) : .features(Int(units))
    }
    guard output.count > 0 else { return refuse(.size, &problem) }
    guard activation != .softmax || output.rank == 1 else { return refuse(.needsFeatures, &problem) }
    return output
  }

  /// The one shape that stands for two inputs of a layer that joins them: the same for both, or with the channels of
  /// both. Throws `graph` when they do not fit together.
  public func joined(_ first: Shape, _ next: Shape) throws(Status) -> Shape {
    guard first.rank == next.rank, first.height == next.height, first.width == next.width else { throw .graph }
    guard kind == .concatenate else {
      guard first == next else { throw .graph }
      return first
    }
    let (channels, overflow) = first.channels.addingReportingOverflow(next.channels)
    guard !overflow else { throw .graph }
    return Shape(rank: first.rank, height: first.height, width: first.width, channels: channels)
  }

  /// What `reshape` makes.
  private var newShape: Shape {
    if window.height != 0 { return Shape(rank: 3, height: window.height, width: window.width, channels: units) }
    if window.width != 0 { return Shape(rank: 2, height: 1, width: window.width, channels: units) }
    return Shape(rank: 1, height: 1, width: 1, channels: units)
  }

  private func refuse(_ reason: NetworkFault.Problem, _ problem: inout NetworkFault.Problem) -> Shape? {
    problem = reason
    return nil
  }

  private func isWindowValid(_ input: Shape) -> Bool {
    func isValid(_ size: Int32) -> Bool { size > 0 && size < 1 << 16 }
    return isValid(window.height) && isValid(window.width) && isValid(stride.height) && isValid(stride.width)
      && (input.rank == 3 || (window.height == 1 && stride.height == 1))
  }

  private func positions(_ size: Int32, _ window: Int32, _ stride: Int32) -> Int {
    switch padding {
    case .same: (Int(size) &+ Int(stride) &- 1) / Int(stride)
    case .valid: (Int(size) &- Int(window)) / Int(stride) &+ 1
    }
  }

  /// Zeros before the first value along height and width, for an `input` that `outputShape` accepts (Keras puts the
  /// odd one at the end).
  public func paddingBefore(_ input: Shape) -> Extent {
    guard padding == .same, isWindowValid(input) else { return Extent(0, 0) }
    func before(_ size: Int32, _ window: Int32, _ stride: Int32) -> Int {
      let total = (positions(size, window, stride) &- 1) &* Int(stride) &+ Int(window) &- Int(size)
      return total > 0 ? total / 2 : 0
    }
    return Extent(before(input.height, window.height, stride.height), before(input.width, window.width, stride.width))
  }
}
