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
    let run = Run(batch: batch, input: input, output: output, embedding: embedding, memory: memory)
    for sample in 0..<batch {
      for index in 0..<plan.firstBatched {
        compute(index, run, sample)
        if index == embeddingHolder { copyEmbedding(run, sample) }
      }
    }
    for index in plan.firstBatched..<layers.count {
      if layers[index].kind == .dense {
        computeDense(index, run)
      } else {
        for sample in 0..<batch { compute(index, run, sample) }
      }
      if index == embeddingHolder {
        for sample in 0..<batch { copyEmbedding(run, sample) }
      }
    }
    // Nothing wrote these when no layer before them changes the input.
    if nodes[layers.count &- 1].holder < 0 { copy(input, to: output, batch &* inputShape.count) }
    if embeddingHolder < 0, let embedding { copy(input, to: embedding, batch &* inputShape.count) }
  }

  private func compute(_ index: Int, _ run: Run, _ sample: Int) {
    let layer = layers[index]
    let node = nodes[index]
    guard Int(node.holder) == index, node.place != .withinNext else { return }
    let source = Int(layer.input)
    if source >= 0, nodes[source].place == .withinNext { return computePooledConvolution(index, run, sample) }
    let shape = shapeOfSource(source)
    let from = sourceValues(source, run, sample)
    let to = values(index, run, sample)
    switch layer.kind {
    case .convolution:
      guard let kernel = weight(index, 0) else { return }
      var window = ecg_window(layer, input: shape, output: node.shape)
      ecg_convolution(
        &window, layer.units, layer.activation.rawValue, from, kernel, bias(index), to, run.memory + plan.workspace)
    case .maxPooling:
      var window = ecg_window(layer, input: shape, output: node.shape)
      ecg_max_pooling(&window, from, to)
      activate(layer.activation, to, to, node.shape.count)
    case .dense:
      guard let kernel = weight(index, 0) else { return }
      ecg_dense(1, shape.count, node.shape.count, layer.activation.rawValue, from, kernel, bias(index), to)
    case .flatten, .dropout, .activation:
      activate(layer.activation, from, to, node.shape.count)
    }
  }

  /// A pooling layer together with the convolution before it.
  private func computePooledConvolution(_ index: Int, _ run: Run, _ sample: Int) {
    let layer = layers[index &- 1]
    guard let kernel = weight(index &- 1, 0) else { return }
    let source = Int(layer.input)
    let image = nodes[index &- 1].shape
    let to = values(index, run, sample)
    var window = ecg_window(layer, input: shapeOfSource(source), output: image)
    var pooling = ecg_window(layers[index], input: image, output: nodes[index].shape)
    ecg_convolution_pooled(
      &window, &pooling, layer.activation.rawValue, sourceValues(source, run, sample), kernel, bias(index &- 1), to,
      run.memory + plan.workspace)
    activate(layers[index].activation, to, to, nodes[index].shape.count)
  }

  /// A dense layer on all samples, which lie one behind the other.
  private func computeDense(_ index: Int, _ run: Run) {
    let layer = layers[index]
    let source = Int(layer.input)
    guard let kernel = weight(index, 0) else { return }
    ecg_dense(
      run.batch, shapeOfSource(source).count, Int(layer.units), layer.activation.rawValue,
      sourceValues(source, run, 0), kernel, bias(index), values(index, run, 0))
  }

  private func activate(
    _ activation: Layer.Activation, _ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    switch activation {
    case .linear: if from != UnsafePointer(to) { copy(from, to: to, count) }
    case .relu: ecg_relu_values(from, to, count)
    case .tanh: ecg_tanh_values(from, to, count)
    case .softmax: ecg_softmax_values(from, to, count)
    }
  }

  private func copyEmbedding(_ run: Run, _ sample: Int) {
    guard let embedding = run.embedding else { return }
    copy(values(embeddingHolder, run, sample), to: embedding + sample &* embeddingCount, embeddingCount)
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
  }

  private var hasAllWeights: Bool {
    for layer in 0..<layers.count {
      for index in 0..<layers[layer].parameterCount where weight(layer, index) == nil { return false }
    }
    return true
  }

  private func weight(_ layer: Int, _ index: Int) -> UnsafePointer<Float>? {
    weights[layer &* Layer.mostParameters &+ index]
  }

  private func bias(_ layer: Int) -> UnsafePointer<Float>? { layers[layer].hasBias ? weight(layer, 1) : nil }

  private var embeddingHolder: Int { embeddingLayer < 0 ? -1 : Int(nodes[embeddingLayer].holder) }

  /// Where a layer that holds its own values keeps those of `sample`; the samples of a batch follow one another.
  private func values(_ holder: Int, _ run: Run, _ sample: Int) -> UnsafeMutablePointer<Float> {
    let node = nodes[holder]
    return switch node.place {
    case .output: run.output + sample &* node.shape.count
    case .sample, .withinNext: run.memory + node.offset
    case .batch: run.memory + (plan.sampleRegion &+ run.batch &* node.offset &+ sample &* node.shape.count)
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
  init(_ layer: Layer, input: Shape, output: Shape) {
    let padding = layer.paddingBefore(input)
    self.init(
      input_height: input.height, input_width: input.width, channels: input.channels,
      window_height: layer.window.height, window_width: layer.window.width,
      stride_height: layer.stride.height, stride_width: layer.stride.width,
      padding_top: padding.height, padding_left: padding.width,
      output_height: output.height, output_width: output.width)
  }
}
