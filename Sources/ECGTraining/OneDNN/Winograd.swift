import CECGKernels
import ECGNetwork

/// 5×5 convolution by Winograd's minimal filtering, about twice as fast as oneDNN's direct sums and as exact.
final class WinogradOperation: Operation {
  private let layer: Int
  private let shape: ecg_winograd_shape
  /// The convolution that takes gradients back.
  private let turnedShape: ecg_winograd_shape
  private let batch: Int
  private let source: Tensor
  private let conversion: Primitive?
  private let weights: ParameterTensor
  private let bias: ParameterTensor?
  private let isRelu: Bool
  private let activationStep: Primitive?
  private let activation: Layer.Activation
  /// Transformed kernels, and per thread scratch memory and sums of gradients.
  private let kernel: UnsafeMutablePointer<Float>
  private let scratch: UnsafeMutablePointer<Float>
  private let scratchCount: Int
  private var turnedKernel: UnsafeMutablePointer<Float>?
  private var sums: UnsafeMutablePointer<Float>?

  private var activationGradient: ActivationGradient?
  private var gradient: Tensor?
  private var gradientConversion: Primitive?
  private var sourceGradient: Tensor?

  static var isFast: Bool { ecg_winograd_is_fast() != 0 }

  /// Whether the layer has the kernel size and the numbers of channels for it.
  static func computes(_ layer: Int, in network: CheckedNetwork) -> Bool {
    let (convolution, input, output) = (network.layers[layer], network.inputShape(of: layer), network.outputs[layer])
    return convolution.window == .init(5, 5) && convolution.stride == .init(1, 1) && input.channels % 16 == 0
      && output.channels % 16 == 0
  }

  init(
    _ layer: Int, in network: CheckedNetwork, input: Tensor, fused: Layer.Activation,
    differentiated: Layer.Activation, _ builder: PlanBuilder
  ) throws(TrainingError) {
    self.layer = layer
    activation = differentiated
    batch = builder.batch
    let library = builder.library
    let (from, to, convolution) = (network.inputShape(of: layer), network.outputs[layer], network.layers[layer])
    let before = convolution.padding == .same ? 2 : 0
    let (inputs, outputs) = (Int(from.channels), Int(to.channels))
    shape = ecg_winograd_shape(
      in_channels: inputs, in_height: Int(from.height), in_width: Int(from.width), out_channels: outputs,
      out_height: Int(to.height), out_width: Int(to.width), before: before)
    turnedShape = ecg_winograd_shape(
      in_channels: outputs, in_height: Int(to.height), in_width: Int(to.width), out_channels: inputs,
      out_height: Int(from.height), out_width: Int(from.width), before: 4 - before)
    (source, conversion) = try builder.converted(input, to: .blocked(batch, from), layer: layer, "source")
    // Keras' layout.
    weights = try builder.parameter(
      layer, 0, prefers: .strided([outputs, inputs, 5, 5], [1, outputs, 5 * inputs * outputs, inputs * outputs]))
    bias = convolution.hasBias ? try builder.parameter(layer, 1, prefers: .plain([outputs])) : nil
    let output = try builder.activation(.blocked(batch, to), layer: layer)
    isRelu = fused == .relu
    activationStep =
      fused == .relu || fused == .linear
      ? nil
      : try library.primitive(library.activation(fused, output.format), [(.source, output), (.destination, output)])
    kernel = try builder.memory(floats: 36 * inputs * outputs, layer: layer, "transformed kernel")
    scratchCount = withUnsafePointer(to: shape) { ecg_winograd_scratch($0) }
    scratch = try builder.memory(floats: scratchCount * Workers.count, layer: layer, "scratch")
    super.init(output: output)
  }

  override var learns: Bool { true }

  /// Calls `body` with a part of the images and its number, one part a thread, always the same parts.
  private func divided(_ body: (_ images: Range<Int>, _ part: Int) -> Void) {
    let parts = Workers.count
    Workers.split(parts, grain: 1) { range in
      for part in range { body(batch * part / parts..<batch * (part + 1) / parts, part) }
    }
  }

  private func convolve(
    _ shape: ecg_winograd_shape, _ source: Tensor, _ kernel: UnsafeMutablePointer<Float>, bias: Tensor?, isRelu: Bool,
    to destination: Tensor
  ) {
    let (from, to) = (source.floats.baseAddress!, destination.floats.baseAddress!)
    let sourceCount = shape.in_channels * shape.in_height * shape.in_width
    let destinationCount = shape.out_channels * shape.out_height * shape.out_width
    divided { images, part in
      withUnsafePointer(to: shape) { shape in
        ecg_winograd_convolve(
          shape, from + images.lowerBound * sourceCount, kernel, bias?.floats.baseAddress, isRelu ? 1 : 0,
          to + images.lowerBound * destinationCount, images.count, scratch + part * scratchCount)
      }
    }
  }

  override func forward(_ pass: Pass) throws(TrainingError) {
    try conversion?.run()
    ecg_winograd_kernel(weights.value.floats.baseAddress!, kernel, shape.in_channels, shape.out_channels, 0)
    convolve(shape, source, kernel, bias: bias?.value, isRelu: isRelu, to: output)
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
    let count = 36 * shape.in_channels * shape.out_channels + shape.out_channels
    sums = try builder.memory(floats: count * Workers.count, layer: layer, "sums")
    guard needsInputGradient else { return nil }
    turnedKernel = try builder.memory(
      floats: 36 * shape.in_channels * shape.out_channels, layer: layer, "turned kernel")
    sourceGradient = try builder.gradient(source.format)
    return sourceGradient
  }

  override func backward(_ pass: Pass) throws(TrainingError) {
    guard let gradient, let sums else { return }
    try activationGradient?.run()
    try gradientConversion?.run()
    correlate(gradient, sums)
    guard let sourceGradient, let turnedKernel else { return }
    ecg_winograd_kernel(weights.value.floats.baseAddress!, turnedKernel, shape.in_channels, shape.out_channels, 1)
    convolve(turnedShape, gradient, turnedKernel, bias: nil, isRelu: false, to: sourceGradient)
  }

  /// Each thread sums over its images; the sums are added in the order of the threads, which keeps the bits the same.
  private func correlate(_ gradient: Tensor, _ sums: UnsafeMutablePointer<Float>) {
    let (from, behind) = (source.floats.baseAddress!, gradient.floats.baseAddress!)
    let sourceCount = shape.in_channels * shape.in_height * shape.in_width
    let gradientCount = shape.out_channels * shape.out_height * shape.out_width
    let sumCount = 36 * shape.in_channels * shape.out_channels
    let stride = sumCount + shape.out_channels
    divided { images, part in
      let sum = sums + part * stride
      sum.update(repeating: 0, count: stride)
      withUnsafePointer(to: shape) { shape in
        ecg_winograd_correlate(
          shape, from + images.lowerBound * sourceCount, behind + images.lowerBound * gradientCount, sum,
          sum + sumCount, images.count, scratch + part * scratchCount)
      }
    }
    for part in 1..<max(1, Workers.count) {
      for i in 0..<stride { sums[i] += sums[part * stride + i] }
    }
    ecg_winograd_kernel_gradient(sums, weights.gradient.floats.baseAddress!, shape.in_channels, shape.out_channels)
    if let bias { bias.gradient.floats.baseAddress!.update(from: sums + sumCount, count: shape.out_channels) }
  }
}
