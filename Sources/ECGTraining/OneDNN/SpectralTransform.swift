import CECGKernels
import ECGNetwork

/// 1-D convolution with a long kernel by way of its spectrum, whose cost does not grow with the kernel.
struct SpectralTransform: ConvolutionTransform {
  private let shape: ecg_spectral_shape
  /// The convolution that takes gradients back.
  private let turnedShape: ecg_spectral_shape
  private let length: Int
  private let batch: Int
  private let roots: UnsafeMutablePointer<Float>
  /// Of the source, kept for the kernel's gradient.
  private let sourceSpectrum: UnsafeMutablePointer<Float>
  private let kernelSpectrum: UnsafeMutablePointer<Float>
  private var gradientSpectrum: UnsafeMutablePointer<Float>?
  private let scratch: UnsafeMutablePointer<Float>
  private let scratchCount: Int

  private var pairs: Int { (batch + 1) / 2 }

  /// Nil for images, and for kernels so short that direct sums are faster.
  init?(_ layer: Int, in network: CheckedNetwork, _ builder: PlanBuilder) throws(TrainingError) {
    let (from, to, convolution) = (network.inputShape(of: layer), network.outputs[layer], network.layers[layer])
    guard convolution.window.height == 1, from.height == 1 else { return nil }
    let (inputs, outputs, taps) = (Int(from.channels), Int(to.channels), Int(convolution.window.width))
    let before = Int(convolution.paddingBefore(from).width)
    batch = builder.batch
    shape = ecg_spectral_shape(
      in_channels: inputs, in_length: Int(from.width), out_channels: outputs, out_length: Int(to.width), taps: taps,
      before: before)
    turnedShape = ecg_spectral_shape(
      in_channels: outputs, in_length: Int(to.width), out_channels: inputs, out_length: Int(from.width), taps: taps,
      before: taps - 1 - before)
    length = withUnsafePointer(to: shape) { ecg_spectral_length($0) }
    guard
      builder.convolutions == .transformed
        || Self.isFaster(shape, length: length, batch: batch, builder.precision(inputs: inputs))
    else { return nil }
    roots = try builder.memory(floats: 2 * length, layer: layer, "roots")
    ecg_spectral_roots(length, roots)
    let length = length
    func spectrum(_ rows: Int, _ channels: Int, _ use: String) throws(TrainingError) -> UnsafeMutablePointer<Float> {
      try builder.memory(floats: length * ecg_spectral_stride(rows, channels), layer: layer, use)
    }
    sourceSpectrum = try spectrum((batch + 1) / 2, inputs, "source spectrum")
    kernelSpectrum = try spectrum(inputs, outputs, "kernel spectrum")
    scratchCount = max(
      withUnsafePointer(to: shape) { ecg_spectral_scratch($0, length) },
      withUnsafePointer(to: turnedShape) { ecg_spectral_scratch($0, length) })
    scratch = try builder.memory(floats: scratchCount * Workers.count, layer: layer, "scratch")
  }

  /// Whether it takes less time than direct sums: in the time of one of their products, as measured with kernels of 5
  /// to 41 taps and 32 to 128 channels.
  private static func isFaster(_ shape: ecg_spectral_shape, length: Int, batch: Int, _ precision: Precision) -> Bool {
    let kernels = Double(shape.in_channels * shape.out_channels)
    let direct = Double(shape.taps * shape.out_length * batch) * kernels * (precision == .bfloat16 ? 0.5 : 1)
    let products = 3.3 * Double(batch) * kernels
    let transforms = 35 * Double((shape.in_channels + shape.out_channels) * batch) + 66 * kernels
    return Double(length) * (products + transforms) < direct
  }

  func convolve(_ source: Tensor, kernel: Tensor, bias: Tensor?, isRelu: Bool, to destination: Tensor) {
    transformKernel(shape, kernel, isTurned: false)
    let (from, to) = (source.floats.baseAddress!, destination.floats.baseAddress!)
    Workers.divide(pairs) { pairs, part in
      let scratch = scratch + part * scratchCount
      withUnsafePointer(to: shape) { shape in
        ecg_spectral_transform(
          shape, length, roots, from, batch, pairs.lowerBound, pairs.upperBound, sourceSpectrum, scratch)
        ecg_spectral_convolve(
          shape, length, roots, sourceSpectrum, kernelSpectrum, bias?.floats.baseAddress, isRelu ? 1 : 0, to, batch,
          pairs.lowerBound, pairs.upperBound, scratch)
      }
    }
  }

  private func transformKernel(_ shape: ecg_spectral_shape, _ kernel: Tensor, isTurned: Bool) {
    let values = kernel.floats.baseAddress!
    Workers.divide(shape.in_channels) { channels, part in
      withUnsafePointer(to: shape) { shape in
        ecg_spectral_kernel(
          shape, length, roots, values, isTurned ? 1 : 0, channels.lowerBound, channels.upperBound, kernelSpectrum,
          scratch + part * scratchCount)
      }
    }
  }

  mutating func prepareGradients(needsSourceGradient: Bool, layer: Int, _ builder: PlanBuilder) throws(TrainingError) {
    gradientSpectrum = try builder.memory(
      floats: length * ecg_spectral_stride(pairs, shape.out_channels), layer: layer, "gradient spectrum")
  }

  func differentiate(
    _ gradient: Tensor, source: Tensor, kernel: ParameterTensor, bias: ParameterTensor?, sourceGradient: Tensor?
  ) {
    guard let gradientSpectrum else { return }
    if sourceGradient != nil { transformKernel(turnedShape, kernel.value, isTurned: true) }
    let (from, to) = (gradient.floats.baseAddress!, sourceGradient?.floats.baseAddress)
    Workers.divide(pairs) { pairs, part in
      let scratch = scratch + part * scratchCount
      withUnsafePointer(to: turnedShape) { shape in
        ecg_spectral_transform(
          shape, length, roots, from, batch, pairs.lowerBound, pairs.upperBound, gradientSpectrum, scratch)
        guard let to else { return }
        ecg_spectral_convolve(
          shape, length, roots, gradientSpectrum, kernelSpectrum, nil, 0, to, batch, pairs.lowerBound,
          pairs.upperBound, scratch)
      }
    }
    Workers.divide(length) { frequencies, _ in
      withUnsafePointer(to: shape) { shape in
        ecg_spectral_correlate(
          shape, batch, sourceSpectrum, gradientSpectrum, kernelSpectrum, frequencies.lowerBound,
          frequencies.upperBound)
      }
    }
    let kernelGradient = kernel.gradient.floats.baseAddress!
    Workers.divide(shape.in_channels) { channels, part in
      withUnsafePointer(to: shape) { shape in
        ecg_spectral_kernel_gradient(
          shape, length, roots, kernelSpectrum, kernelGradient, channels.lowerBound, channels.upperBound,
          scratch + part * scratchCount)
      }
    }
    if let bias {
      ecg_spectral_sums(batch, shape.out_channels, gradientSpectrum, bias.gradient.floats.baseAddress!)
    }
  }
}
