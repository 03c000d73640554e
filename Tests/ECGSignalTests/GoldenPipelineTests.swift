import ECGCore
import ECGTestSupport
import Foundation
import Testing

@testable import ECGSignal

struct GoldenPipelineTests {
  /// The whole chain, from 360 Hz samples to beats, against SciPy step by step.
  @Test(arguments: [("sass", PipelineConfiguration.FrontEnd.sass, 1e-3), ("band_pass", .bandPass, 1e-5)])
  func matchesSciPyFromEndToEnd(name: String, frontEnd: PipelineConfiguration.FrontEnd, tolerance: Double) throws {
    var configuration = PipelineConfiguration()
    configuration.frontEnd = frontEnd
    let result = try run(Vectors.float32("pipeline-input"), rate: 360, configuration)
    #expect(try result.peaks.map(Int32.init) == Vectors.int32("pipeline-\(name)-peaks"))
    #expect(relativeError(result.beats, try Vectors.float32("pipeline-\(name)-beats")) < tolerance)
  }

  /// Five minutes of MIT-BIH records: every beat of the reference annotations, and nothing else, within 75 ms, but where
  /// the annotators themselves marked an artefact that looks like a QRS complex: it may be taken for a beat, and hide a
  /// beat that lies less than half a second from it. (Record 100 has none, 101 three; one beat lies between two of them.)
  @Test(.enabled(if: RealData.has("mitdb"), "needs ../shared/data/mitdb"), arguments: ["100", "101"])
  func findsTheAnnotatedBeats(record: String) throws {
    let bytes = try [UInt8](Data(contentsOf: RealData.folder.appending(path: "mitdb/\(record).dat")))
    // Format 212: three bytes hold a sample of either signal; 200 units per mV about 1024.
    let samples: [Float] = (0..<360 * 300).map { i in
      let value = Int16(bytes[3 * i]) | Int16(bytes[3 * i + 1] & 0x0F) << 8
      return Float(value >= 2048 ? value - 4096 : value) / 200 - 5.12
    }
    var configuration = PipelineConfiguration()
    configuration.amplitudeRatio = 1e6
    let found = try run(samples, rate: 360, configuration).peaks
    let inner = 108..<(samples.count - 108)
    let reference = try Vectors.int32("pipeline-mitdb-\(record)").map(Int.init).filter(inner.contains)
    let peaks = found.filter(inner.contains)
    let artefacts = try Vectors.int32("pipeline-mitdb-\(record)-artefacts").map(Int.init)
    func isNear(_ position: Int, _ others: [Int], within distance: Int) -> Bool {
      others.contains { abs($0 - position) <= distance }
    }
    for peak in peaks where !isNear(peak, reference, within: 27) {
      #expect(isNear(peak, artefacts, within: 27), "a peak at sample \(peak) where there is no beat")
    }
    for beat in reference where !isNear(beat, peaks, within: 27) {
      #expect(isNear(beat, artefacts, within: 180), "the beat at sample \(beat) was missed")
    }
    #expect(abs(peaks.count - reference.count) <= artefacts.count)
  }

  /// Beats of real recordings lie on their recording's mean beat.
  @Test(.enabled(if: RealData.has("ecg-id"), "needs ../shared/data/ecg-id"))
  func realBeatsLieOnTopOfEachOther() throws {
    var fits: [Double] = []
    for person in ["Person_01", "Person_02", "Person_03"] {
      let data = try Data(contentsOf: RealData.folder.appending(path: "ecg-id/\(person)/rec_1.dat"))
      let samples = data.withUnsafeBytes { bytes in
        stride(from: 0, to: bytes.count, by: 4).map {
          Float(bytes.loadUnaligned(fromByteOffset: $0, as: Int16.self)) / 200
        }
      }
      let beats = try run(samples, rate: 500).beats.map(Double.init)
      let count = beats.count / 200
      #expect(count >= 12)
      let mean = (0..<200).map { i in (0..<count).reduce(0) { $0 + beats[$1 * 200 + i] } / Double(count) }
      let size = mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
      for k in 0..<count { fits.append((0..<200).reduce(0) { $0 + beats[k * 200 + $1] * mean[$1] } / size) }
    }
    fits.sort()
    #expect(fits[fits.count / 2] > 0.95)
  }
}

