import CECGKernels
import ECGCore

extension Network {
  /// Runs the network on `batch` samples. The same input gives the same bits every time.
  ///
  /// - Parameters:
  ///   - input: `batch` × `inputShape.count` values.
  ///   - scratch: `scratchSize(batch:)` bytes, aligned to `Arena.alignment`. Overlaps nothing else given here.
  ///   - output: receives `batch` × `outputShape.count` values.
  ///   - embedding: receives `batch` × `embeddingCount` values of the last hidden layer, or nil.
  ///
  /// Throws `argument` for an empty batch, `bufferTooSmall` and `alignment` for unfit scratch, `missingEntry` when a
  /// parameter was never set; nothing is written then.
  public func run(
    _ input: UnsafePointer<Float>, batch: Int, scratch: UnsafeMutableRawBufferPointer,
    output: UnsafeMutablePointer<Float>, embedding: UnsafeMutablePointer<Float>?
  ) throws(Status) {
    guard batch > 0 else { throw .argument }
    let size = plan.size(batch: batch)
    guard scratch.count >= size, size < Int.max else { throw .bufferTooSmall }
    guard Int(bitPattern: scratch.baseAddress) & (Arena.alignment &- 1) == 0 else { throw .alignment }
    guard hasAllWeights else { throw .missingEntry }

    // A network may need no scratch at all: nothing is then read or written through this pointer.
    let memory = scratch.baseAddress?.assumingMemoryBound(to: Float.self) ?? output
    let run = Run(
      batch: batch, input: input, output: output, embedding: embedding, memory: memory,
      kept: memory + plan.sampleRegion(batch: batch))
    for sample in 0..<batch {
      for index in 0..<plan.firstBatched {
        compute(index, run, sample)
        if index == embeddingLayer { copyEmbedding(run, sample) }
      }
    }
    for index in plan.firstBatched..<layers.count {
      if layers[index].takesBatches {
        computeBatch(index, run)
      } else {
        for sample in 0..<batch { compute(index, run, sample) }
      }
      if index == embeddingLayer {
        for sample in 0..<batch { copyEmbedding(run, sample) }
      }
    }
    // Nothing wrote these when no layer before them changes the input.
    if nodes[layers.count &- 1].holder < 0 { copy(input, to: output, batch &* inputShape.count) }
    if embeddingLayer < 0, let embedding { copy(input, to: embedding, batch &* inputShape.count) }
  }

  private func compute(_ index: Int, _ run: Run, _ sample: Int) {
    let layer = layers[index]
    let node = nodes[index]
    guard !layer.passesValuesOn, node.place != .withinNext, !node.isWithinPrevious else { return }
    let source = Int(layer.input)
    if source >= 0, nodes[source].place == .withinNext {
      return layer.kind == .maxPooling
        ? computePooledConvolution(index, run, sample) : computeNormalizedConvolution(index, run, sample)
    }
    let from = sourceValues(source, run, sample)
    let to = values(Int(node.holder), run, sample)
    switch layer.kind {
    case .convolution:
      var window = ecg_window(layer, input: node.input, output: node.shape)
      var kernel = self.kernel(index, 0)
      ecg_convolution(
        &window, layer.units, layer.activation.rawValue, from, &kernel, bias(index), to,
        run.memory + plan.workspace)
      return
    case .maxPooling:
      var window = ecg_window(layer, input: node.input, output: node.shape)
      ecg_max_pooling(&window, from, to)
    case .globalAveragePooling:
      ecg_average(node.input.positions, Int(node.input.channels), from, to)
    case .batchNormalization:
      var normalization = self.normalization(index)
      ecg_normalize(node.input.positions, Int(node.input.channels), &normalization, from, to)
    case .unitNormalization:
      ecg_unit_normalize(node.input.positions, Int(node.input.channels), from, to)
    case .add: addInputs(index, run, sample, to: to)
    case .concatenate: concatenateInputs(index, run, sample, to: to)
    case .flatten, .reshape, .dropout, .activation:
      return activate(layer.activation, from, to, node.shape.count)
    case .dense, .lstm, .gru: return
    }
    activate(layer.activation, to, to, node.shape.count)
  }

