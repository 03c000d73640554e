import ECGExport
import ECGTestSupport
import ECGWorkflowTestSupport
import Foundation
import Testing

@testable import ECGTraining
@testable import ECGWorkflow

@Suite struct JoinedBeatsTests {
  private func write(_ beats: PreparedBeats, _ name: String, in folder: TemporaryFolder) throws -> URL {
    let url = folder.url.appending(path: name)
    try beats.write(to: url)
    return url
  }

  @Test func beatsOfSeveralFilesStayWithTheirPeopleAndRecordings() throws {
    let folder = try TemporaryFolder()
    let first = simulatedBeats(people: 2, seed: 1)
    var second = simulatedBeats(people: 3, seed: 2)
    second.people = second.people.map { "b-" + $0 }
    let urls = [try write(first, "a.h5", in: folder), try write(second, "b.h5", in: folder)]
    let (joined, digest) = try PreparedBeats.read(urls)
    #expect(joined.people == first.people + second.people && joined.count == first.count + second.count)
    for beat in 0..<second.count {
      let place = first.count + beat
      #expect(joined.people[Int(joined.personOfBeat[place])] == second.people[Int(second.personOfBeat[beat])])
      let recording = joined.recordings[Int(joined.recordingOfBeat[place])]
      #expect(recording.name == second.recordings[Int(second.recordingOfBeat[beat])].name)
      #expect(joined.people[Int(recording.person)] == joined.people[Int(joined.personOfBeat[place])])
      #expect(joined.rPeaks[place] == second.rPeaks[beat])
    }
    #expect(joined.values(of: [first.count]) == second.values(of: [0]))
    // A beat is the same one alone and among others: what a model has seen is found again.
    #expect(joined.owners.identities == first.owners.identities + second.owners.identities)
    #expect(try joined == PreparedBeats.read(try write(joined, "both.h5", in: folder)).beats)
    #expect(digest.split(separator: "\n").count == 2)
    #expect(try PreparedBeats.read([urls[0]]).digest == PreparedBeats.read(urls[0]).digest)
  }

  @Test func peopleOfOneNameAndOtherPreparationsAreRefused() throws {
    let folder = try TemporaryFolder()
    let first = try write(simulatedBeats(people: 2, seed: 1), "a.h5", in: folder)
    let error = #expect(throws: WorkflowError.self) { try PreparedBeats.read([first, first]) }
    #expect("\(try #require(error))".contains("--prefix"))
    var other = simulatedBeats(people: 2, seed: 2)
    other.people = ["x", "y"]
    other.preprocessing[0].value += 1
    let second = try write(other, "b.h5", in: folder)
    #expect(throws: WorkflowError.self) { try PreparedBeats.read([first, second]) }
    #expect(throws: WorkflowError.self) { try PreparedBeats.read([URL]()) }
  }
}
