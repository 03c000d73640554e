import ECGArchitectures
import ECGCore
import ECGNetwork

/// The networks that are measured, and for how many people.
private let networks = [
  ("lenet5", 90), ("lenet5", 1145), ("cnn1d", 90), ("cnn2d", 90), ("crnn2d", 90), ("lstm1d", 90), ("inception1d", 90),
  ("resnet1d", 90), ("compact1d", 90), ("embedder1d", 90),
]

/// The forms of weights, and what a row's name says of them.
private let forms = [(Layer.Storage.float32, ""), (.float16, ", float16"), (.int8, ", int8")]

/// Forward passes, in microseconds per beat. Weights are random and as often negative as positive, as networks begin and as the
/// peers have them: rectifiers then leave zeros, as they do in trained networks, and what zeros multiply is not read. For one
/// beat also what a pass takes at the least on one core of this machine that does all the work: reading each weight once,
/// measured in turns with the network, and multiplying. Only rows whose names begin with one of `names`, if there are any.
func benchmarkNetworks(_ names: [String]) {
  let ceilings = Ceilings()
  print(ceilings)
  for (name, people) in networks {
    guard let description = Architecture.named(name)?.network(people: people) else { continue }
    for batch in [1, 16] {
      for (storage, form) in forms {
        let row = "\(name), \(people) people, batch \(batch)\(form)"
        guard names.isEmpty || names.contains(where: row.hasPrefix) else { continue }
        do {
          let work = try Work(description, storage)
          let weights = batch == 1 ? [Ceilings.Memory(work.bytes)] : []
          let times = try forwardPass(description, storage, batch: batch, beside: weights.map { $0.read })
          report(row, times[0] / Double(batch))
          guard batch == 1 else { continue }
          report(row, library: "bound by reading", times[1])
          if let time = ceilings.multiplying(work.multiplications, storage) {
            report(row, library: "bound by multiplying", time)
          }
        } catch {
          print("\(name): \(error)")
        }
      }
    }
  }
}

/// Microseconds of a pass, and of what is measured beside it.
private func forwardPass(
  _ description: NetworkDescription, _ storage: Layer.Storage, batch: Int, beside bodies: [() -> Void]
) throws -> [Double] {
  var random = SeededGenerator(seed: 1)
  let weights: ClosedRange<Float> = -0.05...0.05
  let others: ClosedRange<Float> = 0.001...0.01  // biases; of a normalisation, which has a variance, all
  func values(_ count: Int, in range: ClosedRange<Float>) -> UnsafeMutablePointer<Float> {
    let memory = memory(count * 4).assumingMemoryBound(to: Float.self)
    for index in 0..<count {
      memory[index] = range.lowerBound + Float(random.uniform()) * (range.upperBound - range.lowerBound)
    }
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
    /// Memory in which every byte is a small number.
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
          let tensor = values(count, in: layers[layer].isKernel(index) ? weights : others)
          tensors.append(tensor)
          try network.setParameter(layer: layer, index: index, tensor)
        case .float16:
          let tensor = values(count, in: weights)
          let halves = memory(2 * count).assumingMemoryBound(to: UInt16.self)
          for index in 0..<count { halves[index] = Float16(tensor[index]).bitPattern }
          tensor.deallocate()
          tensors.append(halves)
          try network.setParameter(layer: layer, index: index, halves: halves)
        case .int8:
          let kernel = try layers[layer].integerKernel(index, input: network.inputShape(ofLayer: layer))
          let scales = values(kernel.columns, in: 0.001...0.002)
          tensors.append(scales)
          try network.setParameter(
            layer: layer, index: index, integers: bytes(kernel.count).assumingMemoryBound(to: Int8.self),
            scales: scales, sums: bytes(4 * kernel.columns).assumingMemoryBound(to: Int32.self))
        }
      }
    }
    let input = values(batch * network.inputShape.count, in: 0...1)
    let output = memory(4 * batch * network.outputShape.count).assumingMemoryBound(to: Float.self)
    let size = network.scratchSize(batch: batch)
    let scratch = UnsafeMutableRawBufferPointer(start: memory(size), count: size)
    defer { for tensor in tensors { tensor.deallocate() } }
    let pass = { (try? network.run(input, batch: batch, scratch: scratch, output: output, embedding: nil)) ?? () }
    return microseconds(inTurns: [pass] + bodies)
  }
}
