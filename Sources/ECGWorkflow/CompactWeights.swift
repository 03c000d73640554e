import ECG
import ECGCore
import ECGExport
import ECGMetrics
import ECGModelFile
import ECGNetwork
import Foundation

/// The form that the kernels of a weights file are stored in, as options name it.
public enum WeightForm: String, CaseIterable, Sendable, Codable {
  /// Half precision: half the file.
  case f16
  /// 8 bits with a scale for each filter and unit: a quarter of the file, and faster arithmetic.
  case i8

  var storage: Layer.Storage { self == .f16 ? .float16 : .int8 }
  var name: String { self == .f16 ? "float16" : "int8" }
}

/// A model whose weights are rounded, and what that did to its answers. Nothing is written before somebody has looked.
public struct CompactModel {
  public let comparison: Comparison
  private let contents: ModelContents
  private let name: String

  /// The answers to the same beats before and after.
  public struct Comparison: Codable, Sendable {
    /// "validation" for the beats that the model's training kept for validation; "other" for all those of people it knows
    /// in a file that it was not trained on, "test" where its training kept none for validation.
    public var part: String
    /// Beats that each decide alone.
    public var before: CorrectCount
    public var after: CorrectCount
    /// Beats that name another person than before.
    public var changed: Int
    /// Of all persons and beats.
    public var largestProbabilityChange: Float
    /// Of the outlier scores, relative; nil without an outlier reference.
    public var largestOutlierScoreChange: Float?
    /// What became of the outlier reference; nil without one.
    public var outliers: Outliers?
    public var bytesBefore: Int
    public var bytesAfter: Int

    public struct Outliers: Codable, Sendable {
      /// Beats turned away as a stranger's, each alone: these are known people's.
      public var turnedAwayBefore: Int
      public var turnedAwayAfter: Int
      public var thresholdBefore: Float
      public var thresholdAfter: Float
      public var references: Int
      /// Whether references and threshold were made anew from what the compact network makes of the beats that trained
      /// the model; otherwise they are the old ones, rounded.
      public var isMadeAnew: Bool
    }

    /// Percentage points of accuracy; negative when there are more right answers.
    public var loss: Double { 100 * (before.share - after.share) }
  }

  /// Rounds the weights of the model at `url` and its outlier references, and compares its answers to beats of a file.
  /// With the beats that trained the model, references and threshold are made anew for what the rounded network makes
  /// of them.
  ///
  /// - Parameter digest: the SHA-256 of the file of prepared beats.
  /// - Throws: `WorkflowError`: the model's weights are rounded already, or model and beats do not fit together.
  public init(_ url: URL, as form: WeightForm, judgedBy prepared: PreparedBeats, digest: String) throws {
    let original = try LoadedModel(contentsOf: url)
    var contents = try ModelContents(contentsOf: url)
    if let storage = contents.compactStorage {
      throw WorkflowError.model(
        file: url.path,
        reason: "its weights are \(storage == .int8 ? "int8" : "float16") already: take the file that was trained")
    }
    // Keras opens float16 files, with the layers that it knows; for 8 bits, fewer of them make a smaller file.
    if form == .i8 { contents = contents.foldingNormalization() }
    contents = contents.storingKernels(as: form.storage)
    contents.provenance.append(("weights", "\(form.name) of \(original.digest)"))
    let beats = try EvaluationBeats(original, prepared, digest: digest)

    name = url.lastPathComponent
    let folder = try ScratchFolder()
    let place = folder.url.appending(path: name)
    if let old = contents.outlierReference {
      if beats.training.isEmpty {
        contents.outlierReference = try old.rounded(as: form.storage)
      } else {
        contents.outlierReference = nil
        try ECGExport.write(contents, to: place)
        contents.outlierReference = try old.madeAnew(
          prepared, beats, by: LoadedModel(contentsOf: place), as: form.storage)
      }
    }
    try ECGExport.write(contents, to: place)
    let compact = try LoadedModel(contentsOf: place)
    comparison = try Comparison(original, compact, prepared, beats)
    contents.knownAnswer.output = try compact.answer(to: contents.knownAnswer.input).output
    self.contents = contents
  }

  /// Writes the model's file.
  public func write(to url: URL) throws { try ECGExport.write(contents, to: url) }

  /// The model's file in a folder that is gone afterwards.
  public func withFile(_ body: (URL) throws -> Void) throws {
    try withScratchFile(name) {
      try write(to: $0)
      try body($0)
    }
  }
}

