import ECGCore
import ECGExport
import ECGIdentity
import ECGSignal
import Foundation
import Testing

@testable import ECG

/// A stream says what its parts say of its windows, whatever pieces the samples come in.
@Suite struct StreamTests {
  typealias Options = RecognitionStream.Options

  /// An electrocardiogram of Gaussian waves in mV, with an R peak every 0.83 s from 0.6 s on.
  static func signal(seconds: Double, rate: Double = 500, seed: UInt64 = 4) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    let waves = [(-0.17, 0.025, 0.12), (-0.03, 0.01, -0.12), (0, 0.011, 1.1), (0.028, 0.01, -0.25), (0.25, 0.045, 0.3)]
    return (0..<Int(seconds * rate)).map { index in
      let time = Double(index) / rate
      let nearest = 0.6 + 0.83 * max(0, ((time - 0.6) / 0.83).rounded())
      var value = 0.15 * sin(1.45 * time) + 0.01 * generator.normal()
      for (at, width, height) in waves {
        let z = (time - nearest - at) / width
        value += height * exp(-0.5 * z * z)
      }
      return Float(value)
    }
  }

  static func model(_ frontEnd: PipelineConfiguration.FrontEnd = .bandPass, features: TinyModel.Features = .hidden)
    throws -> OpenedModel
  {
    var configuration = PipelineConfiguration()
    configuration.frontEnd = frontEnd
    var contents = TinyModel.contents(features: features)
    contents.preprocessing = TinyModel.preprocessing(configuration)
    return try OpenedModel(contents)
  }

  /// All that can be seen of a stream after an event.
  struct Told: Equatable {
    var event: RecognitionStream.Event
    var identity: RecognitionStream.Identity
    var probabilities: [Float]
    var beat: [Float]?
    var status: Status?
  }

  /// A stream in exactly the memory it asks for.
  final class Runner {
    var stream: RecognitionStream
    private let memory: AlignedBytes
    private let model: OpenedModel

    init(_ model: OpenedModel, rate: Double = 500, _ options: Options = Options()) throws {
      self.model = model
      memory = AlignedBytes(
        count: try RecognitionStream.memorySize(model.pointer, samplingRate: rate, options: options))
      var arena = memory.arena
      stream = try RecognitionStream(model.pointer, samplingRate: rate, options: options, arena: &arena)
    }

    func fetch() throws -> [Told] {
      var all: [Told] = []
      while true {
        let event = try stream.next()
        if event.kind == .none { return all }
        let identity = stream.identity
        all.append(
          Told(
            event: event, identity: identity, probabilities: identity.beatCount > 0 ? Array(stream.probabilities) : [],
            beat: event.kind == .beat ? stream.lastBeat.map(Array.init) : nil, status: stream.signalStatus))
      }
    }

    func push(_ samples: some Collection<Float>) throws -> [Told] {
      let samples = Array(samples)
      var (all, start): ([Told], Int) = ([], 0)
      repeat {
        start += try samples[start...].withUnsafeBufferPointer { try stream.push($0) }
        all += try fetch()
      } while start < samples.count
      return all
    }

    func finish() throws -> [Told] {
      stream.finish()
      return try fetch()
    }
  }

  @Test(arguments: [PipelineConfiguration.FrontEnd.bandPass, .sass], [250.0, 333.3, 500, 1000])
  func anyPiecesGiveTheSameEvents(frontEnd: PipelineConfiguration.FrontEnd, rate: Double) throws {
    let model = try Self.model(frontEnd)
    var samples = Self.signal(seconds: 31, rate: rate)
    // A gap, a flat stretch and noise, so that there is something to tell.
    for index in Int(14 * rate)..<Int(15 * rate) { samples[index] = .nan }
    for index in Int(20 * rate)..<Int(21.5 * rate) { samples[index] = samples[Int(20 * rate)] }
    let whole = try Runner(model, rate: rate)
    let expected = try whole.push(samples) + whole.finish()
    #expect(expected.count { $0.event.kind == .beat && $0.event.fault == .none } > 20)
    #expect(Set(expected.map(\.event.fault)).count > 1)
    var generator = SeededGenerator(seed: 77)
    for largest in [1, 2, 7, 100, 3000] {
      let pieces = try Runner(model, rate: rate)
      var (told, start): ([Told], Int) = ([], 0)
      while start < samples.count {
        let count = min(1 + Int(generator.next() % UInt64(largest)), samples.count - start)
        told += try pieces.push(samples[start..<start + count])
        start += count
      }
      told += try pieces.finish()
      #expect(told == expected, "pieces of up to \(largest)")
    }
  }

  @Test(arguments: [PipelineConfiguration.FrontEnd.bandPass, .sass], [0.5, 1, 2.5])
  func beatsAreThoseOfTheWindow(frontEnd: PipelineConfiguration.FrontEnd, interval: Double) throws {
    let model = try Self.model(frontEnd)
    let rate = 360.0
    let samples = Self.signal(seconds: 40, rate: rate)
    var options = Options()
    options.interval = interval
    options.window = 8
    let runner = try Runner(model, rate: rate, options)
    let step = Int((interval * rate).rounded())
    let memory = AlignedBytes(
      count: try Session.memorySize(model.pointer, longestSeconds: 8, samplingRate: rate, batch: 1))
    var arena = memory.arena
    let session = try Session(model.pointer, longestSeconds: 8, samplingRate: rate, batch: 1, arena: &arena)
    var end = max(step, Int(5 * rate))
    var beatCount = 0
    var told = try runner.push(samples[..<(end - 1)])
    #expect(told.isEmpty)
    var pushed = end - 1
    while end <= samples.count {
      told = try runner.push(samples[pushed..<end])
      pushed = end
      let start = max(0, end - Int(8 * rate))
      let report = try session.preprocess(samples[start..<end].span, samplingRate: rate)
      let peaks = (0..<report.beatCount).map { start + session.peak($0) }
      for beat in told where beat.event.kind == .beat && beat.event.fault == .none {
        let index = try #require(peaks.firstIndex(of: Int(beat.event.position)))
        let values = UnsafeBufferPointer(
          start: session.foundBeats! + index * TinyModel.beatLength, count: TinyModel.beatLength)
        #expect(beat.beat == Array(values))
        #expect(beat.event.quality == session.quality(index).value)
        beatCount += 1
      }
      // And no beat is passed over.
      let last = told.last?.event.position
      #expect(last == nil || !peaks.contains { $0 > last! && $0 < end - Int(rate) })
      end += step
    }
    #expect(beatCount > 40)
  }

  @Test(arguments: [TinyModel.Features.beat, .hidden], [1, 5, 16])
  func theLastBeatsDecideTogether(features: TinyModel.Features, beatCount: Int) throws {
    let model = try Self.model(features: features)
    var options = Options()
    options.beatCount = beatCount
    let runner = try Runner(model, options)
    let told = try runner.push(Self.signal(seconds: 30)) + runner.finish()
    var beats: [[Float]] = []
    try model.withSession { session in
      for beat in told where beat.event.kind == .beat {
        if let values = beat.beat { beats.append(values) }
        let last = beats.suffix(beatCount)
        #expect(beat.identity.beatCount == last.count)
        guard !last.isEmpty else { continue }
        let joined = Array(last.joined())
        let decision = try joined.withUnsafeBufferPointer { try session.identify($0) }
        #expect(beat.identity.person == decision.person)
        for (value, expected) in zip(beat.probabilities, session.probabilities) {
          #expect(abs(value - expected) < 1e-6)
        }
        let score = try joined.withUnsafeBufferPointer { try session.outlierScore($0) }
        #expect(abs(beat.identity.outlierScore / score - 1) < 1e-6)
      }
    }
    #expect(beats.count > 30)
  }

  @Test func everyBeatIsToldOnceAndInTime() throws {
    let model = try Self.model()
    for rate in [250.0, 500] {
      let samples = Self.signal(seconds: 60, rate: rate)
      let runner = try Runner(model, rate: rate)
      var positions: [Int64] = []
      for (index, value) in samples.enumerated() {
        for beat in try runner.push([value]) where beat.event.kind == .beat {
          positions.append(beat.event.position)
          let latency = Double(Int64(index) - beat.event.position) / rate
          #expect(latency <= max(2, 5 - Double(beat.event.position) / rate))
        }
      }
      positions += try runner.finish().filter { $0.event.kind == .beat }.map(\.event.position)
      let expected = stride(from: 0.6, to: 60, by: 0.83).map { $0 * rate }
      #expect(positions.count == expected.count)
      for (position, place) in zip(positions, expected) { #expect(abs(Double(position) - place) < 0.01 * rate) }
    }
  }

  @Test(arguments: [1, 10, 99, 100, 101, 1000, 2499, 2500, 5000, 5001, 12_345, 60_000])
  func aGapIsSoManyMissingSamples(missing: Int) throws {
    let model = try Self.model()
    let samples = Self.signal(seconds: 24)
    for cut in [0, 1, 2500, 6789] {
      let announced = try Runner(model)
      var told = try announced.push(samples[..<cut])
      try announced.stream.skip(Int64(missing))
      #expect(announced.stream.position == Int64(cut + missing))
      told += try announced.push(samples[cut...]) + announced.finish()
      let pushed = try Runner(model)
      let expected =
        try pushed.push(samples[..<cut]) + pushed.push([Float](repeating: .nan, count: missing))
        + pushed.push(samples[cut...]) + pushed.finish()
      #expect(told == expected, "after \(cut)")
      #expect(told.count { $0.event.kind == .beat } > 20)
    }
  }

  @Test func theLongestGapTakesNoTime() throws {
    let runner = try Runner(try Self.model())
    let samples = Self.signal(seconds: 20)
    let before = try runner.push(samples)
    #expect(before.last?.identity.beatCount == 16)
    let gap = Int64.max / 2 - 1_000_000
    try runner.stream.skip(gap)
    let lost = try runner.fetch()
    #expect(lost.last { $0.event.kind == .signal }?.status == .missingSamples)
    #expect(lost.last?.identity == RecognitionStream.Identity())
    let after = try runner.push(samples)
    let first = try #require(after.first { $0.event.kind == .beat && $0.event.fault == .none })
    #expect(first.event.position > gap + 10_000)
    #expect(first.identity.beatCount == 1)
    #expect(throws: Status.argument) { try runner.stream.skip(1_000_000) }
    #expect(throws: Status.argument) { try runner.stream.skip(-1) }
    #expect(throws: Status.argument) { try runner.stream.skip(.max) }
  }

  @Test func aWindowWithoutUsableBeatsEndsTheIdentity() throws {
    var generator = SeededGenerator(seed: 12)
    let noise = (0..<8000).map { _ in Float(0.3 * generator.normal()) }
    for (stretch, status) in [(noise, Status.poorSignal), ([Float](repeating: 0.2, count: 8000), .flatSignal)] {
      let runner = try Runner(try Self.model())
      let told = try runner.push(Self.signal(seconds: 20) + stretch + Self.signal(seconds: 20))
      #expect(told.contains { $0.event.kind == .signal && $0.status == status })
      for beat in told where beat.event.kind == .beat && (10_500..<17_500).contains(beat.event.position) {
        #expect(beat.event.fault != .none)
      }
      let ends = try #require(told.first { $0.event.position > 10_000 && $0.identity.beatCount == 0 })
      #expect(ends.event.kind == .signal && ends.identity.person == -1)
      // The last usable beat had just left the window.
      #expect((15_000..<16_500).contains(ends.event.position))
      #expect(told.last?.identity.beatCount == 16)
      #expect(told.last?.status == nil)
    }
  }

  @Test func finishAndResetBeginAnew() throws {
    let runner = try Runner(try Self.model())
    let samples = Self.signal(seconds: 17)
    let expected = try runner.push(samples) + runner.finish()
    #expect(try runner.fetch().isEmpty)
    #expect(throws: Status.argument) { try runner.push([0]) }
    #expect(throws: Status.argument) { try runner.stream.skip(1) }
    runner.stream.reset()
    #expect(runner.stream.position == 0 && runner.stream.identity.beatCount == 0)
    #expect(try runner.push(samples) + runner.finish() == expected)
    runner.stream.reset()
    _ = try runner.push(samples[..<4321])
    runner.stream.reset()
    #expect(try runner.push(samples) + runner.finish() == expected)
  }

  @Test func aSignalMayEndAnywhere() throws {
    let runner = try Runner(try Self.model())
    let samples = Self.signal(seconds: 13)
    for count in Array(0...20) + stride(from: 21, to: 6500, by: 97) + [
      2499, 2500, 2501, 4999, 5000, 5001, 5499, 5500, 5501,
    ] {
      runner.stream.reset()
      let told = try runner.push(samples[..<count]) + runner.finish()
      #expect(told.first?.event.kind == .signal)
      let allowed: [Status?] = [nil, .signalTooShort, .noBeats, .poorSignal, .flatSignal]
      #expect(allowed.contains(runner.stream.signalStatus), "\(count) samples")
      if count >= 1500 {
        // An R peak at the very end may be found or not.
        let beats = told.count { $0.event.kind == .beat }
        func before(_ seconds: Double) -> Int { Int((seconds - 0.6) / 0.83) + 1 }
        let end = Double(count) / 500
        #expect((before(end - 0.15)...before(end)).contains(beats), "\(count) samples")
      }
    }
  }

  @Test func thereIsAlwaysRoomForAnInterval() throws {
    let runner = try Runner(try Self.model())
    let samples = Self.signal(seconds: 20)
    var start = 0
    while start < samples.count {
      #expect(runner.stream.room >= 500)
      let count = min(runner.stream.room, 1 + start % 1700)
      let taken = try samples[start..<min(samples.count, start + count)].withUnsafeBufferPointer {
        try runner.stream.push($0)
      }
      #expect(taken == min(count, samples.count - start))
      start += taken
      _ = try runner.fetch()
    }
    // And without fetching no more than there is room for.
    let much = [Float](repeating: 0, count: 100_000)
    let taken = try much.withUnsafeBufferPointer { try runner.stream.push($0) }
    #expect(taken > 500 && taken < 6000 && runner.stream.room == 0)
    #expect(try much.withUnsafeBufferPointer { try runner.stream.push($0) } == 0)
  }

  @Test func optionsOutOfRangeAreRefused() throws {
    let model = try Self.model()
    func refuses(_ change: (inout Options) -> Void) {
      var options = Options()
      change(&options)
      #expect(throws: Status.argument) {
        try RecognitionStream.memorySize(model.pointer, samplingRate: 500, options: options)
      }
    }
    for value in [-1, 0.09, 10.1, Double.nan, .infinity] { refuses { $0.interval = value } }
    for value in [-1, 0.33, 5.1, Double.nan, .infinity] { refuses { $0.lookahead = value } }
    for value in [-1, 0, 3.1, 60.1, Double.nan, .infinity] { refuses { $0.window = value } }
    for value in [-1, 0, 1001, Int.max] { refuses { $0.beatCount = value } }
    for rate in [0, 49.9, 10_001, .nan, .infinity, 1e9] {
      #expect(throws: Status.samplingRate) { try RecognitionStream.memorySize(model.pointer, samplingRate: rate) }
    }
    // At the borders it works: every window, interval and lookahead that is allowed.
    for rate in [50.0, 51.7, 10_000] {
      let samples = Self.signal(seconds: 25, rate: rate)
      for (window, interval, lookahead) in [(3.2, 1.0, 1.0), (12.0, 10.0, 0.335), (60.0, 0.1, 5.0), (16.2, 10.0, 5.0)] {
        var options = Options()
        (options.window, options.interval, options.lookahead) = (window, interval, lookahead)
        let runner = try Runner(model, rate: rate, options)
        let told = try runner.push(samples) + runner.finish()
        #expect(told.count { $0.event.kind == .beat } >= 28, "\(rate) \(window) \(interval) \(lookahead)")
      }
    }
  }

  @Test func networksThatGiveNoNumbersAreAnError() throws {
    var contents = TinyModel.contents()
    // Sums of these are beyond all numbers.
    contents.parameters[4][0] = contents.parameters[4][0].indices.map { $0 % 2 == 0 ? 3e38 : -3e38 }
    var configuration = PipelineConfiguration()
    configuration.frontEnd = .bandPass
    contents.preprocessing = TinyModel.preprocessing(configuration)
    let runner = try Runner(try OpenedModel(contents))
    _ = try Self.signal(seconds: 8).withUnsafeBufferPointer { try runner.stream.push($0) }
    var refused = 0
    for _ in 0..<40 {
      do {
        _ = try runner.stream.next()
      } catch {
        #expect(error == .argument)
        refused += 1
      }
    }
    #expect(refused > 2)
    #expect(runner.stream.identity.beatCount == 0)
  }
}
