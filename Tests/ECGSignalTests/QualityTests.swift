import ECGCore
import Foundation
import Testing

@testable import ECGSignal

/// Each reason for leaving a beat out is found when its defect is there, and only then.
struct QualityTests {
  private static let rate = 500.0
  /// The beat that is spoiled, and its R peak in samples.
  private static let spoiled = 8
  private static var peak: Int { Int(regularBeats[spoiled] * rate) }
  private var clean: [Float] { synthetic(regularBeats, duration: 20, rate: Self.rate) }

  private var configuration: PipelineConfiguration {
    var configuration = PipelineConfiguration()
    configuration.frontEnd = .bandPass
    return configuration
  }

  /// Runs the chain; what it threw, if anything, and the report in either case.
  private func judge(_ samples: [Float], _ configuration: PipelineConfiguration? = nil, rate: Double = rate) throws -> (
    status: Status?, report: PipelineReport, peaks: [Int], qualities: [BeatQuality]
  ) {
    let pipeline = try Pipeline(configuration ?? self.configuration)
    let memory = Memory(bytes: try pipeline.scratchSize(sampleCount: samples.count, samplingRate: rate))
    var arena = try memory.arena()
    let most = try pipeline.largestBeatCount(sampleCount: samples.count, samplingRate: rate)
    var beats = [Float](repeating: .nan, count: most * pipeline.beatLength)
    var peaks = [Int](repeating: -1, count: most)
    var qualities = [BeatQuality](repeating: BeatQuality(), count: most)
    var report = PipelineReport()
    var thrown: Status?
    do throws(Status) {
      var beatSpan = beats.mutableSpan
      var peakSpan = peaks.mutableSpan
      var qualitySpan = qualities.mutableSpan
      try pipeline.run(
        samples.span, samplingRate: rate, arena: &arena, beats: &beatSpan, peaks: &peakSpan, qualities: &qualitySpan,
        report: &report)
    } catch { thrown = error }
    let count = thrown == nil ? report.beatCount : 0
    return (thrown, report, Array(peaks[..<count]), Array(qualities[..<count]))
  }

  /// Expects that the beats are left out for this one reason, `count` of them, and that the recording is good.
  private func expect(
    _ fault: SignalFault, _ count: ClosedRange<Int> = 1...1, in samples: [Float],
    _ configuration: PipelineConfiguration? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let (status, report, peaks, _) = try judge(samples, configuration)
    #expect(status == nil, sourceLocation: sourceLocation)
    #expect(count.contains(report[fault]), "\(report)", sourceLocation: sourceLocation)
    #expect(report.peakCount == report.beatCount + report[fault], "\(report)", sourceLocation: sourceLocation)
    #expect(!peaks.contains { abs($0 - Self.peak) < 50 }, sourceLocation: sourceLocation)
    #expect(report.fault == .none && report.quality > 0.8, sourceLocation: sourceLocation)
  }

  @Test(arguments: [250.0, 360, 500, 1000], [PipelineConfiguration.FrontEnd.sass, .bandPass])
  func cleanRecordingsHaveNoFault(rate: Double, frontEnd: PipelineConfiguration.FrontEnd) throws {
    var configuration = self.configuration
    configuration.frontEnd = frontEnd
    for sign in [1.0, -1] {
      let samples = synthetic(regularBeats, duration: 20, rate: rate, sign: sign)
      let (status, report, peaks, qualities) = try judge(samples, configuration, rate: rate)
      #expect(status == nil && report.beatCount == regularBeats.count && report.peakCount == report.beatCount)
      #expect(report.fault == .none && report.quality > 0.95 && report.quality <= 1)
      #expect(peaks.count == qualities.count && qualities.allSatisfy { $0.value > 0.95 && $0.fault == .none })
    }
  }

  // MARK: Flat and clipped, to the sample