  /// The sum of several inputs; one of them may lie where the sum goes.
  private func addInputs(_ index: Int, _ run: Run, _ sample: Int, to: UnsafeMutablePointer<Float>) {
    let layer = layers[index]
    let count = nodes[index].shape.count
    var isStarted = false
    for number in 0..<layer.inputCount where sourceValues(Int(layer.source(number)), run, sample) == UnsafePointer(to) {
      isStarted = true
    }
    for number in 0..<layer.inputCount {
      let from = sourceValues(Int(layer.source(number)), run, sample)
      if from == UnsafePointer(to) { continue }
      if isStarted { ecg_add_values(from, to, count) } else { copy(from, to: to, count) }
      isStarted = true
    }
  }

  private func concatenateInputs(_ index: Int, _ run: Run, _ sample: Int, to: UnsafeMutablePointer<Float>) {
    let layer = layers[index]
    let shape = nodes[index].shape
    var first = 0
    for number in 0..<layer.inputCount {
      let source = Int(layer.source(number))
      let channels = Int(shapeOfSource(source).channels)
      ecg_copy_rows(shape.positions, channels, sourceValues(source, run, sample), to + first, Int(shape.channels))
      first &+= channels
    }
  }

  /// A pooling layer together with the convolution before it.
  private func computePooledConvolution(_ index: Int, _ run: Run, _ sample: Int) {
    let layer = layers[index &- 1]
    let source = Int(layer.input)
    let image = nodes[index &- 1].shape
    let to = values(Int(nodes[index].holder), run, sample)
    var window = ecg_window(layer, input: nodes[index &- 1].input, output: image)
    var pooling = ecg_window(layers[index], input: image, output: nodes[index].shape)
    var kernel = self.kernel(index &- 1, 0)
    ecg_convolution_pooled(
      &window, &pooling, layer.activation.rawValue, sourceValues(source, run, sample), &kernel,
      bias(index &- 1), to, run.memory + plan.workspace)
    activate(layers[index].activation, to, to, nodes[index].shape.count)
  }

  /// A batch normalisation together with the convolution before it and the activation behind it.
  private func computeNormalizedConvolution(_ index: Int, _ run: Run, _ sample: Int) {
    let layer = layers[index &- 1]
    let next = index &+ 1
    let activation =
      next < layers.count && nodes[next].isWithinPrevious ? layers[next].activation : layers[index].activation
    var window = ecg_window(layer, input: nodes[index &- 1].input, output: nodes[index].shape)
    var kernel = self.kernel(index &- 1, 0)
    var normalization = self.normalization(index)
    ecg_convolution_normalized(
      &window, layer.units, activation.rawValue, sourceValues(Int(layer.input), run, sample), &kernel,
      bias(index &- 1), &normalization, values(Int(nodes[index].holder), run, sample), run.memory + plan.workspace)
  }

  /// A dense or recurrent layer on all samples, which lie one behind the other.
  private func computeBatch(_ index: Int, _ run: Run) {
    let layer = layers[index]
    let shape = nodes[index].input
    let from = sourceValues(Int(layer.input), run, 0)
    let to = values(Int(nodes[index].holder), run, 0)
    var kernel = self.kernel(index, 0)
    if layer.kind == .dense {
      return ecg_dense(
        run.batch &* shape.positions, Int(shape.channels), Int(layer.units), layer.activation.rawValue, from,
        &kernel, bias(index), to, run.memory + plan.workspace)
    }
    guard let bias = weight(index, 2) else { return }
    var recurrentKernel = self.kernel(index, 1)
    let compute = layer.kind == .lstm ? ecg_lstm : ecg_gru
    compute(
      run.batch, Int(shape.width), Int(shape.channels), Int(layer.units), layer.returnsSequences, from,
      &kernel, &recurrentKernel, bias, to, run.memory + plan.workspace)
  }

  private func activate(
    _ activation: Layer.Activation, _ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    switch activation {
    case .linear: if from != UnsafePointer(to) { copy(from, to: to, count) }
    case .softmax: ecg_softmax_values(from, to, count)
    default: ecg_activate(activation.rawValue, from, to, count)
    }
  }

