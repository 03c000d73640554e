import ECGCore
import ECGTestSupport
import Testing

@testable import ECGSignal

struct SpectrogramTests {
  private func images(_ beats: [Float], length: Int) throws -> [Float] {
    var measure = Arena.measuring()
    _ = try Spectrogram(length: length, samplingRate: 500, arena: &measure)
    let memory = Memory(bytes: measure.peak)
    var arena = try memory.arena()
    let spectrogram = try Spectrogram(length: length, samplingRate: 500, arena: &arena)
    let count = beats.count / length
    var output = [Float](repeating: .nan, count: count * spectrogram.frequencies * spectrogram.instants)
    beats.withUnsafeBufferPointer { from in
      output.withUnsafeMutableBufferPointer {
        spectrogram.compute(count: count, beats: from.baseAddress!, into: $0.baseAddress!)
      }
    }
    return output
  }

  @Test(arguments: [200, 201, 50]) func matchesMatplotlib(length: Int) throws {
    let beats = try Vectors.float32("spectrogram-\(length)-beats")
    let expected = try Vectors.float32("spectrogram-\(length)-images")
    #expect(relativeError(try images(beats, length: length), expected) < 2e-6)
  }

  @Test func aRepresentationHasItsShape() throws {
    var configuration = PipelineConfiguration()
    configuration.representation = .spectrogram
    let memory = Memory(bytes: try BeatRepresentation.tableSize(configuration))
    var arena = try memory.arena()
    let representation = try BeatRepresentation(configuration, arena: &arena)
    #expect((representation.height, representation.width) == (26, 26))
    #expect(representation.outputCount == 676)
    #expect(memory.buffer.count < 12_000)
  }

  @Test func beatsShorterThanAWindowAreRefused() throws {
    var arena = Arena.measuring()
    #expect(throws: Status.configuration) { _ = try Spectrogram(length: 49, samplingRate: 500, arena: &arena) }
    #expect(throws: Status.configuration) { _ = try Spectrogram(length: 200, samplingRate: 10_000, arena: &arena) }
    _ = try Spectrogram(length: 50, samplingRate: 500, arena: &arena)
    _ = try Spectrogram(length: 8, samplingRate: 50, arena: &arena)
  }
}
