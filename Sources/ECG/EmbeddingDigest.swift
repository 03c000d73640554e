import ECGCore
import ECGModelFile
import ECGNetwork
import ECGSignal

extension Model {
  /// The SHA-256 of all that decides which embedding a beat gets: signal chain, layers and weights, up to the layer
  /// whose values embeddings are.
  ///
  /// It is not the file's digest: people stay enrolled when outliers or verification are calibrated anew, which changes
  /// the file but no embedding.
  public func embeddingDigest() throws(Status) -> SHA256.Digest {
    var hash = SHA256()
    let configuration = pipeline.configuration
    for field in 0..<PipelineConfiguration.fieldCount {
      // A field that is as it was before there was that field says nothing, so that new ones change no digest.
      let value = configuration[field: field]
      guard value != PipelineConfiguration.fieldWhenAbsent(field) else { continue }
      hash.update(value: Int32(truncatingIfNeeded: field))
      hash.update(value: value.bitPattern)
    }
    hash.update(value: file.inputShape.rank)
    hash.update(value: file.inputShape.height)
    hash.update(value: file.inputShape.width)
    hash.update(value: file.inputShape.channels)
    var layer = 0
    while layer <= network.embeddingLayer {
      for column in 0..<LayerTable.integerColumns {
        hash.update(value: file.layerIntegers[layer &* LayerTable.integerColumns &+ column])
      }
      for column in 0..<LayerTable.numberColumns {
        hash.update(value: file.layerNumbers[layer &* LayerTable.numberColumns &+ column].bitPattern)
      }
      for index in 0..<network.layer(layer).parameterCount { try hash.update(index, of: layer, in: self) }
      layer &+= 1
    }
    return hash.finish()
  }
}

extension SHA256 {
  /// Takes a tensor as it is stored.
  fileprivate mutating func update(_ index: Int, of number: Int, in model: Model) throws(Status) {
    let network = model.network
    let layer = network.layer(number)
    let name = try network.parameter(layer: number, index: index).name
    guard layer.isKernel(index), layer.storage == .int8 else {
      return update(try model.file.parameter(layer: number, name: name).bytes)
    }
    let layout = try layer.integerKernel(index, input: network.inputShape(ofLayer: number))
    let kernel = try model.file.integerKernel(
      layer: number, name: name, segments: layout.segments, groups: layout.groups, columns: layout.columns)
    update(UnsafeRawBufferPointer(kernel.values))
    update(UnsafeRawBufferPointer(kernel.scales))
  }

  fileprivate mutating func update<T: BitwiseCopyable>(value: T) {
    withUnsafeBytes(of: value) { update($0) }
  }
}
