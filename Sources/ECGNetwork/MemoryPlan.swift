import CECGKernels
import ECGCore

/// Where the values between layers lie, and how much scratch memory that takes.
///
/// A batch runs in two parts. The layers before the first dense or recurrent layer run sample by sample, so that their
/// large images stay in the cache; from that one on, each layer takes the whole batch, so that its weights are read once.
/// The scratch therefore has two regions:
///
///     [ sample: values of one sample in the first part, and the kernels' workspace ][ batch × values kept per sample ]
///
/// Dense layers need workspace for each row that they take together: for no more rows than samples, where each has one.
/// Within a region two layers share memory when their lifetimes (from the layer that writes to the last that reads) do
/// not meet. A layer that changes values where they are (an activation, a normalisation, a sum) writes over the values
/// it reads if nothing else needs them. A convolution whose only reader is a pooling layer or a batch normalisation right
/// behind it has no memory at all: the two run as one, the latter with the activation behind it.
struct MemoryPlan {
  /// The first layer that takes the whole batch at once.
  let firstBatched: Int
  /// Where in the sample region the kernels' workspace begins, in floats.
  let workspace: Int
  /// Floats that kernels need whatever the batch is.
  private let workspaceSize: Int
  /// Floats that dense layers need for each sample that they take together.
  private let rowWorkspace: Int
  /// Floats for each sample of the batch.
  let batchRegion: Int

  /// Offsets are multiples of this many floats: `Arena.alignment`.
  private static var step: Int { Arena.alignment / 4 }
  /// A limit in floats that keeps byte counts within 32-bit integers.
  private static var mostFloats: Int { 1 << 29 }

  /// Sets the nodes' places, offsets and lifetimes.
  init(
    layers: UnsafeBufferPointer<Layer>, input: Shape, nodes: UnsafeMutableBufferPointer<Node>, embeddingLayer: Int
  ) throws(NetworkFault) {
    let count = layers.count
    var first = 0
    while first < count && !layers[first].takesBatches { first &+= 1 }
    firstBatched = first

    for index in 0..<count {
      for number in 0..<layers[index].inputCount { MemoryPlan.extend(layers[index].source(number), to: index, nodes) }
    }
    for index in 1..<max(count, 1) where index &- 1 != embeddingLayer && MemoryPlan.joins(index, layers, nodes) {
      nodes[index &- 1].place = .withinNext
      MemoryPlan.extend(layers[index &- 1].input, to: index, nodes)
    }
    MemoryPlan.shareMemory(layers, nodes)
    for index in 2..<max(count, 2) where index &- 1 != embeddingLayer {
      nodes[index].isWithinPrevious = MemoryPlan.activates(index, layers, nodes)
    }

    let outputHolder = Int(nodes[count &- 1].holder)
    var sampleEnd = 0
    var batchEnd = 0
    var (workspaceSize, rowWorkspace) = (0, 0)
    for index in 0..<count {
      guard let floats = MemoryPlan.workspace(index, layers, nodes) else {
        throw NetworkFault(.size, layer: index)
      }
      if layers[index].kind != .dense {
        workspaceSize = max(workspaceSize, floats)
      } else if nodes[index].input.positions == 1 {
        rowWorkspace = max(rowWorkspace, floats)
      } else {
        workspaceSize = max(workspaceSize, MemoryPlan.rowsTogether &* floats)
      }

      guard Int(nodes[index].holder) == index, index != outputHolder, nodes[index].place != .withinNext else {
        continue
      }
      nodes[index].place = nodes[index].lastUse < first ? .sample : .batch
      let size = MemoryPlan.padded(nodes[index].shape.count)
      nodes[index].offset = MemoryPlan.firstFit(index, size, nodes)
      let end = nodes[index].offset &+ size
      guard end <= MemoryPlan.mostFloats else { throw NetworkFault(.size, layer: index) }
      if nodes[index].place == .sample {
        sampleEnd = max(sampleEnd, end)
      } else {
        batchEnd = max(batchEnd, end)
      }
    }
    workspace = sampleEnd
    self.workspaceSize = workspaceSize
    self.rowWorkspace = rowWorkspace
    batchRegion = batchEnd
    let most = sampleRegion(batch: MemoryPlan.rowsTogether)
    guard most <= MemoryPlan.mostFloats, batchRegion <= MemoryPlan.mostFloats &- most else {
      throw NetworkFault(.size)
    }
  }

  /// Floats of the sample region when a batch of so many runs.
  func sampleRegion(batch: Int) -> Int {
    workspace &+ MemoryPlan.padded(max(workspaceSize, min(batch, MemoryPlan.rowsTogether) &* rowWorkspace))
  }

  /// Bytes for `batch` samples; `Int.max` when there are none, or too many for any memory.
  func size(batch: Int) -> Int {
    guard batch > 0 else { return Int.max }
    let (kept, overflow) = batchRegion.multipliedReportingOverflow(by: batch)
    let sample = sampleRegion(batch: batch)
    guard !overflow, kept <= Int.max / 4 &- sample else { return Int.max }
    return (sample &+ kept) &* 4
  }

  private static var rowsTogether: Int { Int(ECG_ROWS_TOGETHER) }

  private static func padded(_ count: Int) -> Int { (count &+ step &- 1) & ~(step &- 1) }

