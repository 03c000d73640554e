import ECG
import ECGExport
import ECGModelFile
import ECGNetwork
import ECGTestSupport
import ECGTraining
import ECGWorkflowTestSupport
import Foundation
import Testing

@testable import ECGArchitectures
@testable import ECGWorkflow

/// What rounding a model's weights does to its outlier reference.
@Suite struct CompactModelTests {
  private static let prepared = simulatedBeats(people: 5)
  private var prepared: PreparedBeats { Self.prepared }

  private func train(_ features: OutlierFeatures, to url: URL) throws -> ModelTraining {
    var training = TrainingOptions(epochs: 6, batchSize: 16)
    training.checkpointInterval = 0
    var options = ModelTrainingOptions(architecture: .tiny, training: training)
    options.evaluation = .lastRecording
    options.outliers?.features = features
    options.outliers?.neighbourCount = 5
    options.outliers?.falseAlarmRate = 0.2
    return try trainModel(prepared, digest: "abc", options: options, output: url)
  }

  @Test(arguments: OutlierFeatures.allCases, WeightForm.allCases)
  func theReferenceIsMadeAnewOfTheBeatsThatTrained(features: OutlierFeatures, form: WeightForm) throws {
    let folder = try TemporaryFolder()
    let (url, output) = (folder.url.appending(path: "model.h5"), folder.url.appending(path: "compact.h5"))
    let training = try train(features, to: url)
    let compact = try CompactModel(url, as: form, judgedBy: prepared, digest: "abc")
    try compact.write(to: output)

    let old = try #require(try ModelContents(contentsOf: url).outlierReference)
    let new = try #require(try ModelContents(contentsOf: output).outlierReference)
    let (original, loaded) = (try LoadedModel(contentsOf: url), try LoadedModel(contentsOf: output))
    #expect(loaded.model.file.formatVersion == 3 && new.storage == form.storage)
    #expect((new.count, new.neighbourCount) == (old.count, old.neighbourCount))
    #expect(new.later?.recordings == old.later?.recordings && new.falseAlarmRate == old.falseAlarmRate)
    // What the compact network makes of those beats, rounded.
    let seen =
      features == .beat
      ? prepared.values(of: training.split.training)
      : try embeddings(of: training.split.training, in: prepared, loaded)
    #expect(seen.count == new.features.count)
    let step: Float = form == .f16 ? 0x1p-11 : 0.51 / 127
    for start in stride(from: 0, to: seen.count, by: new.dimensions) {
      let (row, stored) = (seen[start..<start + new.dimensions], new.features[start..<start + new.dimensions])
      let largest = row.map(abs).max()!
      #expect(zip(row, stored).allSatisfy { abs($0 - $1) <= step * largest })
    }

    // Recounted.
    let told = try #require(compact.comparison.outliers)
    func turnedAway(_ model: LoadedModel) throws -> Int {
      let recogniser = try model.recogniser()
      return try training.split.validation.count { try recogniser.answer(prepared.values(of: [$0])).isOutlier }
    }
    #expect(told.isMadeAnew && told.references == old.count)
    #expect(try told.turnedAwayBefore == turnedAway(original) && told.turnedAwayAfter == turnedAway(loaded))
    #expect(told.thresholdBefore == old.threshold && told.thresholdAfter == new.threshold)
    try loaded.recogniser().verify()
  }

  /// Without the beats that trained, the old references are rounded, and the threshold stays.
  @Test func otherBeatsLeaveTheThreshold() throws {
    let folder = try TemporaryFolder()
    let (url, output) = (folder.url.appending(path: "model.h5"), folder.url.appending(path: "compact.h5"))
    _ = try train(.hidden, to: url)
    let compact = try CompactModel(url, as: .i8, judgedBy: prepared, digest: "another file")
    try compact.write(to: output)
    let old = try #require(try ModelContents(contentsOf: url).outlierReference)
    let new = try #require(try ModelContents(contentsOf: output).outlierReference)
    #expect(compact.comparison.part == "other" && compact.comparison.outliers?.isMadeAnew == false)
    #expect(new.threshold == old.threshold && new.count == old.count && new.storage == .int8)
    let largest = old.features.map(abs).max()!
    #expect(zip(old.features, new.features).allSatisfy { abs($0 - $1) <= 0.51 / 127 * largest })
  }
}