struct BeatRepresentationTests {
  private func written(_ beats: [Float], _ representation: PipelineConfiguration.Representation) throws -> [Float] {
    var configuration = PipelineConfiguration()
    configuration.representation = representation
    let memory = Memory(bytes: max(64, try BeatRepresentation.tableSize(configuration)))
    var arena = try memory.arena()
    let writer = try BeatRepresentation(configuration, arena: &arena)
    var output = [Float](repeating: .nan, count: beats.count / 200 * writer.outputCount)
    var span = output.mutableSpan
    try writer.write(beats.span, into: &span)
    return output
  }

  @Test func beatsPassThrough() throws {
    let beats = try Vectors.float32("scalogram-200-beats")
    #expect(try written(beats, .beat) == beats)
  }

  @Test func aBatchIsItsBeatsOneByOne() throws {
    let beats = try Vectors.float32("scalogram-200-beats")
    let together = try written(beats, .scalogram)
    var apart: [Float] = []
    for k in 0..<beats.count / 200 { apart += try written(Array(beats[(k * 200)..<((k + 1) * 200)]), .scalogram) }
    #expect(together == apart)
  }

  @Test func refusesPartsOfBeatsAndShortOutputs() throws {
    var arena = Arena.measuring()
    let writer = try BeatRepresentation(PipelineConfiguration(), arena: &arena)
    let beats = [Float](repeating: 0, count: 400)
    var output = [Float](repeating: 0, count: 399)
    var span = output.mutableSpan
    #expect(throws: Status.bufferTooSmall) { try writer.write(beats.span, into: &span) }
    let part = beats.span.extracting(0..<199)
    #expect(throws: Status.argument) { try writer.write(part, into: &span) }
  }
}

struct PanTompkinsTests {
  private func peaks(_ signal: [Float], rate: Double) throws -> [Int] {
    let detector = try PanTompkins(samplingRate: rate)
    let memory = Memory(bytes: 16 * signal.count + (1 << 16))
    var arena = try memory.arena()
    var output = [Int](repeating: 0, count: detector.largestPeakCount(signal.count))
    var span = output.mutableSpan
    let count = try detector.detect(signal.span, into: &span, arena: &arena)
    return Array(output[0..<count])
  }

  @Test(arguments: [100.0, 200, 360, 500, 1000]) func findsEveryBeatAtAnyRate(rate: Double) throws {
    let found = try peaks(synthetic(regularBeats, duration: 20, rate: rate), rate: rate)
    #expect(found.count == regularBeats.count)
    for (peak, expected) in zip(found, regularBeats) { #expect(abs(Double(peak) / rate - expected) < 0.05) }
  }

  @Test func searchesBackForAWeakBeat() throws {
    let rate = 500.0
    let strong = regularBeats.filter { $0 != regularBeats[12] }
    let weak = synthetic([regularBeats[12]], duration: 20, rate: rate, seed: 2)
    let signal = zip(synthetic(strong, duration: 20, rate: rate), weak).map { $0 + 0.45 * $1 }
    #expect(try peaks(signal, rate: rate).count == regularBeats.count)
  }

  @Test func anArtefactCostsNoMoreThanItsNeighbours() throws {
    var signal = synthetic(regularBeats, duration: 20, rate: 500)
    for i in 0..<30 { signal[3_000 + i] += i % 2 == 0 ? 20 : -20 }
    let found = try peaks(signal, rate: 500)
    let far = regularBeats.filter { abs($0 - 6.03) > 1.5 }
    for expected in far { #expect(found.contains { abs(Double($0) / 500 - expected) < 0.05 }, "\(expected) s") }
  }

  @Test func silenceHasNoPeaks() throws {
    #expect(try peaks([Float](repeating: 1, count: 5000), rate: 500).isEmpty)
  }

  @Test func needsASecond() throws {
    #expect(status { _ = try peaks([Float](repeating: 0, count: 499), rate: 500) } == .signalTooShort)
    #expect(status { _ = try peaks([Float](repeating: 0, count: 500), rate: 500) } == nil)
  }
}
