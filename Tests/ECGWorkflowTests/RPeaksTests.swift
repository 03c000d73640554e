import ECGRecords
import ECGTestSupport
import Foundation
import Testing

@testable import ECGWorkflow

@Suite struct FindRPeaksTests {
  private func file(_ samples: [Float], in folder: TemporaryFolder, rate: Double = 500) throws -> any RecordingFile {
    let url = folder.url.appending(path: "recording.f32")
    try samples.withUnsafeBytes { try Data($0).write(to: url) }
    return try openRecording(url, samplingRate: rate)
  }

  @Test(arguments: RPeakMethod.allCases)
  func findsTheBeatsOfASimulatedHeart(_ method: RPeakMethod) throws {
    let folder = try TemporaryFolder()
    for person in 1...3 {
      let simulated = try Simulator(seed: 11).simulate(person: person, session: 1, duration: 60, samplingRate: 500)
      let samples = simulated.recording.leads[0].samples
      let found = try findRPeaks(in: file(samples, in: folder), lead: .first, method: method)
      #expect(found.sampleCount == samples.count && found.samplingRate == 500)
      let comparison = BeatComparison(
        reference: simulated.rPeaks, found: found.positions, samplingRate: 500, tolerance: 0.05)
      #expect(comparison.falseNegatives == 0 && comparison.falsePositives == 0, "person \(person)")
      #expect(found.positions == found.positions.sorted())
    }
  }

  @Test(arguments: RPeakMethod.allCases)
  func gapsCostNoBeatOutsideThem(_ method: RPeakMethod) throws {
    let folder = try TemporaryFolder()
    let simulated = try Simulator(seed: 12).simulate(person: 1, session: 1, duration: 60, samplingRate: 500)
    var samples = simulated.recording.leads[0].samples
    for i in 10_000..<10_500 { samples[i] = .nan }
    let found = try findRPeaks(in: file(samples, in: folder), lead: .first, method: method)
    let comparison = BeatComparison(
      reference: simulated.rPeaks, found: found.positions, samplingRate: 500, uncounted: [9_800...10_700])
    #expect(comparison.falseNegatives == 0 && comparison.falsePositives == 0)
  }

  @Test(arguments: RPeakMethod.allCases)
  func refusesWhatIsNoSignal(_ method: RPeakMethod) throws {
    let folder = try TemporaryFolder()
    let simulated = try Simulator(seed: 12).simulate(person: 1, session: 1, duration: 2, samplingRate: 500)
    #expect(throws: WorkflowError.self) {
      try findRPeaks(in: file(simulated.recording.leads[0].samples, in: folder, rate: 20), lead: .first, method: method)
    }
    #expect(throws: WorkflowError.self) {
      try findRPeaks(in: file(Array(repeating: .nan, count: 5000), in: folder), lead: .first, method: method)
    }
    let flat = try? findRPeaks(in: file(Array(repeating: 0.5, count: 5000), in: folder), lead: .first, method: method)
    #expect(flat == nil || flat!.positions.isEmpty)
    #expect(throws: RecordError.self) {
      try findRPeaks(in: file([1, 2, 3], in: folder), lead: .index(1), method: method)
    }
  }

  @Test(
    .enabled(if: RealData.has("mitdb"), "needs ../shared/data/mitdb"), arguments: RPeakMethod.allCases)
  func findsTheBeatsOfMITBIHRecords(_ method: RPeakMethod) throws {
    for name in ["100", "103", "118"] {
      let base = RealData.folder.appending(path: "mitdb/\(name)")
      let found = try findRPeaks(in: openRecording(base), lead: .first, method: method)
      let reference = try readReferenceBeats(
        base.appendingPathExtension("atr"), frameRate: annotationRate(ofRecord: base),
        samplingRate: found.samplingRate)
      let comparison = found.compared(with: reference, tolerance: 0.15)
      #expect(comparison.sensitivity > 0.998 && comparison.positivePredictivity > 0.998, "\(name): \(comparison)")
    }
  }
}