  @Test func standingStillForLongerThanTheLimitIsFlat() throws {
    let limit = Int(configuration.longestFlat * Self.rate)
    for length in [limit - 1, limit, limit + 1] {
      var samples = clean
      // Behind the complex, before the T wave's top.
      let first = Self.peak + 30
      for i in first..<first + length { samples[i] = samples[first] }
      if length <= limit {
        #expect(try judge(samples).report.beatCount == regularBeats.count)
      } else {
        try expect(.flat, in: samples)
      }
    }
  }

  @Test func standingAtTheLimitForLongerThanItMayIsClipped() throws {
    let limit = Int(configuration.longestClip * Self.rate)
    for length in [limit - 1, limit, limit + 1] {
      for sign in [Float(1), -1] {
        var samples = clean
        // The only samples at the largest or smallest value.
        for i in 0..<length { samples[Self.peak + i - length / 2] = sign * 1.6 }
        if length <= limit {
          #expect(try judge(samples).report.clipped == 0)
        } else {
          #expect(try judge(samples).report.clipped == 1)
          if sign > 0 { try expect(.clipped, in: samples) }
        }
      }
    }
  }

  @Test(arguments: [50.0, 60, 75]) func oneSampleIsNotClippedHoweverLongItLasts(rate: Double) throws {
    #expect(1 / rate > configuration.longestClip)
    let report = try judge(synthetic(regularBeats, duration: 20, rate: rate), rate: rate).report
    #expect(report.clipped == 0 && report.peakCount > 0)
  }

  // MARK: Noise and wander

  @Test func fastNoiseOverOneBeatIsNoise() throws {
    var samples = clean
    for i in (Self.peak - 120)..<(Self.peak + 120) { samples[i] += i % 4 < 2 ? 2.2 : -2.2 }
    try expect(.noisy, in: samples)
    // Of a tenth of that a filter leaves nothing.
    samples = clean
    for i in (Self.peak - 120)..<(Self.peak + 120) { samples[i] += i % 4 < 2 ? 0.22 : -0.22 }
    #expect(try judge(samples).report.beatCount == regularBeats.count)
  }

  @Test func aBaselineThatMovesByMoreThanTheBeatIsWander() throws {
    func drifting(_ height: Double) -> [Float] {
      clean.enumerated().map { i, value in
        let seconds = Double(i - Self.peak) / Self.rate
        return value + Float(height * 0.5 * erf(seconds / 0.5))
      }
    }
    try expect(.wandering, 1...2, in: drifting(8))
    #expect(try judge(drifting(1)).report.beatCount == regularBeats.count)
  }

  // MARK: Shape

  /// A wide beat with an inverted T wave, as a ventricle makes it.
  private func ventricular(at second: Double, in samples: inout [Float]) {
    for i in samples.indices {
      let t = Double(i) / Self.rate - second
      samples[i] += Float(1.3 * exp(-0.5 * pow(t / 0.035, 2)) - 0.6 * exp(-0.5 * pow((t - 0.2) / 0.06, 2)))
    }
  }

  @Test func anEarlyBeatOfAnotherShapeIsEctopic() throws {
    var beats = regularBeats
    let due = beats.remove(at: Self.spoiled)
    var samples = synthetic(beats, duration: 20, rate: Self.rate)
    ventricular(at: due - 0.25, in: &samples)
    let (status, report, peaks, _) = try judge(samples)
    #expect(status == nil && report.ectopic == 1 && report.beatCount == beats.count)
    #expect(report.peakCount == beats.count + 1 && peaks.count == beats.count)
    // It says nothing about the signal.
    #expect(report.quality > 0.95)
  }

  @Test func aBeatOfAnotherShapeInTimeIsUnlike() throws {
    var beats = regularBeats
    let due = beats.remove(at: Self.spoiled)
    var samples = synthetic(beats, duration: 20, rate: Self.rate)
    ventricular(at: due, in: &samples)
    try expect(.unlike, in: samples)
  }

