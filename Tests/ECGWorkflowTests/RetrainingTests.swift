import ECGCore
import ECGExport
import ECGIdentity
import ECGMetrics
import ECGNetwork
import ECGRecords
import ECGSignal
import ECGTestSupport
import ECGWorkflowTestSupport
import Foundation
import Testing

@testable import ECGArchitectures
@testable import ECGTraining
@testable import ECGWorkflow

/// A trained model goes on with other people.
@Suite struct RetrainingTests {
  private static let everyone = simulatedBeats(people: 9)

  /// The beats of some people, in this order, as a file of their own would have them.
  private static func beats(of numbers: [Int], sessions: Range<Int> = 0..<3) -> PreparedBeats {
    let all = everyone
    var some = PreparedBeats(beatLength: all.beatLength, samplingRate: all.samplingRate, source: "some")
    some.preprocessing = all.preprocessing
    some.leftOutReasons = all.leftOutReasons
    for number in numbers {
      some.people.append(all.people[number])
      let recordings = all.recordings.indices.filter { Int(all.recordings[$0].person) == number }
      for recording in recordings[sessions] {
        var copy = all.recordings[recording]
        copy.person = Int32(some.people.count - 1)
        some.recordings.append(copy)
        for beat in 0..<all.count where Int(all.recordingOfBeat[beat]) == recording {
          some.beats += all.beats[beat * all.beatLength..<(beat + 1) * all.beatLength]
          some.personOfBeat.append(copy.person)
          some.recordingOfBeat.append(Int32(some.recordings.count - 1))
          some.rPeaks.append(all.rPeaks[beat])
          if !all.qualities.isEmpty { some.qualities.append(all.qualities[beat]) }
        }
      }
    }
    return some
  }

  private static func name(_ number: Int) -> String { everyone.people[number] }

  private func options(
    _ start: ModelTrainingOptions.Start, epochs: Int = 4, _ change: (inout ModelTrainingOptions) -> Void = { _ in }
  ) -> ModelTrainingOptions {
    var training = TrainingOptions(epochs: epochs, batchSize: 16)
    training.learningRate = 5e-3
    var options = ModelTrainingOptions(start, training: training)
    options.evaluation = .lastRecording
    options.outliers?.neighbourCount = 5
    options.outliers?.falseAlarmRate = 0.2
    change(&options)
    return options
  }

  /// Knows the people 0 to 4.
  private func parent(in folder: TemporaryFolder, _ architecture: Architecture = .tiny) throws -> URL {
    let url = folder.url.appending(path: "parent.h5")
    _ = try trainModel(
      Self.beats(of: [0, 1, 2, 3, 4]), digest: "first", options: options(.new(architecture), epochs: 12), output: url)
    return url
  }

  private func retraining(_ url: URL, _ change: (inout Retraining) -> Void = { _ in }) throws -> Retraining {
    var retraining = try Retraining(contentsOf: url)
    change(&retraining)
    return retraining
  }

  @Test func peopleStayLeaveAndCome() throws {
    let folder = try TemporaryFolder()
    let (first, second) = (try parent(in: folder), folder.url.appending(path: "second.h5"))
    let before = try ModelContents.read(first)
    // 0 has no beats, 1 has none and is kept, 4 is dropped, 7 will be a stranger or not.
    let prepared = Self.beats(of: [7, 5, 4, 3, 2])
    let start = try retraining(first) { $0.kept = [Self.name(1)] }
    let result = try trainModel(
      prepared, digest: "second", options: options(.model(start)) { $0.dropped = [Self.name(4)] }, output: second)
    #expect(result.labels == [1, 2, 3, 7, 5].map(Self.name), "known people first, in their order")
    let figures = try #require(result.retraining)
    #expect(figures.added == [7, 5].map(Self.name) && figures.left == [0, 4].map(Self.name))
    #expect(figures.kept == [Self.name(1)] && figures.untested.isEmpty && figures.knowsSeenBeats)
    #expect(result.split.leftOut.map(\.reason) == [.dropped])
    #expect(result.outlierProblem == nil)

    let after = try ModelContents.read(second).model
    #expect(after.labels == result.labels)
    #expect(after.provenance.contains { $0 == ("retrained_from", before.digest) })
    #expect(after.network.layers[2].units == 16 && after.network.layers[3].units == 5)
    #expect(after.outlierReference?.features != before.model.outlierReference?.features, "fitted anew")
    let loaded = try LoadedModel(contentsOf: second)
    try loaded.recogniser(longestSeconds: 1, samplingRate: 500).verify()

    // Recounted by the device code on the division that the file alone gives.
    let evaluation = try evaluateModel(loaded, on: prepared, digest: "second")
    #expect(evaluation.beats.count == result.split.test.count)
    let correct = evaluation.beats.count { $0.judgement.isCorrect }
    #expect(correct == figures.knownAfter.correct + figures.new.correct)
    #expect(figures.knownBefore.count == figures.knownAfter.count && figures.knownBefore.count > 0)
    let parents = try LoadedModel(contentsOf: first)
    let recogniser = try parents.recogniser(longestSeconds: 1, samplingRate: 500)
    let known = result.split.test.filter {
      [2, 3].map(Self.name).contains(prepared.people[Int(prepared.personOfBeat[$0])])
    }
    let hits = try known.count { beat in
      let answer = try recogniser.answer(prepared.values(of: [beat]))
      return parents.labels[answer.decision.person] == prepared.people[Int(prepared.personOfBeat[beat])]
    }
    #expect(figures.knownBefore.correct == hits && figures.knownBefore.count == known.count)
  }

