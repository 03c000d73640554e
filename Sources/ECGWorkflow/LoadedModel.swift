import ECG
import ECGCore
import ECGExport
import ECGIdentity
import ECGModelFile
import ECGSignal
import Foundation

/// A weights file, opened by the same code that opens it on a device.
public final class LoadedModel {
  public let url: URL
  public let labels: [String]
  public var model: Model { state.pointee }
  /// For what keeps this object alive.
  var pointer: UnsafePointer<Model> { UnsafePointer(state) }
  private let bytes: UnsafeRawBufferPointer
  private let mapped: MappedFile
  private let memory: AlignedMemory
  private let state: UnsafeMutablePointer<Model>

  /// Opens the file and checks its structure and its digest.
  public init(contentsOf url: URL) throws {
    self.url = url
    mapped = try MappedFile(url)
    bytes = mapped.content
    do throws(Status) {
      memory = AlignedMemory(byteCount: try Model.memorySize(bytes))
      var arena = memory.arena()
      let model = try Model(bytes, arena: &arena)
      try model.file.verifyDigest()
      var labels: [String] = []
      for person in 0..<model.personCount { labels.append(String(cString: try model.file.label(person))) }
      self.labels = labels
      state = .allocate(capacity: 1)
      state.initialize(to: model)
    } catch {
      throw WorkflowError.model(file: url.path, reason: error.message)
    }
  }

  deinit {
    state.deallocate()
    withExtendedLifetime(mapped) {}
  }

  /// The file's SHA-256, in hexadecimal.
  public var digest: String {
    ((try? model.file.storedDigest()) ?? .init(start: nil, count: 0))
      .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Where the model comes from, by name; empty texts for what the file does not say.
  public var provenance: [String: String] {
    var texts: [String: String] = [:]
    guard let group = try? model.file.provenance(), var attributes = try? model.file.file.attributes(of: group) else {
      return [:]
    }
    while let (name, value) = (try? attributes.next()) ?? nil {
      if let text = try? value.text() { texts[String(cString: name)] = String(cString: text) }
    }
    return texts
  }

  /// How training went; empty when the file does not say.
  public var history: [TrainingEpoch] { (try? TrainingEpoch.epochs(in: model.file)) ?? [] }

  /// Names of the network's layers, in order.
  public var layerNames: [String] {
    (0..<model.file.layerCount).map { (try? String(cString: model.file.layerName($0))) ?? "?" }
  }

  /// What the model says of one recording.
  public struct Answer {
    public var decision: Decision
    public var probabilities: [Float]
    /// nil when the model carries no outlier reference.
    public var outlierScore: Float?
    public var isOutlier: Bool
    public var beatCount: Int
  }

  /// Of all that makes an embedding: what galleries know their model by.
  public func embeddingDigest() throws -> SHA256.Digest {
    do throws(Status) {
      return try model.embeddingDigest()
    } catch {
      throw WorkflowError.model(file: url.path, reason: error.message)
    }
  }

  /// What cuts recordings into the beats that this model takes.
  public func beatFinder() throws -> BeatFinder { try BeatFinder(model.pipeline.configuration) }

  /// Working memory for recordings of up to `seconds` at `samplingRate` Hz.
  public func recogniser(longestSeconds seconds: Double, samplingRate: Double) throws -> Recogniser {
    do throws(Status) {
      return try Recogniser(self, state, seconds, samplingRate)
    } catch {
      throw WorkflowError.model(file: url.path, reason: error.message)
    }
  }

  /// Working memory for beats that were found already.
  public func recogniser() throws -> Recogniser {
    try recogniser(longestSeconds: 1, samplingRate: model.pipeline.configuration.samplingRate)
  }

  /// A session and its memory.
  public final class Recogniser {
    private let owner: LoadedModel
    private let memory: AlignedMemory
    let session: Session

    fileprivate init(
      _ owner: LoadedModel, _ model: UnsafeMutablePointer<Model>, _ seconds: Double, _ samplingRate: Double
    ) throws(Status) {
      self.owner = owner
      let batch = Session.largestBatch
      memory = AlignedMemory(
        byteCount: try Session.memorySize(model, longestSeconds: seconds, samplingRate: samplingRate, batch: batch))
      var arena = memory.arena()
      session = try Session(model, longestSeconds: seconds, samplingRate: samplingRate, batch: batch, arena: &arena)
    }

    /// Beats of one recording decide together.
    public func answer(_ beats: [Float]) throws(Status) -> Answer {
      try beats.withUnsafeBufferPointer { (beats) throws(Status) in try answer(beats) }
    }

    private func answer(_ beats: UnsafeBufferPointer<Float>) throws(Status) -> Answer {
      let decision: Decision
      var score: Float?
      if owner.model.outliers == nil {
        decision = try session.identify(beats)
      } else {
        (decision, score) = try session.recognise(beats)
      }
      let probabilities = Array(session.probabilities)
      return Answer(
        decision: decision, probabilities: probabilities, outlierScore: score,
        isOutlier: score.map { $0 > owner.model.outlierReference!.threshold } ?? false,
        beatCount: beats.count / owner.model.pipeline.beatLength)
    }

    /// Throws when the file changed or computes something else here: see `Session.verify`.
    public func verify() throws(Status) { try session.verify() }
  }
}