  @Test func anEarlyBeatOfTheUsualShapeIsKept() throws {
    var beats = regularBeats
    beats[Self.spoiled] -= 0.25
    #expect(try judge(synthetic(beats, duration: 20, rate: Self.rate)).report.beatCount == beats.count)
  }

  // MARK: Recordings

  @Test func noiseWithoutAHeartIsPoorSignalThatSaysWhy() throws {
    for seed in 1...5 as ClosedRange<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let noise = (0..<10_000).map { _ in Float(0.3 * generator.normal()) }
      let (status, report, _, _) = try judge(noise)
      #expect(status == .poorSignal && report.fault != .none && report.quality < 0.5, "\(report)")
      #expect(report.peakCount > 0)
    }
  }

  @Test func humWithoutAHeartIsNoise() throws {
    var generator = SeededGenerator(seed: 1)
    let hum = (0..<10_000).map { Float(sin(2 * .pi * 50 * Double($0) / Self.rate) + 0.02 * generator.normal()) }
    let (status, report, _, _) = try judge(hum)
    #expect(status == .poorSignal && report.fault == .noisy, "\(report)")
  }

  @Test func aLeadThatHangsForMostOfTheTimeIsPoorSignal() throws {
    let hanging = clean.enumerated().map { i, value in i < 3000 ? value : 0.4 + 0.001 * Float(i % 7) }
    let (status, report, _, _) = try judge(hanging)
    #expect(status == .poorSignal && report.fault == .rhythm && report.quality < 0.5, "\(report)")
    // The same beats alone are good.
    #expect(try judge(Array(clean[..<3000])).status == nil)
  }

  @Test func withoutLimitsNothingIsLeftOut() throws {
    var off = configuration
    for field in 21...26 { try off.setField(field, to: 0) }
    var generator = SeededGenerator(seed: 1)
    let noise = (0..<10_000).map { _ in Float(0.3 * generator.normal()) }
    let (status, report, _, qualities) = try judge(noise, off)
    #expect(status == nil && report.fault == .none)
    for fault in [SignalFault.clipped, .noisy, .wandering, .ectopic, .unlike] { #expect(report[fault] == 0) }
    #expect(qualities.contains { $0.value < 0.7 })
  }

  // MARK: Part of a recording

  @Test func beatsOutsideTheCoreAreComparedWithButNotGiven() throws {
    let pipeline = try Pipeline(configuration)
    let samples = clean
    let memory = Memory(bytes: try pipeline.scratchSize(sampleCount: samples.count, samplingRate: Self.rate))
    func run(_ core: Range<Int>?) throws -> (peaks: [Int], beats: [Float]) {
      var arena = try memory.arena()
      var beats = [Float](repeating: .nan, count: 200 * 101)
      var peaks = [Int](repeating: -1, count: 101)
      var qualities: [BeatQuality] = []
      var report = PipelineReport()
      var beatSpan = beats.mutableSpan
      var peakSpan = peaks.mutableSpan
      var qualitySpan = qualities.mutableSpan
      try pipeline.run(
        samples.span, samplingRate: Self.rate, core: core, arena: &arena, beats: &beatSpan, peaks: &peakSpan,
        qualities: &qualitySpan, report: &report)
      #expect(report.peakCount == report.beatCount)
      return (Array(peaks[..<report.beatCount]), Array(beats[..<(200 * report.beatCount)]))
    }
    let all = try run(nil)
    #expect(try run(0..<samples.count).peaks == all.peaks)
    // To the sample: a core from a peak on holds it, one from the next sample on does not.
    let (first, last) = (all.peaks[4], all.peaks[9])
    #expect(try run(first..<last).peaks == Array(all.peaks[4..<9]))
    #expect(try run(first + 1..<last + 1).peaks == Array(all.peaks[5..<10]))
    #expect(try run(first..<last).beats == Array(all.beats[800..<1800]))
    #expect(throws: Status.noBeats) { try run(first + 1..<first + 2) }
    #expect(throws: Status.noBeats) { try run(0..<0) }
  }
}
