import CECGKernels
import ECGNetwork

/// How a convolution is computed with fewer products than its direct sums have: its source, its kernel and its result
/// go through transforms between which they are multiplied. Tensors lie in blocks of 16 channels, kernels as in Keras.
protocol ConvolutionTransform {
  /// destination = source * kernel (+ bias) (then relu).
  func convolve(_ source: Tensor, kernel: Tensor, bias: Tensor?, isRelu: Bool, to destination: Tensor)

  /// Takes the memory that `differentiate` needs.
  mutating func prepareGradients(needsSourceGradient: Bool, layer: Int, _ builder: PlanBuilder) throws(TrainingError)

  /// The gradients of kernel, bias and, where it is given, source.
  func differentiate(
    _ gradient: Tensor, source: Tensor, kernel: ParameterTensor, bias: ParameterTensor?, sourceGradient: Tensor?)
}

/// How convolutions are computed; tests compare the ways with one another.
enum ConvolutionChoice {
  case fastest
  /// By oneDNN's direct sums.
  case direct
  /// By a transform wherever there is one.
  case transformed
}

/// A convolution that goes by a transform; bias, activation and memory formats are the same for all.
final class TransformedConvolutionOperation: Operation {
  private let layer: Int
  private let source: Tensor
  private let conversion: Primitive?
  private let weights: ParameterTensor
  private let bias: ParameterTensor?
  private let isRelu: Bool
  private let activationStep: Primitive?
  private let activation: Layer.Activation
  private var transform: any ConvolutionTransform

  private var activationGradient: ActivationGradient?
  private var gradient: Tensor?
  private var gradientConversion: Primitive?
  private var sourceGradient: Tensor?

  /// Nil where direct sums are faster.
  init?(
    _ layer: Int, in network: CheckedNetwork, input: Tensor, fused: Layer.Activation,
    differentiated: Layer.Activation, _ builder: PlanBuilder
  ) throws(TrainingError) {
    let (from, to, convolution) = (network.inputShape(of: layer), network.outputs[layer], network.layers[layer])
    let (inputs, outputs) = (Int(from.channels), Int(to.channels))
    // Transforms work on blocks of 16 channels, in the registers of AVX-512.
    guard builder.convolutions != .direct, ecg_winograd_is_fast() != 0, convolution.stride == .init(1, 1),
      inputs % 16 == 0, outputs % 16 == 0
    else {
      return nil
    }
    if let winograd = try WinogradTransform(layer, in: network, builder) {
      transform = winograd
    } else if let spectral = try SpectralTransform(layer, in: network, builder) {
      transform = spectral
    } else {
      return nil
    }
    self.layer = layer
    activation = differentiated
    let library = builder.library
    (source, conversion) = try builder.converted(input, to: .blocked(builder.batch, from), layer: layer, "source")
    // Keras' layout.
    let (height, width) = (Int(convolution.window.height), Int(convolution.window.width))
    weights = try builder.parameter(
      layer, 0,
      prefers: .strided(
        [outputs, inputs, height, width], [1, outputs, width * inputs * outputs, inputs * outputs]))
    bias = convolution.hasBias ? try builder.parameter(layer, 1, prefers: .plain([outputs])) : nil
    let output = try builder.activation(.blocked(builder.batch, to), layer: layer)
    isRelu = fused == .relu
    activationStep =
      fused == .relu || fused == .linear
      ? nil
      : try library.primitive(library.activation(fused, output.format), [(.source, output), (.destination, output)])
    super.init(output: output)
  }

  override var learns: Bool { true }

  override func forward(_ pass: Pass) throws(TrainingError) {
    try conversion?.run()
    transform.convolve(source, kernel: weights.value, bias: bias?.value, isRelu: isRelu, to: output)
    try activationStep?.run()
  }

  override func buildBackward(_ outputGradient: Tensor, needsInputGradient: Bool, _ builder: PlanBuilder)
    throws(TrainingError) -> Tensor?
  {
    let activationGradient = try ActivationGradient(
      activation, output: output, gradient: outputGradient, layer: layer, builder)
    self.activationGradient = activationGradient
    (gradient, gradientConversion) = try builder.converted(
      activationGradient.gradient, to: output.format, layer: layer, "blocked gradient")
    try transform.prepareGradients(needsSourceGradient: needsInputGradient, layer: layer, builder)
    sourceGradient = needsInputGradient ? try builder.gradient(source.format) : nil
    return sourceGradient
  }

  override func backward(_ pass: Pass) throws(TrainingError) {
    guard let gradient else { return }
    try activationGradient?.run()
    try gradientConversion?.run()
    transform.differentiate(gradient, source: source, kernel: weights, bias: bias, sourceGradient: sourceGradient)
  }
}
