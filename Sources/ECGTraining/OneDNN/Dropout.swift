import CECGKernels
import ECGNetwork

/// Inverted dropout (Srivastava et al. 2014): while training, each value is zeroed with probability `rate` and the
/// others divided by 1 − rate; otherwise values pass.
///
/// The mask is a hash of seed, layer and position, so nothing is stored, and the same seed gives the same mask.
final class DropoutOperation: Operation {
  private let layer: Int
  private let input: Tensor
  private let threshold: UInt32
  private let scale: Float
  private var gradient: Tensor?

  init(rate: Float, layer: Int, input: Tensor, _ builder: PlanBuilder) throws(TrainingError) {
    self.layer = layer
    self.input = input
    threshold = UInt32(Double(rate) * 0x1p32)
    scale = 1 / (1 - rate)
    super.init(output: try builder.activation(input.format, layer: layer))
  }

  override func forward(_ pass: Pass) throws(TrainingError) {
    mask(from: input, to: output, pass)
  }

  override func buildBackward(_ outputGradient: Tensor, needsInputGradient: Bool, _ builder: PlanBuilder)
    throws(TrainingError) -> Tensor?
  {
    precondition(outputGradient.format == output.format)
    gradient = outputGradient
    return outputGradient
  }

  override func backward(_ pass: Pass) throws(TrainingError) {
    guard let gradient else { return }
    mask(from: gradient, to: gradient, pass)
  }

  private func mask(from source: Tensor, to destination: Tensor, _ pass: Pass) {
    let key = UInt32(truncatingIfNeeded: mixed(pass.dropoutSeed, UInt64(layer)) >> 32)
    let threshold = pass.isTraining ? threshold : 0
    let scale = pass.isTraining ? scale : 1
    let (x, y) = (source.floats.baseAddress!, destination.floats.baseAddress!)
    Workers.split(source.floats.count, grain: 4096) { range in
      let start = range.lowerBound
      ecg_dropout(
        y + start, x + start, range.count, key, UInt32(truncatingIfNeeded: start), threshold, scale)
    }
  }
}
