import CECGKernels
import ECGNetwork

/// Which values one dropout layer zeroes in one step: a hash of seed, layer and position, so that nothing is stored,
/// and the same seed gives the same mask again.
struct DropoutMask {
  private let key: UInt32
  private let threshold: UInt32
  private let scale: Float

  init(rate: Float, seed: UInt64, layer: Int) {
    key = UInt32(truncatingIfNeeded: mixed(seed, UInt64(layer)) >> 32)
    threshold = UInt32(Double(rate) * 0x1p32)
    scale = 1 / (1 - rate)
  }

  /// Zeroes the masked values and scales the others; `destination` may be `source`.
  func apply(from source: UnsafePointer<Float>, to destination: UnsafeMutablePointer<Float>, count: Int) {
    Workers.split(count, grain: 4096) { range in
      let start = range.lowerBound
      ecg_dropout(
        destination + start, source + start, range.count, key, UInt32(truncatingIfNeeded: start), threshold, scale)
    }
  }

  func apply(from source: [Float], to destination: inout [Float]) {
    apply(from: source, to: &destination, count: source.count)
  }
}

/// Inverted dropout (Srivastava et al. 2014): while training, each value is zeroed with probability `rate` and the
/// others divided by 1 − rate; otherwise values pass.
final class DropoutOperation: Operation {
  private let rate: Float
  private let layer: Int
  private let input: Tensor
  private var gradient: Tensor?
  private var conversion: Primitive?

  init(rate: Float, layer: Int, input: Tensor, _ builder: PlanBuilder) throws(TrainingError) {
    self.rate = rate
    self.layer = layer
    self.input = input
    super.init(output: try builder.activation(input.format, layer: layer))
  }

  override func forward(_ pass: Pass) throws(TrainingError) {
    mask(pass).apply(from: input.floats.baseAddress!, to: output.floats.baseAddress!, count: input.floats.count)
  }

  override func buildBackward(_ outputGradient: Tensor, needsInputGradient: Bool, _ builder: PlanBuilder)
    throws(TrainingError) -> Tensor?
  {
    // Mask and gradient must lie in the same order.
    let (gradient, conversion) = try builder.converted(outputGradient, to: output.format, layer: layer, "gradient")
    self.gradient = gradient
    self.conversion = conversion
    return gradient
  }

  override func backward(_ pass: Pass) throws(TrainingError) {
    guard let values = gradient?.floats else { return }
    try conversion?.run()
    mask(pass).apply(from: values.baseAddress!, to: values.baseAddress!, count: values.count)
  }

  private func mask(_ pass: Pass) -> DropoutMask {
    DropoutMask(rate: pass.isTraining ? rate : 0, seed: pass.dropoutSeed, layer: layer)
  }
}
