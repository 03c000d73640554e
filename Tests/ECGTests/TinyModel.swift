import ECG
import ECGCore
import ECGExport
import ECGIdentity
import ECGNetwork
import ECGSignal
import ECGTestSupport
import Foundation

/// A small model of three people, written as the trainer writes models, and opened as a device opens them.
enum TinyModel {
  static let beatLength = 200

  enum Features { case none, beat, hidden }

  /// A convolution, a hidden layer of six values, and three outputs.
  static func contents(features: Features = .hidden, width: Int = beatLength, people: Int = 3) -> ModelContents {
    var network = NetworkDescription(name: "tiny", input: .steps(width, channels: 1))
    network.convolution(filters: 3, window: 9, stride: 5, activation: .tanh)
    network.flatten()
    network.dense(units: 6, activation: .relu)
    network.dropout(rate: 0.5)
    network.dense(units: people, activation: .softmax)
    return contents(of: network, PipelineConfiguration(), features: features, beatLength: width, hiddenLayer: 2)
  }

  /// A network with random weights and an outlier reference of random beats.
  static func contents(
    of network: NetworkDescription, _ configuration: PipelineConfiguration, features: Features, beatLength: Int,
    hiddenLayer: Int
  ) -> ModelContents {
    var generator = SeededGenerator(seed: 21)
    func numbers(_ count: Int, _ scale: Float) -> [Float] { (0..<count).map { _ in Float(generator.normal()) * scale } }
    let parameters = zip(network.layers, try! network.inputShapes).map { layer, shape in
      (0..<layer.parameterCount).map { index in
        let values = numbers(try! layer.parameter(index, input: shape).count, 0.6)
        // A variance is positive.
        return layer.kind == .batchNormalization ? values.map { 0.5 + abs($0) } : values
      }
    }
    let answer = numbers(network.input.count, 0.05)
    let runner = PlainRunner(network, parameters)
    var contents = ModelContents(
      network: network, parameters: parameters, labels: (0..<runner.run(answer).output.count).map { "Person \($0)" },
      preprocessing: preprocessing(configuration), knownAnswer: .init(input: answer, output: runner.run(answer).output))
    func references(_ length: Int) -> [Float] { beats(count: 40, seed: 3, length: length) }
    switch features {
    case .none: break
    case .beat:
      contents.outlierReference = outliers(references(beatLength), dimensions: beatLength, layer: -1)
    case .hidden:
      let inputs = references(network.input.count)
      let hidden = (0..<40).flatMap { runner.run(beat($0, of: inputs, network.input.count)).embedding }
      contents.outlierReference = outliers(hidden, dimensions: hidden.count / 40, layer: hiddenLayer)
    }
    return contents
  }

  static func preprocessing(_ configuration: PipelineConfiguration) -> [(name: String, value: Double)] {
    (0..<PipelineConfiguration.fieldCount).map { ("\(PipelineConfiguration.fieldName($0))", configuration[field: $0]) }
  }

  /// Beats of unit length.
  static func beats(count: Int, seed: UInt64, length: Int = beatLength) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).flatMap { _ in
      let values = (0..<length).map { _ in Float(generator.normal()) }
      let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return values.map { $0 / norm }
    }
  }

  static func beat(_ index: Int, of beats: [Float], _ length: Int = beatLength) -> [Float] {
    Array(beats[index * length..<(index + 1) * length])
  }

  private static func outliers(_ features: [Float], dimensions: Int, layer: Int) -> OutlierReferenceContents {
    let count = features.count / dimensions
    var distances = [Float](repeating: 0, count: count)
    var densities = distances
    let memory = AlignedBytes(count: 1 << 20)
    features.withUnsafeBufferPointer { features in
      distances.withUnsafeMutableBufferPointer { distances in
        densities.withUnsafeMutableBufferPointer { densities in
          var arena = memory.arena
          try! LocalOutlierFactor.fit(
            features: features, dimensions: dimensions, neighbourCount: 5, kDistances: distances, densities: densities,
            working: &arena)
        }
      }
    }
    return OutlierReferenceContents(
      features: features, dimensions: dimensions, kDistances: distances, reachabilityDensities: densities,
      neighbourCount: 5, layer: layer, threshold: 1.25, falseAlarmRate: 0.1, validationBeatCount: 10)
  }

  /// The bytes of the file that ECGExport writes for these contents.
  static func bytes(_ contents: ModelContents) throws -> AlignedBytes {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "tiny.h5")
    try write(contents, to: url)
    return AlignedBytes(try Data(contentsOf: url))
  }
}