  private func copyEmbedding(_ run: Run, _ sample: Int) {
    guard let embedding = run.embedding else { return }
    copy(sourceValues(embeddingLayer, run, sample), to: embedding + sample &* embeddingCount, embeddingCount)
  }

  private func copy(_ from: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>, _ count: Int) {
    to.update(from: from, count: count)
  }

  /// The memory of one run.
  private struct Run {
    let batch: Int
    let input: UnsafePointer<Float>
    let output: UnsafeMutablePointer<Float>
    let embedding: UnsafeMutablePointer<Float>?
    let memory: UnsafeMutablePointer<Float>
    /// Behind the sample region.
    let kept: UnsafeMutablePointer<Float>
  }

  private var hasAllWeights: Bool {
    for layer in 0..<layers.count {
      for index in 0..<layers[layer].parameterCount where kernel(layer, index).values == nil { return false }
    }
    return true
  }

  /// A tensor that may be stored in any form.
  private func kernel(_ layer: Int, _ index: Int) -> ecg_weights {
    weights[layer &* Layer.mostParameters &+ index].weights
  }

  /// A tensor of float32.
  private func weight(_ layer: Int, _ index: Int) -> UnsafePointer<Float>? {
    kernel(layer, index).values?.assumingMemoryBound(to: Float.self)
  }

  private func normalization(_ layer: Int) -> ecg_normalization {
    ecg_normalization(
      scale: weight(layer, 0), offset: weight(layer, 1), mean: weight(layer, 2), variance: weight(layer, 3),
      epsilon: layers[layer].epsilon)
  }

  private func bias(_ layer: Int) -> UnsafePointer<Float>? { layers[layer].hasBias ? weight(layer, 1) : nil }

  /// Where a layer that holds its own values keeps those of `sample`; the samples of a batch follow one another.
  private func values(_ holder: Int, _ run: Run, _ sample: Int) -> UnsafeMutablePointer<Float> {
    let node = nodes[holder]
    return switch node.place {
    case .output: run.output + sample &* node.shape.count
    case .sample, .withinNext: run.memory + node.offset
    case .batch: run.kept + (run.batch &* node.offset &+ sample &* node.shape.count)
    }
  }

  /// The values that a layer reads: of layer `source`, or of the network's input for −1.
  private func sourceValues(_ source: Int, _ run: Run, _ sample: Int) -> UnsafePointer<Float> {
    let holder = source < 0 ? -1 : Int(nodes[source].holder)
    return holder < 0 ? run.input + sample &* inputShape.count : UnsafePointer(values(holder, run, sample))
  }
}

extension ecg_window {
  /// The window of a convolution or pooling layer between two shapes that belong together.
  ///
  /// An image of width 1 is walked as a row: of each square kernel only the column that meets it acts, with a
  /// stride of `taps_apart` from one of its weights to the next. (ResNet's 8×8 kernels then cost what kernels of length 8 do.)
  init(_ layer: Layer, input: Shape, output: Shape) {
    let padding = layer.paddingBefore(input)
    self.init(
      input_height: input.height, input_width: input.width, channels: input.channels,
      window_height: layer.window.height, window_width: layer.window.width,
      stride_height: layer.stride.height, stride_width: layer.stride.width,
      padding_top: padding.height, padding_left: padding.width,
      output_height: output.height, output_width: output.width, taps_apart: 1, first_tap: 0)
    guard ecg_window.isColumn(input, output) else { return }
    (input_height, input_width) = (1, input.height)
    (window_height, window_width) = (1, layer.window.height)
    (stride_height, stride_width) = (1, layer.stride.height)
    (padding_top, padding_left) = (0, padding.height)
    (output_height, output_width) = (1, output.height)
    (taps_apart, first_tap) = (layer.window.width, padding.width)
  }

  /// Whether a window between these shapes walks along one column.
  static func isColumn(_ input: Shape, _ output: Shape) -> Bool {
    input.width == 1 && output.width == 1 && input.height > 1
  }
}