@Suite struct FoundRPeaksTests {
  @Test func countsHeartRateAndIntervals() {
    let peaks = FoundRPeaks(lead: "II", samplingRate: 250, sampleCount: 1000, positions: [100, 300, 600])
    #expect(peaks.duration == 4)
    #expect(peaks.intervals == [0.8, 1.2])
    #expect(peaks.meanHeartRate == 60)
    for positions in [[], [5]] {
      let few = FoundRPeaks(lead: "", samplingRate: 250, sampleCount: 10, positions: positions)
      #expect(few.meanHeartRate == nil && few.intervals.isEmpty)
    }
  }

  @Test func becomesAnnotationsAndBack() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "100.qrs")
    let peaks = FoundRPeaks(
      lead: "II", samplingRate: 250, sampleCount: 100_000, positions: [0, 77, 1200, 90_000],
      confidence: [1, 0.8, 0.79, 0.9])
    #expect(peaks.doubtful == [1200])
    for frameRate in [250.0, 125, nil] {
      try writeAnnotations(peaks, frameRate: frameRate, to: url)
      let reference = try readReferenceBeats(url, frameRate: frameRate, samplingRate: 250)
      #expect(reference.positions == peaks.positions && reference.flutter.isEmpty)
      let annotations = try readAnnotations(url)
      #expect(annotations.map(\.subtype) == [0, 0, 1, 0])
      #expect(annotations.allSatisfy { $0.code == .normal })
      // A header that counts the same needs no remark, so that every reader sees beats alone.
      #expect(try AnnotationFile(contentsOf: url).samplingRate == (frameRate == 250 ? nil : 250))
    }
  }
}

@Suite struct ReferenceBeatsTests {
  private func annotation(_ sample: Int, _ symbol: String) -> Annotation {
    Annotation(sample: sample, code: AnnotationCode(symbol: symbol)!)
  }

  @Test func takesBeatsOfEveryKindAndNothingElse() {
    let beats = Array("NLRaVFJASEj/QB?enfr").map(String.init)
    let others = Array("~|sT*D\"=p^t+u@x()").map(String.init)
    var annotations: [Annotation] = []
    for (index, symbol) in beats.enumerated() { annotations.append(annotation(1000 * index, symbol)) }
    for (index, symbol) in others.enumerated() { annotations.append(annotation(500 + 1000 * index, symbol)) }
    let reference = ReferenceBeats(annotations, annotationRate: 360, samplingRate: 360)
    #expect(reference.positions == beats.indices.map { 1000 * $0 })
  }

  @Test func leavesFlutterOut() {
    let reference = ReferenceBeats(
      [
        annotation(100, "N"), annotation(200, "["), annotation(250, "!"), annotation(300, "]"), annotation(400, "N"),
        annotation(500, "["),
      ], annotationRate: 360, samplingRate: 360)
    #expect(reference.flutter == [200...300, 500...Int.max])
    #expect(reference.positions == [100, 250, 400])
    let comparison = FoundRPeaks(lead: "", samplingRate: 360, sampleCount: 700, positions: [100, 230, 400, 600])
      .compared(with: reference, tolerance: 0.02)
    #expect(comparison.truePositives == 2 && comparison.falseNegatives == 0 && comparison.falsePositives == 0)
    let fromTheStart = ReferenceBeats([annotation(80, "]")], annotationRate: 360, samplingRate: 360)
    #expect(fromTheStart.flutter == [0...80])
  }

  @Test func countsInTheLeadsSamples() {
    let reference = ReferenceBeats(
      [annotation(10, "N"), annotation(4, "["), annotation(5, "]")], annotationRate: 100, samplingRate: 250)
    #expect(reference.positions == [25])
    #expect(reference.flutter == [10...13])
  }
}