extension CompactModel.Comparison {
  fileprivate init(
    _ original: LoadedModel, _ compact: LoadedModel, _ prepared: PreparedBeats, _ beats: EvaluationBeats
  ) throws {
    let judges = beats.validation.isEmpty ? beats.test : beats.validation
    switch beats.origin {
    case .split: part = beats.validation.isEmpty ? "test" : "validation"
    case .otherBeats, .unknownTraining: part = "other"
    }
    let truths = prepared.classes(of: judges, among: original.labels).map(Int.init)
    let (old, new) = (
      try Answers(original, judges, truths, prepared), try Answers(compact, judges, truths, prepared)
    )
    before = CorrectCount(old.judgements.count(where: \.isCorrect), of: judges.count)
    after = CorrectCount(new.judgements.count(where: \.isCorrect), of: judges.count)
    changed = zip(old.judgements, new.judgements).count { $0.named != $1.named }
    largestProbabilityChange = zip(old.probabilities, new.probabilities).reduce(0) { max($0, abs($1.0 - $1.1)) }
    largestOutlierScoreChange = zip(old.scores, new.scores).map { abs($1 / $0 - 1) }.max()
    if let before = original.model.outlierReference, let after = compact.model.outlierReference {
      outliers = Outliers(
        turnedAwayBefore: old.scores.count { $0 > before.threshold },
        turnedAwayAfter: new.scores.count { $0 > after.threshold }, thresholdBefore: before.threshold,
        thresholdAfter: after.threshold, references: after.count, isMadeAnew: !beats.training.isEmpty)
    }
    bytesBefore = original.model.file.file.size
    bytesAfter = compact.model.file.file.size
  }
}

/// What a model says of some beats, each alone.
private struct Answers {
  /// Everybody's, beat by beat.
  var probabilities: [Float] = []
  var judgements: [Judgement] = []
  /// Outlier scores; none without an outlier reference.
  var scores: [Float] = []

  /// - Parameter truths: whose each of the beats is.
  init(_ loaded: LoadedModel, _ beats: [Int], _ truths: [Int], _ prepared: PreparedBeats) throws {
    do throws(Status) {
      let runner = try BatchRunner(loaded)
      let scorer = OutlierScorer(of: loaded)
      let usesEmbedding = loaded.model.outliersUseEmbedding
      try prepared.values(of: beats).withUnsafeBufferPointer { (values) throws(Status) in
        try runner.forEachBatch(of: values) { (some, embeddings) throws(Status) in
          for start in stride(from: 0, to: some.count, by: runner.personCount) {
            let row = UnsafeBufferPointer(rebasing: some[start..<start + runner.personCount])
            judgements.append(Judgement(row, truth: truths[judgements.count]))
          }
          probabilities += some
          if usesEmbedding, let scorer { scores += try scorer.scores(of: embeddings) }
        }
        if !usesEmbedding, let scorer { scores = try scorer.scores(of: values) }
      }
    } catch {
      throw WorkflowError.model(file: loaded.url.path, reason: error.message)
    }
  }
}

extension OutlierReferenceContents {
  /// Made of the same beats, as `compact` sees them, with a threshold of its own.
  fileprivate func madeAnew(
    _ prepared: PreparedBeats, _ beats: EvaluationBeats, by compact: LoadedModel, as storage: Layer.Storage
  ) throws -> OutlierReferenceContents {
    var options = OutlierOptions()
    options.features = layer < 0 ? .beat : .hidden
    options.neighbourCount = neighbourCount
    options.mostReferences = count
    options.falseAlarmRate = Double(falseAlarmRate)
    options.storage = storage
    return try fitOutliers(
      prepared, references: beats.training, validation: beats.validation,
      embedding: (compact.model.network.embeddingLayer, compact.model.network.embeddingCount), options: options
    ) { try embeddings(of: $0, in: prepared, compact) }
  }

  /// The same references, rounded; the threshold stays.
  fileprivate func rounded(as storage: Layer.Storage) throws -> OutlierReferenceContents {
    var contents = self
    contents.features = try ECGWorkflow.rounded(features, dimensions: dimensions, as: storage)
    contents.storage = storage
    do throws(Status) {
      let scorer = try OutlierScorer(
        features: contents.features, dimensions: dimensions, neighbourCount: neighbourCount)
      contents.kDistances = scorer.kDistances
      contents.reachabilityDensities = scorer.densities
    } catch {
      throw WorkflowError.option("the outlier reference cannot be rounded: \(error.message)")
    }
    return contents
  }
}

extension LoadedModel {
  /// What the network answers to one input of its own, and the values of its last hidden layer.
  func answer(to input: [Float]) throws -> (output: [Float], embedding: [Float]) {
    let network = model.network
    var output = [Float](repeating: 0, count: network.outputShape.count)
    var embedding = [Float](repeating: 0, count: network.embeddingCount)
    let scratch = AlignedMemory(byteCount: network.scratchSize(batch: 1))
    do throws(Status) {
      try network.run(input, batch: 1, scratch: scratch.bytes, output: &output, embedding: &embedding)
    } catch {
      throw WorkflowError.model(file: url.path, reason: error.message)
    }
    return (output, embedding)
  }
}