  @Test(arguments: EvaluationProtocol.allCases) func whatTheParentSawNeverTests(_ second: EvaluationProtocol) throws {
    let folder = try TemporaryFolder()
    let first = try parent(in: folder)
    let seen = try #require(try ModelContents.read(first).model.seenBeats)
    #expect(!seen.trained.isEmpty && !seen.validated.isEmpty && seen.trained == seen.trained.sorted())
    // The recording that judged the parent is not there.
    let prepared = Self.beats(of: [8, 4, 3, 2, 1, 0], sessions: 0..<2)
    let result = try trainModel(
      prepared, digest: "", options: options(.model(retraining(first))) { $0.evaluation = second },
      output: folder.url.appending(path: "second.h5"))
    let tested = Set(result.split.test.map { prepared.owners.identities[$0] })
    #expect(tested.isDisjoint(with: seen.trained) && tested.isDisjoint(with: seen.validated))
    #expect(result.retraining?.untested == result.labels.filter { $0 != Self.name(8) })
    let after = try #require(try ModelContents.read(folder.url.appending(path: "second.h5")).model.seenBeats)
    #expect(Set(after.trained).isSuperset(of: seen.trained), "the parent's beats are not forgotten")
  }

  /// Of a network whose classes are directions, trained with changing beats and a cosine loss.
  @Test func newDirectionsBeginAtTheMeanOfTheirEmbeddings() throws {
    let folder = try TemporaryFolder()
    let (first, second) = (folder.url.appending(path: "first.h5"), folder.url.appending(path: "second.h5"))
    let architecture = try #require(Architecture.named("embedder1d"))
    func directed(_ start: ModelTrainingOptions.Start, epochs: Int, rate: Double) -> ModelTrainingOptions {
      options(start, epochs: epochs) {
        $0.training.loss = .cosFace(scale: 8, margin: 0.1)
        $0.training.learningRate = rate
        $0.augmentation = BeatAugmentation()
      }
    }
    let trained = try trainModel(
      Self.beats(of: [0, 1, 2, 3, 4]), digest: "first", options: directed(.new(architecture), epochs: 8, rate: 3e-3),
      output: first)
    #expect(trained.deviceDifference < 1e-4)
    let prepared = Self.beats(of: [7, 3, 5])
    let start = try retraining(first)
    let result = try trainModel(
      prepared, digest: "second", options: directed(.model(start), epochs: 1, rate: 1e-12), output: second)
    #expect(result.labels == [3, 7, 5].map(Self.name))

    let (before, after) = (start.model, try ModelContents.read(second).model)
    let runner = try NetworkRunner(before.network, parameters: before.parameters)
    let kernel = after.parameters[after.network.last][0]
    let old = before.parameters[before.network.last][0]
    let width = runner.network.embeddingCount
    #expect(width == 64 && kernel.count == 64 * 3)
    for (column, label) in result.labels.enumerated() {
      var wanted = (0..<width).map { old[$0 * 5 + 3] }
      if label != Self.name(3) {
        let beats = result.split.training.filter { prepared.people[Int(prepared.personOfBeat[$0])] == label }
        let embeddings = try runner.run(prepared.values(of: beats)).embeddings
        for row in 0..<beats.count {
          let length = (0..<width).reduce(0) { $0 + embeddings[row * width + $1] * embeddings[row * width + $1] }
          #expect(abs(length - 1) < 1e-5, "an embedding has length 1")
        }
        wanted = (0..<width).map { i in beats.indices.reduce(0) { $0 + embeddings[$1 * width + i] } }
      }
      let length = wanted.reduce(0) { $0 + $1 * $1 }.squareRoot()
      for row in 0..<width { #expect(abs(kernel[row * 3 + column] - wanted[row] / length * 8) < 1e-4) }
    }
  }

  @Test func generationsAreNamedInTheirOrder() throws {
    let folder = try TemporaryFolder()
    var url = try parent(in: folder)
    var digests: [String] = []
    for generation in 1...2 {
      digests.insert(try ModelContents.read(url).digest, at: 0)
      let next = folder.url.appending(path: "\(generation).h5")
      _ = try trainModel(
        Self.beats(of: [5, 6]), digest: "", options: options(.model(retraining(url)), epochs: 1), output: next)
      url = next
    }
    let model = try ModelContents.read(url).model
    #expect(model.labels == [5, 6].map(Self.name), "entirely new people")
    #expect(model.provenance.first { $0.name == "retrained_from" }?.text == digests.joined(separator: "\n"))
  }

  // MARK: Frozen layers

  @Test(arguments: [Retraining.Freeze.features, .upTo("flatten"), .upTo("dense")])
  func frozenLayersKeepTheirWeights(_ freeze: Retraining.Freeze) throws {
    let folder = try TemporaryFolder()
    let (first, second) = (try parent(in: folder), folder.url.appending(path: "second.h5"))
    _ = try trainModel(
      Self.beats(of: [1, 2, 5]), digest: "", options: options(.model(retraining(first) { $0.freeze = freeze })),
      output: second)
    let (before, after) = (try ModelContents(contentsOf: first), try ModelContents(contentsOf: second))
    #expect(after.parameters[0] == before.parameters[0])
    #expect((after.parameters[2] == before.parameters[2]) == (freeze == .upTo("dense")))
    #expect(after.provenance.contains { $0 == ("frozen", freeze.text) })
  }

  @Test func withoutFreezingEverythingIsTrained() throws {
    let folder = try TemporaryFolder()
    let (first, second) = (try parent(in: folder), folder.url.appending(path: "second.h5"))
    _ = try trainModel(
      Self.beats(of: [1, 2, 5]), digest: "", options: options(.model(retraining(first))), output: second)
    let (before, after) = (try ModelContents(contentsOf: first), try ModelContents(contentsOf: second))
    #expect(after.parameters[0] != before.parameters[0] && after.parameters[2] != before.parameters[2])
  }

  /// Features that are computed once train what features computed anew in each epoch train.
  @Test func cachedFeaturesTrainTheSame() throws {
    let network = Architecture.tiny.network(people: 4, beatLength: 60)
    var generator = SeededGenerator(seed: 1)
    let samples = try SampleSet(
      inputs: (0..<40 * 60).map { _ in Float(generator.normal()) }, inputCount: 60, labels: (0..<40).map { $0 % 4 })
    let initial = try network.initialParameters(seed: 4)
    var options = TrainingOptions(epochs: 3, batchSize: 8)
    options.bestEpoch = .last
    options.frozenLayers = 2
    let whole = try train(network, initial: initial, training: samples, options: options)
    let cut = try #require(try FrozenFeatures(network, frozenLayers: 2))
    #expect(cut.front.layers.count == 2 && cut.back.input == .features(44))
    let features = try cut.features(of: samples, parameters: Array(initial[..<2]))
    options.frozenLayers = 0
    let behind = try train(cut.back, initial: Array(initial[2...]), training: features, options: options)
    for (one, other) in zip(whole.parameters[2...].joined(), behind.parameters.joined()) {
      for (one, other) in zip(one, other) { #expect(abs(one - other) < 1e-5) }
    }
  }

  @Test func networksAreCutWhereNothingDrawsAnewAndNothingCrosses() throws {
    func cut(_ name: String, _ layer: String) throws -> String? {
      let network = Architecture.named(name)!.network(people: 5)
      let count = try #require(network.layerNames.firstIndex(of: layer)) + 1
      return try FrozenFeatures(network, frozenLayers: count)?.front.layerNames.last
    }
    #expect(try cut("cnn1d", "conv1d_3") == "conv1d_3")
    // Dropout lies between flatten and dense.
    #expect(try cut("cnn1d", "dense") == "flatten")
    #expect(try cut("lenet5", "dense_1") == "dense_1")
    // The shortcut reads the input, too: no place before the end of the third module can be cut at.
    #expect(try cut("inception1d", "conv1d_3") == nil)
    #expect(try cut("inception1d", "global_average_pooling1d") == "global_average_pooling1d")
    #expect(try FrozenFeatures(Architecture.named("cnn1d")!.network(people: 5), frozenLayers: 0) == nil)
  }

  // MARK: Interruption

  @Test(arguments: [Retraining.Freeze.none, .features]) func anInterruptedRetrainingResumesToTheSameFile(
    _ freeze: Retraining.Freeze
  ) throws {
    let folder = try TemporaryFolder()
    let first = try parent(in: folder)
    let (whole, parts) = (folder.url.appending(path: "whole.h5"), folder.url.appending(path: "parts.h5"))
    let prepared = Self.beats(of: [1, 5, 6])
    let options = options(.model(try retraining(first) { $0.freeze = freeze }))
    _ = try trainModel(prepared, digest: "", options: options, output: whole)
    var batches = 0
    let error = #expect(throws: TrainingError.self) {
      try trainModel(
        prepared, digest: "", options: options, output: parts,
        shouldStop: {
          batches += 1
          return batches == 6
        })
    }
    #expect(error?.isStop == true)
    #expect(hasCheckpoint(in: checkpointFolder(for: parts)))
    // Not with another model.
    let other = folder.url.appending(path: "other.h5")
    _ = try trainModel(
      Self.beats(of: [0, 1, 2, 3, 4]), digest: "", options: self.options(.new(.tiny)) { $0.training.seed = 5 },
      output: other)
    let refusal = #expect(throws: TrainingError.self) {
      try trainModel(
        prepared, digest: "", options: self.options(.model(try retraining(other) { $0.freeze = freeze })),
        output: parts, resume: true)
    }
    #expect("\(try #require(refusal))".contains("cannot be resumed"))
    _ = try trainModel(prepared, digest: "", options: options, output: parts, resume: true)
    #expect(try Data(contentsOf: parts) == Data(contentsOf: whole))
  }

