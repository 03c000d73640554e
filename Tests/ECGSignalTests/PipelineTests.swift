import Foundation
import ECGCore
import ECGTestSupport
import Testing

@testable import ECGSignal

struct Beats {
  var beats: [Float]
  var peaks: [Int]
  var report: PipelineReport
}

/// Runs the chain with exactly the memory that it asks for, less `missingBytes`.
func run(
  _ samples: [Float], rate: Double, _ configuration: PipelineConfiguration = PipelineConfiguration(),
  missingBytes: Int = 0, largest: Int? = nil
) throws -> Beats {
  let pipeline = try Pipeline(configuration)
  let memory = Memory(
    bytes: try pipeline.scratchSize(sampleCount: samples.count, samplingRate: rate) - missingBytes)
  var arena = try memory.arena()
  let most = try largest ?? pipeline.largestBeatCount(sampleCount: samples.count, samplingRate: rate)
  var beats = [Float](repeating: .nan, count: most * pipeline.beatLength)
  var peaks = [Int](repeating: -1, count: most)
  var beatSpan = beats.mutableSpan
  var peakSpan = peaks.mutableSpan
  let report = try pipeline.run(
    samples.span, samplingRate: rate, arena: &arena, beats: &beatSpan, peaks: &peakSpan)
  return Beats(
    beats: Array(beats[0..<report.beatCount * pipeline.beatLength]), peaks: Array(peaks[0..<report.beatCount]),
    report: report)
}

/// An electrocardiogram of Gaussian waves with R peaks at known places, in mV; `beats` in seconds.
func synthetic(_ beats: [Double], duration: Double, rate: Double, sign: Double = 1, seed: UInt64 = 1) -> [Float] {
  var generator = SeededGenerator(seed: seed)
  let waves = [(-0.17, 0.025, 0.12), (-0.03, 0.01, -0.12), (0, 0.011, 1.1), (0.028, 0.01, -0.25), (0.25, 0.045, 0.3)]
  return (0..<Int(duration * rate)).map { i in
    let t = Double(i) / rate
    var x = 0.15 * sin(1.45 * t) + 0.01 * generator.normal()
    for r in beats where abs(t - r) < 0.6 {
      for (at, width, height) in waves {
        let z = (t - r - at) / width
        x += sign * height * exp(-0.5 * z * z)
      }
    }
    return Float(x)
  }
}

let regularBeats = stride(from: 0.6, to: 19.5, by: 0.83).map { $0 }

struct PipelineTests {
  @Test(arguments: [250.0, 360, 500, 1000, 333.3], [PipelineConfiguration.FrontEnd.sass, .bandPass])
  func findsEveryBeatWhereItIs(rate: Double, frontEnd: PipelineConfiguration.FrontEnd) throws {
    var configuration = PipelineConfiguration()
    configuration.frontEnd = frontEnd
    for sign in [1.0, -1] {
      let samples = synthetic(regularBeats, duration: 20, rate: rate, sign: sign)
      let result = try run(samples, rate: rate, configuration)
      #expect(result.report.converged)
      #expect(result.peaks.count == regularBeats.count)
      for (found, expected) in zip(result.peaks, regularBeats) {
        #expect(abs(Double(found) / rate - expected) <= 0.008)
      }
      for k in result.peaks.indices {
        let energy = result.beats[(k * 200)..<((k + 1) * 200)].reduce(0) { $0 + $1 * $1 }
        #expect(abs(energy - 1) < 1e-5)
      }
    }
  }

  @Test func theScratchSizeIsExact() throws {
    let samples = synthetic(regularBeats, duration: 20, rate: 360)
    for frontEnd in [PipelineConfiguration.FrontEnd.sass, .bandPass] {
      var configuration = PipelineConfiguration()
      configuration.frontEnd = frontEnd
      #expect(try run(samples, rate: 360, configuration).report.beatCount == regularBeats.count)
      #expect(throws: Status.bufferTooSmall) { try run(samples, rate: 360, configuration, missingBytes: 64) }
    }
  }

  @Test func outputsThatAreTooShortStayUntouched() throws {
    let samples = synthetic(regularBeats, duration: 20, rate: 500)
    let count = regularBeats.count
    #expect(try run(samples, rate: 500, largest: count).report.beatCount == count)
    #expect(throws: Status.bufferTooSmall) { try run(samples, rate: 500, largest: count - 1) }
  }

