import ECGCore
import ECGModelFile
import ECGNetwork
import Foundation

extension ModelContents {
  /// Reads a whole model file, digest included, as the trainer needs it to evaluate a model or to train it further.
  public init(contentsOf url: URL) throws(ExportError) { self = try ModelContents.read(url).model }

  /// The same, with the file's SHA-256 in hexadecimal, which other models name it by.
  public static func read(_ url: URL) throws(ExportError) -> (model: ModelContents, digest: String) {
    let reader = try HDF5Reader(url)
    defer { withExtendedLifetime(reader) {} }
    let (file, digest) = try reader.reading("") { () throws(Status) in
      let file = try ModelFile(reader.file.content)
      try file.verifyDigest()
      return (file, try file.contentDigest().hexadecimal)
    }
    return (try ModelContents(reader, file), digest)
  }

  private init(_ reader: HDF5Reader, _ file: ModelFile) throws(ExportError) {
    let network = try reader.reading("ecg/layers") { () throws(Status) in try NetworkDescription(file) }
    let shapes = try layerInputs(of: network)
    var parameters: [[[Float]]] = []
    for (index, layer) in network.layers.enumerated() {
      let name = network.layerNames[index]
      parameters.append(
        try reader.reading("model_weights/\(name)") { () throws(Status) in
          var tensors: [[Float]] = []
          for number in 0..<layer.parameterCount {
            let parameter = try layer.parameter(number, input: shapes[index])
            tensors.append(try values(number, of: layer, index, parameter, input: shapes[index], in: file))
          }
          return tensors
        })
    }
    let (labels, answer) = try reader.reading("ecg") { () throws(Status) in
      var labels: [String] = []
      for index in 0..<file.personCount { labels.append(String(cString: try file.label(index))) }
      let answer = try file.knownAnswer()
      return (labels, KnownAnswer(input: Array(answer.input), output: Array(answer.output)))
    }
    self.init(
      network: network, parameters: parameters, labels: labels,
      preprocessing: try reader.numbers(of: "ecg/preprocessing"),
      outlierReference: try reader.reading("ecg/outlier") { () throws(Status) in
        do throws(Status) {
          return OutlierReferenceContents(try file.outlierReference())
        } catch {
          guard error == .noOutlierReference else { throw error }
          return nil
        }
      },
      knownAnswer: answer, provenance: try reader.texts(of: "ecg/provenance"),
      seenBeats: try SeenBeats(reader),
      history: try reader.reading("ecg/history") { () throws(Status) in try TrainingEpoch.epochs(in: file) })
    outlierReference?.later = try .init(reader)
    verification = try VerificationContents(reader, file)
  }
}

extension ModelContents.SeenBeats {
  /// What the model file says of beats that it has seen; nil when it says nothing.
  public init?(ofModelAt url: URL) throws(ExportError) {
    let reader = try HDF5Reader(url)
    defer { withExtendedLifetime(reader) {} }
    try self.init(reader)
  }

  fileprivate init?(_ reader: HDF5Reader) throws(ExportError) {
    guard reader.has("ecg/seen_beats") else { return nil }
    func beats(_ name: String) throws(ExportError) -> [UInt64] {
      let path = "ecg/seen_beats/\(name)"
      guard reader.has(path) else { return [] }
      let entry = try reader.dataset(path)
      return try reader.reading(path) { () throws(Status) in try entry.int64().map { UInt64(bitPattern: $0) } }
    }
    self.init(trained: try beats("trained"), validated: try beats("validated"))
  }
}

/// A tensor's values as float32, however they are stored.
private func values(
  _ number: Int, of layer: Layer, _ index: Int, _ parameter: Parameter, input: Shape, in file: ModelFile
) throws(Status) -> [Float] {
  let storage = layer.isKernel(number) ? layer.storage : .float32
  if storage == .int8 {
    let layout = try layer.integerKernel(number, input: input)
    let kernel = try file.integerKernel(
      layer: index, name: parameter.name, segments: layout.segments, groups: layout.groups, columns: layout.columns)
    return QuantizedKernel.weights(kernel.values, scales: kernel.scales, layout, count: parameter.count)
  }
  let entry = try file.parameter(layer: index, name: parameter.name)
  guard entry.hasShape(rank: parameter.rank, parameter.sizes) else { throw .malformed }
  return storage == .float32 ? Array(try entry.float32()) : try entry.float16().map { Float(Float16(bitPattern: $0)) }
}

extension NetworkDescription {
  fileprivate init(_ file: ModelFile) throws(Status) {
    let input = file.inputShape
    let shape: Shape
    switch input.rank {
    case 1: shape = .features(Int(input.channels))
    case 2: shape = .steps(Int(input.width), channels: Int(input.channels))
    case 3: shape = .image(Int(input.height), Int(input.width), channels: Int(input.channels))
    default: throw .malformed
    }
    var layers: [Layer] = []
    var names: [String] = []
    for index in 0..<file.layerCount {
      let integers = index * LayerTable.integerColumns..<(index + 1) * LayerTable.integerColumns
      let numbers = index * LayerTable.numberColumns..<(index + 1) * LayerTable.numberColumns
      layers.append(
        try Layer(
          integers: UnsafeBufferPointer(rebasing: file.layerIntegers[integers]),
          numbers: UnsafeBufferPointer(rebasing: file.layerNumbers[numbers])))
      names.append(String(cString: try file.layerName(index)))
    }
    self.init(name: String(cString: file.networkName), input: shape, layers: layers, layerNames: names)
  }
}

extension OutlierReferenceContents {
  fileprivate init(_ reference: OutlierReference) {
    self.init(
      features: reference.features.floats, dimensions: reference.dimensions, kDistances: Array(reference.kDistances),
      reachabilityDensities: Array(reference.reachabilityDensities), neighbourCount: reference.neighbourCount,
      metric: reference.metric, layer: Int(reference.layer), threshold: reference.threshold,
      falseAlarmRate: reference.falseAlarmRate, validationBeatCount: reference.validationBeatCount)
    switch reference.features {
    case .float32: storage = .float32
    case .float16: storage = .float16
    case .int8: storage = .int8
    }
  }
}
