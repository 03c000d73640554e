import ECGArchitectures
import ECGCore
import ECGNetwork

/// Forward passes, in microseconds per beat; the weights are random, as their values do not change the speed.
func benchmarkNetworks() {
  for (name, people) in [
    ("lenet5", 90), ("lenet5", 1145), ("cnn1d", 90), ("cnn2d", 90), ("crnn2d", 90), ("lstm1d", 90), ("inception1d", 90),
    ("resnet1d", 90),
  ] {
    guard let description = Architecture.named(name)?.network(people: people) else { continue }
    for batch in [1, 16] {
      do {
        let time = try forwardPass(description, batch: batch)
        report("\(name), \(people) people, batch \(batch)", time / Double(batch))
      } catch {
        print("\(name): \(error)")
      }
    }
  }
}

private func forwardPass(_ description: NetworkDescription, batch: Int) throws -> Double {
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
  return try description.layers.withUnsafeBufferPointer { layers in
    var network = try Network(input: description.input, layers: layers, arena: &arena)
    var tensors: [UnsafeMutablePointer<Float>] = []
    for layer in 0..<layers.count {
      for index in 0..<layers[layer].parameterCount {
        tensors.append(values(try network.parameter(layer: layer, index: index).count))
        try network.setParameter(layer: layer, index: index, tensors[tensors.count - 1])
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
