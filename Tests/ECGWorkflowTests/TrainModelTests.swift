import ECG
import ECGExport
import ECGIdentity
import ECGMetrics
import ECGNetwork
import ECGRecords
import ECGSignal
import ECGTestSupport
import ECGTraining
import ECGWorkflowTestSupport
import Foundation
import Testing

@testable import ECGArchitectures
@testable import ECGWorkflow

/// From prepared beats to an evaluated model, with a network small enough to train in no time.
@Suite struct TrainModelTests {
  private static let prepared = simulatedBeats(people: 5)
  private var prepared: PreparedBeats { Self.prepared }

  private func options(_ change: (inout ModelTrainingOptions) -> Void = { _ in }) -> ModelTrainingOptions {
    var training = TrainingOptions(epochs: 12, batchSize: 16)
    training.learningRate = 5e-3
    training.checkpointInterval = 0
    var options = ModelTrainingOptions(architecture: .tiny, training: training)
    options.evaluation = .lastRecording
    options.strangerCount = 1
    options.outliers?.neighbourCount = 5
    options.outliers?.falseAlarmRate = 0.2
    change(&options)
    return options
  }

  @Test(arguments: OutlierFeatures.allCases) func fromBeatsToFigures(features: OutlierFeatures) throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.h5")
    let result = try trainModel(
      prepared, digest: "abc", options: options { $0.outliers?.features = features }, output: url)
    #expect(result.split.people.count == 4)
    #expect(result.outlierProblem == nil)
    #expect(result.deviceDifference < 1e-5)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["model.h5"])

    let loaded = try LoadedModel(contentsOf: url)
    #expect(loaded.labels == result.split.people.map { prepared.people[Int($0)] })
    #expect(loaded.model.parameterCount == result.parameterCount)
    #expect(loaded.model.outliersUseEmbedding == (features == .hidden))
    let recogniser = try loaded.recogniser(longestSeconds: 1, samplingRate: 500)
    try recogniser.verify()