  // MARK: Refusals

  @Test func beatsPreparedInAnotherWayAreRefusedByTheSetting() throws {
    let folder = try TemporaryFolder()
    let first = try parent(in: folder)
    var prepared = Self.beats(of: [1, 5, 6])
    for (name, value) in [("band_pass_low_hz", 2.0), ("alignment_search_s", 0.01), ("front_end", 1)] {
      let index = try #require(prepared.preprocessing.firstIndex { $0.name == name })
      let before = prepared.preprocessing[index].value
      prepared.preprocessing[index].value = value == before ? 0 : value
      let error = #expect(throws: WorkflowError.self) {
        try trainModel(
          prepared, digest: "", options: options(.model(retraining(first))),
          output: folder.url.appending(path: "second.h5"))
      }
      #expect(try #require(error).description.contains(name) && error!.description.contains("parent.h5"))
      prepared.preprocessing[index].value = before
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["parent.h5"])
  }

  @Test func layersAndPeopleThatAreNotThereAreRefusedByName() throws {
    let folder = try TemporaryFolder()
    let first = try parent(in: folder)
    func refuses(
      _ text: String, freeze: Retraining.Freeze = .none, kept: Set<String> = [], dropped: Set<String> = []
    ) throws {
      let error = #expect(throws: WorkflowError.self) {
        let start = try retraining(first) { ($0.freeze, $0.kept) = (freeze, kept) }
        return try trainModel(
          Self.beats(of: [1, 5, 6]), digest: "", options: options(.model(start)) { $0.dropped = dropped },
          output: folder.url.appending(path: "second.h5"))
      }
      #expect(try #require(error).description.contains(text), "\(error!)")
    }
    try refuses("no layer conv9; it has conv1d, flatten, dense, dense_1", freeze: .upTo("conv9"))
    try refuses("one must be left to train", freeze: .upTo("dense_1"))
    try refuses("Nobody cannot be kept", kept: ["Nobody"])
    try refuses("Nobody cannot be dropped", dropped: ["Nobody"])
    try refuses("both kept and dropped", kept: [Self.name(2)], dropped: [Self.name(2)])
    try refuses("at least 2", dropped: [Self.name(1), Self.name(5)])
  }

  /// A model from elsewhere says nothing of its beats: its figures come with that remark, and so do its children's.
  @Test func modelsThatDoNotSayWhatMadeThemAreMarked() throws {
    let folder = try TemporaryFolder()
    var contents = try ModelContents(contentsOf: try parent(in: folder))
    contents.seenBeats = nil
    contents.provenance = []
    var url = folder.url.appending(path: "imported.h5")
    try write(contents, to: url)
    for generation in 1...2 {
      let next = folder.url.appending(path: "\(generation).h5")
      let result = try trainModel(
        Self.beats(of: [1, 2, 5]), digest: "x", options: options(.model(retraining(url)), epochs: 1), output: next)
      #expect(result.retraining?.knowsSeenBeats == false)
      #expect(
        try evaluateModel(LoadedModel(contentsOf: next), on: Self.beats(of: [1, 2, 5]), digest: "x")
          .beats.count == result.split.test.count)
      url = next
    }
  }
}
