import ECGArchitectures
import ECGCore
import ECGNetwork

/// Forward passes, in microseconds per beat; the weights are random, as their values do not change the speed.
func benchmarkNetworks() {
  for (name, people) in [
    ("lenet5", 90), ("lenet5", 1145), ("cnn1d", 90), ("cnn2d", 90), ("crnn2d", 90), ("lstm1d", 90), ("inception1d", 90),
    ("resnet1d", 90), ("compact1d", 90),
  ] {
    guard let description = Architecture.named(name)?.network(people: people) else { continue }
    for batch in [1, 16] {
      for (storage, form) in [(Layer.Storage.float32, ""), (.float16, ", float16"), (.int8, ", int8")] {
        do {
          let time = try forwardPass(description, storage, batch: batch)
          report("\(name), \(people) people, batch \(batch)\(form)", time / Double(batch))
        } catch {
          print("\(name): \(error)")
        }
      }
    }
  }
}

private func forwardPass(
  _ description: NetworkDescription, _ storage: Layer.Storage, batch: Int
) throws -> Double {
  var random = SeededGenerator(seed: 1)
  func values(_ count: Int) -> UnsafeMutablePointer<Float> {
    let memory = memory(count * 4).assumingMemoryBound(to: Float.self)
    for index in 0..<count { memory[index] = Float(random.uniform() + 0.01) * 0.05 }
    return memory
  }
  func memory(_ bytes: Int) -> UnsafeMutableRawPointer {
    .allocate(byteCount: max(bytes, 1), alignment: Arena.alignment)
  }

  let tableSize = Network.tableSize(layerCount: description.layers.count)
  var arena = try Arena(UnsafeMutableRawBufferPointer(start: memory(tableSize), count: tableSize))
  let stored = description.layers.map { layer in
    var layer = layer
    layer.storage = layer.hasKernels ? storage : .float32
    return layer
  }
  return try stored.withUnsafeBufferPointer { layers in
    var network = try Network(input: description.input, layers: layers, arena: &arena)
    var tensors: [UnsafeMutableRawPointer] = []
    /// Memory in which every byte is a small number, also of 16 bits.
    func bytes(_ count: Int) -> UnsafeMutableRawPointer {
      let bytes = memory(count)
      for index in 0..<count { bytes.storeBytes(of: 0x10 + UInt8(index % 7), toByteOffset: index, as: UInt8.self) }
      tensors.append(bytes)
      return bytes
    }
    for layer in 0..<layers.count {
      for index in 0..<layers[layer].parameterCount {
        let count = try network.parameter(layer: layer, index: index).count
        switch layers[layer].isKernel(index) ? storage : .float32 {
        case .float32:
          let tensor = values(count)
          tensors.append(tensor)
          try network.setParameter(layer: layer, index: index, tensor)
        case .float16:
          try network.setParameter(
            layer: layer, index: index, halves: bytes(2 * count).assumingMemoryBound(to: UInt16.self))
        case .int8:
          let kernel = try layers[layer].integerKernel(index, input: network.inputShape(ofLayer: layer))
          let scales = values(kernel.columns)
          tensors.append(scales)
          try network.setParameter(
            layer: layer, index: index, integers: bytes(kernel.count).assumingMemoryBound(to: Int8.self),
            scales: scales, sums: bytes(4 * kernel.columns).assumingMemoryBound(to: Int32.self))
        }
      }
    }
    let input = values(batch * network.inputShape.count)
    let output = values(batch * network.outputShape.count)
    let size = network.scratchSize(batch: batch)
    let scratch = UnsafeMutableRawBufferPointer(start: memory(size), count: size)
    defer { for tensor in tensors { tensor.deallocate() } }
    return microseconds {
      try? network.run(input, batch: batch, scratch: scratch, output: output, embedding: nil)
    }
  }
}