    // Recounted from the answers to single beats and to recordings.
    let evaluation = try evaluateModel(loaded, on: prepared, digest: "abc")
    func answer(_ beats: [Int]) throws -> LoadedModel.Answer { try recogniser.answer(prepared.values(of: beats)) }
    func truth(_ beat: Int) -> String { prepared.people[Int(prepared.personOfBeat[beat])] }
    let test = result.split.test
    let hits = try test.count { try loaded.labels[answer([$0]).decision.person] == truth($0) }
    #expect(evaluation.source.origin == .split(.lastRecording, seed: 1))
    #expect(evaluation.beats.count { $0.judgement.isCorrect } == hits && Set(evaluation.beats.map(\.beat)) == Set(test))
    #expect(evaluation.beats.allSatisfy { loaded.labels[$0.judgement.truth] == truth($0.beat) })
    let recordings = Dictionary(grouping: test) { prepared.recordingOfBeat[$0] }.values
    let named = try recordings.count { try loaded.labels[answer($0).decision.person] == truth($0[0]) }
    #expect(evaluation.recordings.count == recordings.count)
    #expect(evaluation.recordings.count { $0.named == $0.truth } == named)
    #expect(evaluation.beats.allSatisfy { (1...4).contains($0.judgement.truthRank) }, "there are four people")
    #expect(Set(evaluation.strangerBeats.map(\.beat)) == Set(result.split.strangers))
    #expect(evaluation.outliers.map(\.neighbourCount).sorted() == [1, 1, 5, 20, 20], "the model's own has 5")
    let own = try #require(evaluation.outliers.first { $0.isModels })
    #expect(own.features == features && own.beats.count == test.count)
    for (beat, score) in zip(evaluation.beats.map(\.beat), own.beats) {
      let alone = try answer([beat]).outlierScore ?? .nan
      #expect(abs(alone - score) < 1e-4)
    }
    for (recording, score) in zip(evaluation.strangerRecordings, own.strangerRecordings) {
      let beats = evaluation.strangerBeats[recording.beats].map(\.beat)
      #expect(beats.allSatisfy { Int(prepared.recordingOfBeat[$0]) == recording.recording })
      let together = try answer(beats).outlierScore ?? .nan
      #expect(abs(together - score) < 1e-4)
    }
    // Chance is one in four.
    #expect(Double(hits) > 0.6 * Double(test.count))
  }

  @Test func theSameSeedGivesTheSameFile() throws {
    let folder = try TemporaryFolder()
    let urls = ["a.h5", "b.h5", "c.h5"].map { folder.url.appending(path: $0) }
    for (url, seed) in zip(urls, [1, 1, 2] as [UInt64]) {
      _ = try trainModel(prepared, digest: "", options: options { $0.training.seed = seed }, output: url)
    }
    let files = try urls.map { try Data(contentsOf: $0) }
    #expect(files[0] == files[1] && files[0] != files[2])
  }

  @Test func anInterruptedTrainingResumesToTheSameFile() throws {
    let folder = try TemporaryFolder()
    let (whole, parts) = (folder.url.appending(path: "whole.h5"), folder.url.appending(path: "parts.h5"))
    _ = try trainModel(prepared, digest: "", options: options(), output: whole)
    var batches = 0
    let error = #expect(throws: TrainingError.self) {
      try trainModel(
        prepared, digest: "", options: options(), output: parts,
        shouldStop: {
          batches += 1
          return batches == 30
        })
    }
    #expect(error?.isStop == true)
    #expect(!FileManager.default.fileExists(atPath: parts.path))
    _ = try trainModel(prepared, digest: "", options: options(), output: parts, resume: true)
    #expect(try Data(contentsOf: parts) == Data(contentsOf: whole))
  }

  @Test func withOtherBeatsEverythingUnseenIsTested() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.h5")
    let split = try trainModel(prepared, digest: "abc", options: options(), output: url).split
    let loaded = try LoadedModel(contentsOf: url)
    let evaluation = try evaluateModel(loaded, on: prepared, digest: "abd")
    #expect(evaluation.source.origin == .otherBeats)
    let known = prepared.personOfBeat.indices.filter { split.people.contains(prepared.personOfBeat[$0]) }
    let seen = split.training + split.validation
    #expect(Set(evaluation.beats.map(\.beat)) == Set(known).subtracting(seen), "the model names those that made it")
    #expect(evaluation.source.seenCount == seen.count)
    #expect(evaluation.beats.count + evaluation.strangerBeats.count + seen.count == prepared.count)
    // The model brings its references along, but nothing says where a threshold for others would lie.
    #expect(evaluation.outliers.map { $0.threshold == nil } == evaluation.outliers.map { !$0.isModels })

    // People whom it does not know at all.
    var renamed = prepared
    for index in renamed.people.indices { renamed.people[index] += "x" }
    for digest in ["abc", "abd"] {
      let error = #expect(throws: WorkflowError.self) { try evaluateModel(loaded, on: renamed, digest: digest) }
      #expect(try #require(error).description.contains("knows"))
    }
    // Beats that the network cannot take.
    var shorter = prepared
    shorter.beatLength /= 2
    #expect(throws: WorkflowError.self) { try evaluateModel(loaded, on: shorter, digest: "abd") }
  }

  @Test func theFileTellsHowTrainingWent() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.h5")
    let history = try trainModel(prepared, digest: "abc", options: options(), output: url).history
    let read = try LoadedModel(contentsOf: url).history
    #expect(read.count == 12 && read.map(\.loss) == history.epochs.map(\.loss))
    #expect(read.map(\.validationAccuracy) == history.epochs.map(\.validationAccuracy))
    #expect(try ModelContents(contentsOf: url).history == read)
  }

  @Test func anOutlierReferenceThatCannotBeMadeIsExplained() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.h5")
    for (rate, neighbours, part) in [(1e-300, 5, "false-alarm rate"), (0.001, 5, "999"), (0.2, 5000, "neighbours")] {
      let result = try trainModel(
        prepared, digest: "",
        options: options {
          $0.training.epochs = 1
          $0.outliers?.falseAlarmRate = rate
          $0.outliers?.neighbourCount = neighbours
        }, output: url)
      #expect(result.outlierProblem?.contains(part) == true, "\(result.outlierProblem ?? "none")")
      #expect(try LoadedModel(contentsOf: url).model.outliers == nil)
    }
  }

  @Test func tooFewPeopleAreNamedBeforeAnythingIsTrained() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.h5")
    let error = #expect(throws: WorkflowError.self) {
      try trainModel(prepared, digest: "", options: options { $0.beatsPerPerson = 1000 }, output: url)
    }
    let text = try #require(error).description
    #expect(
      text.contains("at least 2") && text.contains(prepared.people[1]) && text.contains("too few beats"), "\(text)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }

  // MARK: Outputs that cannot be written

  private func expectFailure(_ url: URL, _ reason: String) throws {
    let error = #expect(throws: (any Error).self) {
      try trainModel(prepared, digest: "", options: options { $0.training.epochs = 1 }, output: url)
    }
    let text = "\(try #require(error))"
    #expect(text.contains(url.path) && text.contains(reason), "\(text)")
  }

  @Test func missingFoldersAreFoundBeforeTraining() throws {
    let folder = try TemporaryFolder()
    try expectFailure(folder.url.appending(path: "nowhere/model.h5"), "No such file or directory")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }

  @Test func aFolderInTheOutputsPlaceStays() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.h5")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    try expectFailure(url, "not a file")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["model.h5"])
  }

  @Test(.enabled(if: SmallDisk.isPossible, "needs the right to mount a file system"))
  func aFullDiskLeavesNoHalfModel() throws {
    let disk = try SmallDisk(kilobytes: 40)
    let url = disk.url.appending(path: "model.h5")
    try Data("old".utf8).write(to: url)
    try expectFailure(url, "No space left on device")
    #expect(try Data(contentsOf: url) == Data("old".utf8))
    #expect(!disk.names.contains { $0.hasSuffix(".part") })
  }
}