  /// Floats that a layer's kernel, a dense one for each row, needs beside its input and output; nil when that is beyond all reason.
  private static func workspace(
    _ index: Int, _ layers: UnsafeBufferPointer<Layer>, _ nodes: UnsafeMutableBufferPointer<Node>
  ) -> Int? {
    let (layer, node) = (layers[index], nodes[index])
    let floats: Int64
    switch layer.kind {
    case .lstm:
      floats = ecg_lstm_workspace(
        Int(node.input.width), Int(node.input.channels), Int(layer.units), layer.storage.rawValue)
    case .gru:
      floats = ecg_gru_workspace(
        Int(node.input.width), Int(node.input.channels), Int(layer.units), layer.storage.rawValue)
    case .dense: floats = ecg_rows_workspace(layer.storage.rawValue, Int(node.input.channels))
    case .convolution:
      var window = ecg_window(layer, input: node.input, output: node.shape)
      if node.place == .withinNext, layers[index &+ 1].kind == .batchNormalization {
        floats = ecg_convolution_normalized_workspace(&window, layer.units, layer.storage.rawValue)
      } else if node.place == .withinNext {
        var pooling = ecg_window(layers[index &+ 1], input: node.shape, output: nodes[index &+ 1].shape)
        floats = ecg_convolution_pooled_workspace(&window, &pooling, layer.storage.rawValue)
      } else {
        floats = ecg_convolution_workspace(&window, layer.storage.rawValue)
      }
    default: return 0
    }
    return floats >= 0 && floats <= Int64(Shape.largestCount) ? Int(floats) : nil
  }

  /// Lets layers that may work in place do so where the values that they read have no later reader.
  private static func shareMemory(
    _ layers: UnsafeBufferPointer<Layer>, _ nodes: UnsafeMutableBufferPointer<Node>
  ) {
    for index in 0..<layers.count {
      let layer = layers[index]
      if layer.passesValuesOn {
        nodes[index].holder = holder(layer.input, nodes)
      } else if layer.worksInPlace {
        for number in 0..<layer.inputCount {
          let candidate = holder(layer.source(number), nodes)
          guard candidate >= 0, nodes[Int(candidate)].place != .withinNext,
            Int(nodes[Int(candidate)].lastUse) == index,
            isRead(candidate, once: layer, nodes)
          else { continue }
          nodes[index].holder = candidate
          nodes[Int(candidate)].lastUse = nodes[index].lastUse
          break
        }
      }
    }
  }

  private static func holder(_ source: Int32, _ nodes: UnsafeMutableBufferPointer<Node>) -> Int32 {
    source < 0 ? -1 : nodes[Int(source)].holder
  }

  /// Whether only one input of `layer` comes from this memory.
  private static func isRead(
    _ candidate: Int32, once layer: Layer, _ nodes: UnsafeMutableBufferPointer<Node>
  ) -> Bool {
    var count = 0
    for number in 0..<layer.inputCount where holder(layer.source(number), nodes) == candidate { count &+= 1 }
    return count == 1
  }

  /// Whether layer `index` can run as one with the convolution before it.
  private static func joins(
    _ index: Int, _ layers: UnsafeBufferPointer<Layer>, _ nodes: UnsafeMutableBufferPointer<Node>
  ) -> Bool {
    let (convolution, layer) = (layers[index &- 1], layers[index])
    // No later layer reads the convolution: of those that read it, this is the last, and none lies between.
    guard convolution.kind == .convolution, Int(layer.input) == index &- 1, Int(nodes[index &- 1].lastUse) == index
    else { return false }
    if layer.kind == .batchNormalization { return convolution.activation == .linear && layer.activation != .softmax }
    return layer.kind == .maxPooling && layer.padding == .valid && layer.stride.height >= layer.window.height
      && ecg_window.isColumn(nodes[index &- 1].input, nodes[index &- 1].shape)
        == ecg_window.isColumn(nodes[index].input, nodes[index].shape)
  }

  /// Whether layer `index` is an activation that the convolution and batch normalisation before it compute, too.
  private static func activates(
    _ index: Int, _ layers: UnsafeBufferPointer<Layer>, _ nodes: UnsafeMutableBufferPointer<Node>
  ) -> Bool {
    let (normalization, layer) = (layers[index &- 1], layers[index])
    return layer.kind == .activation && layer.activation != .softmax && Int(layer.input) == index &- 1
      && normalization.kind == .batchNormalization && normalization.activation == .linear
      && nodes[index &- 2].place == .withinNext && nodes[index].holder == nodes[index &- 1].holder
  }

  /// Notes that layer `reader`, too, reads `source`'s values.
  private static func extend(_ source: Int32, to reader: Int, _ nodes: UnsafeMutableBufferPointer<Node>) {
    guard source >= 0 else { return }
    let holder = nodes[Int(source)].holder
    if holder >= 0 { nodes[Int(holder)].lastUse = max(nodes[Int(holder)].lastUse, Int32(reader)) }
  }

  /// The lowest offset at which `size` floats meet none of the values that live while layer `index` runs.
  private static func firstFit(_ index: Int, _ size: Int, _ nodes: UnsafeMutableBufferPointer<Node>) -> Int {
    var offset = 0
    var moved = true
    while moved {
      moved = false
      for other in 0..<index {
        let node = nodes[other]
        guard Int(node.holder) == other, node.place == nodes[index].place,
          Int(node.lastUse) >= index
        else { continue }
        let end = node.offset &+ padded(node.shape.count)
        if offset < end && node.offset < offset &+ size {
          offset = end
          moved = true
        }
      }
    }
    return offset
  }
}