/// Memory aligned as an arena and a model's bytes need it.
final class AlignedBytes {
  let bytes: UnsafeMutableRawBufferPointer

  init(count: Int) { bytes = .allocate(byteCount: count, alignment: Arena.alignment) }

  convenience init(_ content: Data) {
    self.init(count: content.count)
    bytes.copyBytes(from: content)
  }

  var content: UnsafeRawBufferPointer { UnsafeRawBufferPointer(bytes) }
  var arena: Arena { try! Arena(bytes) }
  deinit { bytes.deallocate() }
}

/// A model in memory that lives as long as this object.
final class OpenedModel {
  let pointer: UnsafeMutablePointer<Model>
  private let file: AlignedBytes
  private let tables: AlignedBytes

  init(_ file: AlignedBytes) throws {
    self.file = file
    tables = AlignedBytes(count: try Model.memorySize(file.content))
    var arena = tables.arena
    pointer = .allocate(capacity: 1)
    pointer.initialize(to: try Model(file.content, arena: &arena))
  }

  convenience init(_ contents: ModelContents) throws { try self.init(TinyModel.bytes(contents)) }
  deinit { pointer.deallocate() }

  /// Runs `body` with a session at 500 Hz.
  func withSession<R>(
    seconds: Double = 10, batch: Int = Session.largestBatch, _ body: (Session) throws -> R
  ) throws -> R {
    let memory = AlignedBytes(
      count: try Session.memorySize(pointer, longestSeconds: seconds, samplingRate: 500, batch: batch))
    var arena = memory.arena
    let session = try Session(pointer, longestSeconds: seconds, samplingRate: 500, batch: batch, arena: &arena)
    defer { withExtendedLifetime((memory, self)) {} }
    return try body(session)
  }
}

/// One sample at a time through ECGNetwork, with nothing of ECG between.
struct PlainRunner {
  private let network: NetworkDescription
  private let parameters: [[[Float]]]

  init(_ network: NetworkDescription, _ parameters: [[[Float]]]) {
    self.network = network
    self.parameters = parameters
  }

  func run(_ input: [Float]) -> (output: [Float], embedding: [Float]) {
    let tables = AlignedBytes(count: Network.tableSize(layerCount: network.layers.count))
    var arena = tables.arena
    var copies: [UnsafeMutablePointer<Float>] = []
    defer { for copy in copies { copy.deallocate() } }
    return network.layers.withUnsafeBufferPointer { layers in
      var running = try! Network(input: network.input, layers: layers, arena: &arena)
      for (layer, tensors) in parameters.enumerated() {
        for (index, values) in tensors.enumerated() {
          let copy = UnsafeMutablePointer<Float>.allocate(capacity: values.count)
          copy.initialize(from: values, count: values.count)
          copies.append(copy)
          try! running.setParameter(layer: layer, index: index, copy)
        }
      }
      let scratch = AlignedBytes(count: running.scratchSize(batch: 1))
      var output = [Float](repeating: .nan, count: running.outputShape.count)
      var embedding = [Float](repeating: .nan, count: running.embeddingCount)
      output.withUnsafeMutableBufferPointer { output in
        embedding.withUnsafeMutableBufferPointer { embedding in
          try! running.run(
            input, batch: 1, scratch: scratch.bytes, output: output.baseAddress!, embedding: embedding.baseAddress)
        }
      }
      return (output, embedding)
    }
  }
}
