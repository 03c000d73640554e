import ECG
import ECGCore
import ECGExport
import ECGModelFile
import ECGTestSupport
import ECGTraining
import ECGWorkflowTestSupport
import Foundation
import Testing

@testable import ECGArchitectures
@testable import ECGWorkflow

/// Models without the people who trained them.
@Suite struct WithoutClassesTests {
  @Test func embeddingsStayAndThePeopleAreGone() throws {
    let prepared = simulatedBeats(people: 4)
    let folder = try TemporaryFolder()
    let (url, output) = (folder.url.appending(path: "model.h5"), folder.url.appending(path: "device.h5"))
    var training = TrainingOptions(epochs: 2, batchSize: 16)
    training.checkpointInterval = 0
    var options = ModelTrainingOptions(architecture: .tiny, training: training)
    options.evaluation = .lastRecording
    options.strangerCount = 1
    options.outliers?.neighbourCount = 5
    options.outliers?.falseAlarmRate = 0.5
    _ = try trainModel(prepared, digest: "abc", options: options, output: url)
    try writeWithoutClasses(url, to: output)

    let (whole, cut) = (try LoadedModel(contentsOf: url), try LoadedModel(contentsOf: output))
    #expect(cut.labels.isEmpty && cut.model.personCount == 0 && cut.model.file.formatVersion == 3)
    #expect(cut.model.outliers == nil && cut.model.file.file.size < whole.model.file.file.size)
    #expect(try ModelContents(contentsOf: output).seenBeats == nil)
    let bytes = try Data(contentsOf: output)
    for person in prepared.people { #expect(bytes.range(of: Data("\(person)\0".utf8)) == nil) }

    // Same embeddings, so that galleries remain valid.
    let some = Array(0..<20)
    #expect(try embeddings(of: some, in: prepared, cut) == embeddings(of: some, in: prepared, whole))
    let digests = try [whole, cut].map { model in
      let digest = try model.embeddingDigest()
      return (0..<32).map { digest[$0] }
    }
    #expect(digests[0] == digests[1])

    let recogniser = try cut.recogniser()
    try recogniser.verify()
    #expect(throws: Status.noClasses) { try recogniser.answer(prepared.values(of: some)) }

    // There is nothing more to leave out.
    let error = #expect(throws: WorkflowError.self) { try writeWithoutClasses(output, to: url) }
    #expect(try #require(error).description.contains("names nobody"))
  }
}
