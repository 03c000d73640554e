import ECGCore
import ECGTestSupport
import Testing

@testable import ECGSignal

struct ScalogramTests {
  private func images(_ beats: [Float], length: Int) throws -> [Float] {
    var measure = Arena.measuring()
    _ = try Scalogram(length: length, arena: &measure)
    let memory = Memory(bytes: measure.peak)
    var arena = try memory.arena()
    let scalogram = try Scalogram(length: length, arena: &arena)
    let count = beats.count / length
    var output = [Float](repeating: .nan, count: count * 4096)
    beats.withUnsafeBufferPointer { from in
      output.withUnsafeMutableBufferPointer {
        scalogram.compute(count: count, beats: from.baseAddress!, into: $0.baseAddress!)
      }
    }
    return output
  }

  @Test(arguments: [200, 180, 201, 50]) func matchesPyWaveletsAndScikitImage(length: Int) throws {
    let beats = try Vectors.float32("scalogram-\(length)-beats")
    let expected = try Vectors.float32("scalogram-\(length)-images")
    #expect(relativeError(try images(beats, length: length), expected) < 2e-6)
  }

  @Test func tablesAreSmallEnoughForADevice() throws {
    var configuration = PipelineConfiguration()
    configuration.representation = .scalogram
    #expect(try BeatRepresentation.tableSize(configuration) < 900_000)
    configuration.representation = .beat
    #expect(try BeatRepresentation.tableSize(configuration) == 0)
  }
}
