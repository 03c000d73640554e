import CECGKernels
import ECGNetwork

/// A convolution of a few channels, which oneDNN would pad to 16: with the kernel that devices compute it with. Images
/// lie channels last, kernels as in Keras.
final class SmallConvolutionOperation: Operation {
  private let layer: Int
  private let batch: Int
  private let channels: Int
  private let filters: Int
  private let taps: Int
  private let fused: Layer.Activation
  private let differentiated: Layer.Activation
  private let window: ecg_window
  /// The convolution that takes gradients back.
  private let turnedWindow: ecg_window
  private let source: Tensor
  private let conversion: Primitive?
  private let weights: ParameterTensor
  private let bias: ParameterTensor?
  private let workspace: UnsafeMutablePointer<Float>
  private let workspaceCount: Int

  private var activationGradient: ActivationGradient?
  private var gradient: Tensor?
  private var gradientConversion: Primitive?
  private var sourceGradient: Tensor?
  /// Per thread the sums of the kernel's gradient and the bias', and the kernel that takes gradients back.
  private var sums: UnsafeMutablePointer<Float>?
  private var turnedKernel: UnsafeMutablePointer<Float>?

  /// How the kernel's gradient pads its filters.
  private static let lanes = 8

  /// Nil for layers of more channels, and where windows skip places.
  init?(
    _ layer: Int, in network: CheckedNetwork, input: Tensor, fused: Layer.Activation,
    differentiated: Layer.Activation, _ builder: PlanBuilder
  ) throws(TrainingError) {
    let (from, to, convolution) = (network.inputShape(of: layer), network.outputs[layer], network.layers[layer])
    (channels, filters) = (Int(from.channels), Int(to.channels))
    guard builder.convolutions != .direct, convolution.stride == .init(1, 1), max(channels, filters) <= Self.lanes
    else { return nil }
    self.layer = layer
    (self.fused, self.differentiated, batch) = (fused, differentiated, builder.batch)
    taps = Int(convolution.window.height) * Int(convolution.window.width)
    let before = convolution.paddingBefore(from)
    window = ecg_window(
      input_height: from.height, input_width: from.width, channels: from.channels,
      window_height: convolution.window.height, window_width: convolution.window.width, stride_height: 1,
      stride_width: 1, padding_top: before.height, padding_left: before.width, output_height: to.height,
      output_width: to.width, taps_apart: 1, first_tap: 0)
    var turned = window
    (turned.input_height, turned.input_width) = (to.height, to.width)
    (turned.output_height, turned.output_width) = (from.height, from.width)
    turned.channels = to.channels
    turned.padding_top = window.window_height - 1 - window.padding_top
    turned.padding_left = window.window_width - 1 - window.padding_left
    turnedWindow = turned
    (source, conversion) = try builder.converted(
      input, to: .channelsLast(batch, from), layer: layer, "source")
    let (height, width) = (Int(window.window_height), Int(window.window_width))
    weights = try builder.parameter(
      layer, 0,
      prefers: .strided(
        [filters, channels, height, width], [1, filters, width * channels * filters, channels * filters]))
    bias = convolution.hasBias ? try builder.parameter(layer, 1, prefers: .plain([filters])) : nil
    let float32 = Layer.Storage.float32.rawValue
    workspaceCount = withUnsafePointer(to: window) { window in
      withUnsafePointer(to: turned) { turned in
        max(
          Int(ecg_convolution_workspace(window, float32)), Int(ecg_convolution_workspace(turned, float32)),
          ecg_small_convolution_workspace(window))
      }
    }
    workspace = try builder.memory(floats: workspaceCount * Workers.count, layer: layer, "workspace")
    super.init(output: try builder.activation(.channelsLast(batch, to), layer: layer))
  }

  override var learns: Bool { true }

  private func convolve(
    _ window: ecg_window, _ source: Tensor, _ kernel: UnsafePointer<Float>, _ filters: Int,
    bias: UnsafePointer<Float>?, _ activation: Layer.Activation, to destination: Tensor
  ) {
    let (from, to) = (source.floats.baseAddress!, destination.floats.baseAddress!)
    let (sourceCount, destinationCount) = (source.floats.count / batch, destination.floats.count / batch)
    Workers.divide(batch) { images, part in
      withUnsafePointer(to: window) { window in
        var weights = ecg_weights()
        weights.values = UnsafeRawPointer(kernel)
        for image in images {
          ecg_convolution(
            window, Int32(filters), activation.rawValue, from + image * sourceCount, &weights, bias,
            to + image * destinationCount, workspace + part * workspaceCount)
        }
      }
    }
  }

  override func forward(_ pass: Pass) throws(TrainingError) {
    try conversion?.run()
    convolve(
      window, source, weights.value.floats.baseAddress!, filters, bias: bias?.value.floats.baseAddress, fused,
      to: output)
  }

  override func buildBackward(_ outputGradient: Tensor, needsInputGradient: Bool, _ builder: PlanBuilder)
    throws(TrainingError) -> Tensor?
  {
    let activationGradient = try ActivationGradient(
      differentiated, output: output, gradient: outputGradient, layer: layer, builder)
    self.activationGradient = activationGradient
    (gradient, gradientConversion) = try builder.converted(
      activationGradient.gradient, to: output.format, layer: layer, "gradient, channels last")
    sums = try builder.memory(
      floats: (taps * channels + 1) * Self.lanes * Workers.count, layer: layer, "sums")
    guard needsInputGradient else { return nil }
    turnedKernel = try builder.memory(floats: taps * channels * filters, layer: layer, "turned kernel")
    sourceGradient = try builder.gradient(source.format)
    return sourceGradient
  }

  override func backward(_ pass: Pass) throws(TrainingError) {
    guard let gradient, let sums else { return }
    try activationGradient?.run()
    try gradientConversion?.run()
    addUpGradients(gradient, sums)
    guard let sourceGradient, let turnedKernel else { return }
    let kernel = weights.value.floats.baseAddress!
    for tap in 0..<taps {
      for channel in 0..<channels {
        for filter in 0..<filters {
          turnedKernel[((taps - 1 - tap) * filters + filter) * channels + channel] =
            kernel[(tap * channels + channel) * filters + filter]
        }
      }
    }
    convolve(turnedWindow, gradient, turnedKernel, channels, bias: nil, .linear, to: sourceGradient)
  }

  /// Each thread sums over its images; the sums are added in the order of the threads, which keeps the bits the same.
  private func addUpGradients(_ gradient: Tensor, _ sums: UnsafeMutablePointer<Float>) {
    let (from, behind) = (source.floats.baseAddress!, gradient.floats.baseAddress!)
    let (sourceCount, gradientCount) = (source.floats.count / batch, gradient.floats.count / batch)
    let rows = taps * channels
    let stride = (rows + 1) * Self.lanes
    Workers.divide(batch) { images, part in
      let sum = sums + part * stride
      sum.update(repeating: 0, count: stride)
      withUnsafePointer(to: window) { window in
        for image in images {
          ecg_small_convolution_gradient(
            window, filters, from + image * sourceCount, behind + image * gradientCount, sum,
            sum + rows * Self.lanes, workspace + part * workspaceCount)
        }
      }
    }
    for part in 1..<max(1, Workers.count) {
      for i in 0..<stride { sums[i] += sums[part * stride + i] }
    }
    for row in 0..<rows {
      (weights.gradient.floats.baseAddress! + row * filters).update(from: sums + row * Self.lanes, count: filters)
    }
    bias?.gradient.floats.baseAddress!.update(from: sums + rows * Self.lanes, count: filters)
  }
}