  @Test func namesWhatIsWrongWithASignal() throws {
    let good = synthetic(regularBeats, duration: 20, rate: 500)
    func failure(_ samples: [Float], _ rate: Double = 500) -> Status? { status { _ = try run(samples, rate: rate) } }
    for rate in [0, -500, 49.9, 10_001, .nan, .infinity] { #expect(failure(good, rate) == .samplingRate) }
    #expect(failure([]) == .signalTooShort)
    #expect(failure([1]) == .signalTooShort)
    #expect(failure(Array(good[0..<499])) == .signalTooShort)
    #expect(failure([Float](repeating: .nan, count: 10_000)) == .missingSamples)
    #expect(failure([Float](repeating: .infinity, count: 10_000)) == .missingSamples)
    #expect(failure([Float](repeating: 1e30, count: 10_000)) == .missingSamples)
    #expect(failure([Float](repeating: 0.7, count: 10_000)) == .flatSignal)
    #expect(failure([Float](repeating: .leastNonzeroMagnitude, count: 10_000)) == .flatSignal)
    let faint = good.map { $0 * 0.01 }
    #expect(failure(faint) == .noBeats)
  }

  @Test func sizesOfAbsurdSignalsAreAnswered() throws {
    let pipeline = try Pipeline(PipelineConfiguration())
    #expect(try pipeline.scratchSize(sampleCount: 1_000_000_000, samplingRate: 500) > 100_000_000_000)
    #expect(status { _ = try pipeline.scratchSize(sampleCount: .max, samplingRate: 500) } == .signalTooLong)
    #expect(status { _ = try pipeline.scratchSize(sampleCount: .max / 3, samplingRate: 257.11) } == .signalTooLong)
    #expect(status { _ = try pipeline.scratchSize(sampleCount: -1, samplingRate: 500) } == .argument)
  }

  @Test func shortGapsAreBridgedAndLongOnesCostTheirBeats() throws {
    let whole = synthetic(regularBeats, duration: 20, rate: 500)
    let beat = Int(regularBeats[5] * 500)
    func withGap(_ count: Int) throws -> Beats {
      var samples = whole
      for i in 0..<count { samples[beat + 60 + i] = .nan }
      return try run(samples, rate: 500)
    }
    #expect(try withGap(25).report.gapped == 0)
    let lost = try withGap(26)
    #expect(lost.report.gapped == 1)
    #expect(lost.report.beatCount == regularBeats.count - 1)
  }

  @Test func oneBadSampleDoesNotSpoilTheRecording() throws {
    var samples = synthetic(regularBeats, duration: 20, rate: 500)
    samples[4_321] = 1e30
    #expect(try run(samples, rate: 500).report.beatCount == regularBeats.count)
  }
}

struct RobustnessTests {
  /// Every combination of an odd configuration and an odd signal is answered with beats or a status; nothing traps.
  @Test func oddConfigurationsOnOddSignalsAreAnswered() throws {
    var generator = SeededGenerator(seed: 7)
    let good = synthetic(regularBeats, duration: 6, rate: 500)
    let noise = (0..<3000).map { _ in Float(generator.normal()) }
    let wild = (0..<3000).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: generator.next())) }
    let steps = (0..<3000).map { Float($0 / 300 % 2) }
    let holes = good.map { generator.uniform() < 0.3 ? Float.nan : $0 }
    let huge = good.map { $0 * 9e8 }
    let impulse = (0..<3000).map { Float($0 == 1500 ? 1e8 : 0) }
    var answers = 0
    for rate in [50.0, 77.7, 500, 2000] {
      for changes in [
        [:], [1: 1], [2: 0], [2: 20], [4: 1, 5: 2], [4: 3, 5: 6], [4: 3, 5: 1], [0: 50, 1: 1, 9: 20, 3: 5],
        [0: 1000, 13: 0.1], [12: 0], [12: 0.2], [13: 0.1], [14: 1, 15: 1], [14: 0.01, 15: 0.01], [17: 1.01],
        [18: 0, 19: 0], [18: 0.4, 19: 5], [7: 1], [6: 1e-6], [6: 1e6], [11: 0], [11: 1], [27: 1],
      ] as [[Int: Double]] {
        var configuration = PipelineConfiguration()
        for (index, value) in changes { try configuration.setField(index, to: value) }
        for samples in [good, noise, wild, steps, holes, huge, impulse] {
          do {
            let result = try run(samples, rate: rate, configuration)
            #expect(result.beats.allSatisfy { abs($0) <= 1.0001 })
            #expect(result.peaks.allSatisfy { samples.indices.contains($0) })
          } catch let status as Status {
            #expect(status.code < 0 && status != .bufferTooSmall)
          }
          answers += 1
        }
      }
    }
    #expect(answers == 4 * 23 * 7)
  }
}

struct ConfigurationTests {
  @Test func everyFieldGoesThroughItsName() throws {
    var copy = PipelineConfiguration()
    var names = Set<String>()
    for index in 0..<PipelineConfiguration.fieldCount {
      names.insert("\(PipelineConfiguration.fieldName(index))")
      let value = copy[field: index]
      for other in [value + 1, 1, 0] {
        try? copy.setField(index, to: other)
        if copy[field: index] != value { break }
      }
      #expect(copy[field: index] != value, "field \(index)")
    }
    #expect(names.count == PipelineConfiguration.fieldCount && !names.contains(""))
    let untouched = PipelineConfiguration()
    for index in 0..<PipelineConfiguration.fieldCount { try copy.setField(index, to: untouched[field: index]) }
    #expect(copy == untouched)
  }

  @Test func numbersThatMeanNothingAreRefused() {
    var configuration = PipelineConfiguration()
    #expect(throws: Status.configuration) { try configuration.setField(1, to: 7) }
    #expect(throws: Status.configuration) { try configuration.setField(4, to: 1.5) }
    #expect(throws: Status.configuration) { try configuration.setField(4, to: .nan) }
    #expect(throws: Status.configuration) { try configuration.setField(99, to: 1) }
    #expect(configuration == PipelineConfiguration())
  }

  @Test func noNumberInAnyFieldTraps() throws {
    for index in 0..<PipelineConfiguration.fieldCount {
      for value in [0, -1, 1e-300, 1e9, 1e300, .nan, .infinity, -.infinity] {
        var configuration = PipelineConfiguration()
        guard (try? configuration.setField(index, to: value)) != nil else { continue }
        _ = status { _ = try Pipeline(configuration) }
        if !value.isFinite { #expect(status { try configuration.validate() } == .configuration) }
      }
    }
  }

  @Test func defaultsGiveTwoHundredSamples() throws {
    #expect(try Pipeline(PipelineConfiguration()).beatLength == 200)
  }
}
