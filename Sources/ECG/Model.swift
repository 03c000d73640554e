import ECGCore
import ECGIdentity
import ECGModelFile
import ECGNetwork
import ECGSignal

/// The people in one weights file, ready to be recognised: where the file, the signal chain, the network and the
/// outlier reference meet. Nothing in it changes after `init`, so threads may share it.
public struct Model: @unchecked Sendable {
  public let file: ModelFile
  public let pipeline: Pipeline
  public let representation: BeatRepresentation
  public let network: Network
  public let outliers: LocalOutlierFactor?
  public let outlierReference: OutlierReference?
  /// What scores against a gallery mean; nil when the model was not calibrated.
  public let verification: VerificationScale?

  /// People whom it names by itself; 0 when it is for galleries alone.
  public var personCount: Int { file.personCount }

  /// What outliers are measured on: the beat itself, or the network's last hidden layer.
  public var outliersUseEmbedding: Bool { (outlierReference?.layer ?? -1) >= 0 }

  /// Makes a model from the bytes of a weights file; tables go into `arena`, weights stay where they are. Bytes and
  /// arena must outlive the model. Checks the structure, not the digest.
  public init(_ bytes: UnsafeRawBufferPointer, arena: inout Arena) throws(Status) {
    let file = try ModelFile(bytes)
    let configuration = try Model.configuration(in: file)
    self.file = file
    pipeline = try Pipeline(configuration)
    representation = try BeatRepresentation(configuration, arena: &arena)

    let layers = try Model.layers(in: file, arena: &arena)
    let shape = file.inputShape
    var network: Network
    do throws(NetworkFault) {
      network = try Network(
        input: Shape(rank: shape.rank, height: shape.height, width: shape.width, channels: shape.channels),
        layers: UnsafeBufferPointer(layers), endsWithEmbedding: file.personCount == 0, arena: &arena)
    } catch {
      throw error.status
    }
    try Model.setParameters(of: &network, layers, from: file)
    guard network.inputShape.count == representation.outputCount, network.outputShape.rank == 1,
      file.personCount == 0 || network.outputShape.count == file.personCount
    else { throw .graph }
    self.network = network

    do throws(Status) {
      let reference = try file.outlierReference()
      let expected = reference.layer < 0 ? pipeline.beatLength : network.embeddingCount
      guard reference.layer < 0 || Int(reference.layer) == network.embeddingLayer, reference.dimensions == expected,
        let metric = LocalOutlierFactor.Metric(rawValue: reference.metric)
      else { throw .malformed }
      let features: LocalOutlierFactor.Features =
        switch reference.features {
        case .float32(let values): .float32(values)
        case .float16(let values): .float16(values)
        case .int8(let values, let scales): .int8(values, scales: scales)
        }
      outliers = try LocalOutlierFactor(
        features: features, dimensions: reference.dimensions, kDistances: reference.kDistances,
        densities: reference.reachabilityDensities, neighbourCount: reference.neighbourCount, metric: metric)
      outlierReference = reference
    } catch {
      guard error == .noOutlierReference else { throw error }
      outliers = nil
      outlierReference = nil
    }

    if let reference = try file.verification() {
      verification = try VerificationScale(
        beatCounts: reference.beatCounts, rates: reference.impostorRates, scores: reference.impostorScores,
        people: reference.people, promisedRate: reference.falseAcceptanceRate)
    } else {
      verification = nil
    }
  }

  /// Bytes of the arena that a model made from these bytes takes.
  public static func memorySize(_ bytes: UnsafeRawBufferPointer) throws(Status) -> Int {
    let file = try ModelFile(bytes)
    let configuration = try Model.configuration(in: file)
    _ = try Pipeline(configuration)
    var arena = Arena.measuring()
    _ = try BeatRepresentation(configuration, arena: &arena)
    _ = try arena.take(Layer.self, file.layerCount)
    _ = try arena.take(UInt8.self, Network.tableSize(layerCount: file.layerCount))
    return arena.peak
  }

  private static func configuration(in file: ModelFile) throws(Status) -> PipelineConfiguration {
    var configuration = PipelineConfiguration()
    for field in 0..<PipelineConfiguration.fieldCount {
      try configuration.setField(field, to: try value(of: field, in: file))
    }
    try configuration.validate()
    return configuration
  }

  /// A field that the file does not have yet is as it was before there was that field.
  private static func value(of field: Int, in file: ModelFile) throws(Status) -> Double {
    do throws(Status) {
      return try file.preprocessing(PipelineConfiguration.fieldName(field))
    } catch {
      guard error == .missingEntry, let before = PipelineConfiguration.fieldWhenAbsent(field) else { throw error }
      return before
    }
  }

  private static func layers(in file: ModelFile, arena: inout Arena) throws(Status) -> UnsafeMutableBufferPointer<Layer>
  {
    let layers = try arena.take(Layer.self, file.layerCount)
    for index in 0..<file.layerCount {
      let integers = index &* LayerTable.integerColumns
      let numbers = index &* LayerTable.numberColumns
      let layer = try Layer(
        integers: UnsafeBufferPointer(rebasing: file.layerIntegers[integers..<integers &+ LayerTable.integerColumns]),
        numbers: UnsafeBufferPointer(rebasing: file.layerNumbers[numbers..<numbers &+ LayerTable.numberColumns]))
      layers.initializeElement(at: index, to: layer)
    }
    return layers
  }

  private static func setParameters(
    of network: inout Network, _ layers: UnsafeMutableBufferPointer<Layer>, from file: ModelFile
  ) throws(Status) {
    for layer in 0..<layers.count {
      for index in 0..<layers[layer].parameterCount {
        try setParameter(of: &network, layers[layer], layer, index, from: file)
      }
    }
  }

  private static func setParameter(
    of network: inout Network, _ layer: Layer, _ number: Int, _ index: Int, from file: ModelFile
  ) throws(Status) {
    let parameter = try network.parameter(layer: number, index: index)
    let storage = layer.isKernel(index) ? layer.storage : .float32
    if storage == .int8 {
      let layout = try layer.integerKernel(index, input: network.inputShape(ofLayer: number))
      let kernel = try file.integerKernel(
        layer: number, name: parameter.name, segments: layout.segments, groups: layout.groups, columns: layout.columns)
      guard let values = kernel.values.baseAddress, let scales = kernel.scales.baseAddress,
        let sums = kernel.sums.baseAddress
      else { throw .malformed }
      return try network.setParameter(layer: number, index: index, integers: values, scales: scales, sums: sums)
    }
    let entry = try file.parameter(layer: number, name: parameter.name)
    guard entry.hasShape(rank: parameter.rank, parameter.sizes) else { throw .malformed }
    if storage == .float16 {
      guard let halves = try entry.float16().baseAddress else { throw .malformed }
      return try network.setParameter(layer: number, index: index, halves: halves)
    }
    guard let values = try entry.float32().baseAddress else { throw .malformed }
    try network.setParameter(layer: number, index: index, values)
  }

  /// Weights and biases of the network.
  public var parameterCount: Int {
    var count = 0
    for layer in 0..<network.layerCount { count &+= network.parameterCount(ofLayer: layer) }
    return count
  }
}
