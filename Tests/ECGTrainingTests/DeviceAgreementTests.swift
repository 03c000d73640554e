import ECGCore
import ECGNetwork
import Testing

@testable import ECGTraining

/// The trainer's forward pass and that of the device line give the same probabilities.
@Suite struct DeviceAgreementTests {
  @Test(arguments: Golden.all.indices) func sameProbabilities(_ index: Int) throws {
    let golden = Golden.all[index]
    let parameters = try golden.parameters
    let batch = try golden.batch(0)
    let engine = try OneDNNEngine(golden.network, batchSize: golden.batch)
    try engine.setParameters(parameters)
    let trained = try engine.predict(inputs: batch.inputs.span, count: golden.batch)

    let layers = golden.network.layers
    var output = [Float](repeating: 0, count: trained.count)
    let tables = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Network.tableSize(layerCount: layers.count), alignment: Arena.alignment)
    defer { tables.deallocate() }
    var arena = try Arena(tables)
    try layers.withUnsafeBufferPointer { layers in
      var network = try Network(input: golden.network.input, layers: layers, arena: &arena)
      let tensors = parameters.enumerated().flatMap { layer, own in
        own.enumerated().map {
          (layer, $0.offset, UnsafeMutableBufferPointer<Float>.allocate(capacity: $0.element.count))
        }
      }
      defer { for tensor in tensors { tensor.2.deallocate() } }
      for (layer, index, values) in tensors {
        _ = values.initialize(from: parameters[layer][index])
        try network.setParameter(layer: layer, index: index, values.baseAddress!)
      }
      let scratch = UnsafeMutableRawBufferPointer.allocate(
        byteCount: network.scratchSize(batch: golden.batch), alignment: Arena.alignment)
      defer { scratch.deallocate() }
      try network.run(batch.inputs, batch: golden.batch, scratch: scratch, output: &output, embedding: nil)
    }
    #expect(largestDifference(output, trained.map(Double.init)) < 1e-5, "\(golden.name)")
  }
}
