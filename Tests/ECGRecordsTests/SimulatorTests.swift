import ECGCore
import ECGTestSupport
import Foundation
import Testing

@testable import ECGRecords

@Suite struct HeartModelTests {
  private func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }

  /// The parameters of `Tests/Vectors/simulator.py`.
  private var model: HeartModel {
    HeartModel(
      waves: [
        Wave(name: "P", angle: radians(-70), amplitude: 0.15, width: 0.25),
        Wave(name: "Q", angle: radians(-15), amplitude: -0.1, width: 0.1),
        Wave(name: "R", angle: 0, amplitude: 1.2, width: 0.08),
        Wave(name: "S", angle: radians(15), amplitude: -0.25, width: 0.1),
        Wave(name: "T", angle: radians(100), amplitude: 0.3, width: 0.4),
      ], meanVelocity: 2 * .pi / 0.85, respiratoryAmplitude: 0.1, respiratoryFrequency: 0.25)
  }

  /// The largest distance from SciPy's solution, in millivolts, with `parts` steps per millisecond.
  private func error(parts: Int) throws -> Double {
    let expected = try Vectors.float64("simulator-z")
    let solution = model.solve(
      leadIn: 420 * parts, beats: [812, 900, 1011, 650].map { $0 * parts }, step: 0.001 / Double(parts))
    #expect(solution.count == expected.count * parts)
    return expected.indices.map { abs(solution[$0 * parts] - expected[$0]) }.max() ?? .infinity
  }

  /// A step of 1 ms is 1/11 of R's width here (0.08 rad, 11 ms); the local error of the method goes with its fifth power,
  /// so about 1e-6 of the slope's change. A wrong term in the equations shows in the second digit.
  @Test func agreesWithSciPy() throws { #expect(try error(parts: 1) < 1e-6) }

  /// The error of a fourth-order method falls to a sixteenth when the step is halved.
  @Test func convergesWithTheFourthOrder() throws {
    let ratio = try error(parts: 1) / error(parts: 2)
    #expect(ratio > 12 && ratio < 20, "\(ratio)")
  }

  /// A narrow wave passes too fast for the baseline to pull at it, so it reaches the height that was asked for.
  @Test(arguments: [0.5, -0.3, 2])
  func wavesReachTheirHeight(_ height: Double) {
    let wave = Wave(name: "R", angle: 0, amplitude: height, width: 0.03)
    let model = HeartModel(waves: [wave], meanVelocity: 2 * .pi)
    let solution = model.solve(leadIn: 5000, beats: [10000], step: 0.0001)
    let peak = height > 0 ? solution.max()! : solution.min()!
    #expect(abs(peak / height - 1) < 0.02)
  }
}

@Suite struct HeartRhythmTests {
  /// 20 people's worth of five minutes: mean, deviation and LF/HF of the intervals against what was asked for.
  @Test(arguments: [(0.8, 0.03, 0.5), (0.8, 0.05, 2.0), (1.0, 0.04, 1.0)])
  func hasTheMomentsAskedFor(_ mean: Double, _ deviation: Double, _ ratio: Double) {
    let rhythm = HeartRhythm(meanInterval: mean, deviation: deviation, lowToHighRatio: ratio)
    var generator = SeededGenerator(seed: 20030305)
    var means: [Double] = []
    var squares: [Double] = []
    var low = 0.0
    var high = 0.0
    for _ in 0..<20 {
      let intervals = rhythm.intervals(lasting: 300, using: &generator)
      let average = intervals.reduce(0, +) / Double(intervals.count)
      means.append(average)
      squares.append(intervals.reduce(0) { $0 + ($1 - average) * ($1 - average) } / Double(intervals.count))
      low += power(of: intervals, less: average, from: 0.05, to: 0.15)
      high += power(of: intervals, less: average, from: 0.2, to: 0.3)
    }
    // Averaged over beats, not over time, long intervals count less: the mean falls by deviation²/mean (at most 3 ms
    // here). Slow waves average out over 300 s to within deviation/100 or so.
    #expect(abs(means.reduce(0, +) / 20 - mean) < 0.005)
    // The power of a band 0.02 Hz wide has about 2 · 0.02 Hz · 300 s · √π ≈ 20 degrees of freedom in 300 s; over 20 runs
    // its relative standard error is √(2/400) = 7 %, so 3.5 % of the deviation. Three of these.
    #expect(abs((squares.reduce(0, +) / 20).squareRoot() / deviation - 1) < 0.11)
    // Ratio of two such powers: 10 %; three of these, and a little for sampling at the beats themselves.
    #expect(abs(low / high / ratio - 1) < 0.35, "\(low / high)")
  }

  /// Energy of the intervals, at the times at which they begin, between two frequencies in hertz.
  private func power(of intervals: [Double], less mean: Double, from first: Double, to last: Double) -> Double {
    var total = 0.0
    for frequency in stride(from: first, through: last, by: 1.0 / 300) {
      var (x, y, time) = (0.0, 0.0, 0.0)
      for interval in intervals {
        x += (interval - mean) * interval * cos(2 * .pi * frequency * time)
        y += (interval - mean) * interval * sin(2 * .pi * frequency * time)
        time += interval
      }
      total += x * x + y * y
    }
    return total
  }

  @Test func neverStopsNorRaces() {
    let rhythm = HeartRhythm(meanInterval: 0.8, deviation: 10, lowToHighRatio: 1)
    var generator = SeededGenerator(seed: 1)
    let intervals = rhythm.intervals(lasting: 60, using: &generator)
    #expect(intervals.allSatisfy { $0 >= 0.5 * 0.8 && $0 <= 1.75 * 0.8 })
    #expect(intervals.reduce(0, +) >= 60)
  }
}

@Suite struct SimulatorTests {
  @Test func dependsOnSeedPersonAndSessionAlone() throws {
    let first = try Simulator(seed: 7).record(person: 3, session: 2, duration: 5)
    _ = try Simulator(seed: 7).record(person: 4, session: 1, duration: 5)
    #expect(try Simulator(seed: 7).record(person: 3, session: 2, duration: 5) == first)
    #expect(try Simulator(seed: 8).record(person: 3, session: 2, duration: 5).leads != first.leads)
    #expect(try Simulator(seed: 7).record(person: 2, session: 3, duration: 5).leads != first.leads)
    #expect(try Simulator(seed: 7).record(person: 3, session: 1, duration: 5).leads != first.leads)
    #expect(Simulator(seed: 7).person(3) == Simulator(seed: 7).person(3))
    #expect(Simulator(seed: 7).person(3).waves != Simulator(seed: 7).person(4).waves)
  }

  @Test(arguments: [50.0, 128, 300, 360, 500, 1000, 2000])
  func knowsItsRPeaks(_ samplingRate: Double) throws {
    for person in 1...5 {
      let simulated = try Simulator().simulate(person: person, session: 1, duration: 10, samplingRate: samplingRate)
      #expect(simulated.noiseFree.count == Int(10 * samplingRate))
      #expect(simulated.recording.sampleCount == Int(10 * samplingRate))
      // 45 to 120 beats per minute.
      #expect(simulated.rPeaks.count >= 7 && simulated.rPeaks.count <= 20)
      let reach = Int(0.05 * samplingRate)
      for peak in simulated.rPeaks where peak >= reach && peak + reach < simulated.noiseFree.count {
        let around = peak - reach...peak + reach
        let highest = around.max { simulated.noiseFree[$0] < simulated.noiseFree[$1] }!
        // Q and S lean on R, and z relaxes on the way: the maximum lies up to a tenth of R's width (16 ms) off the phase.
        #expect(abs(Double(highest - peak)) <= 1 + 0.004 * samplingRate)
      }
    }
  }

  @Test func measuresLikeAnAdultAtRest() throws {
    for person in 1...40 {
      let simulated = try Simulator(seed: 11).simulate(person: person, session: 1)
      let highest = simulated.noiseFree.max()! - simulated.noiseFree.sorted()[simulated.noiseFree.count / 2]
      #expect(highest > 0.3 && highest < 2.6)
      let rate =
        Double(simulated.rPeaks.count - 1) * 60 * 500
        / Double(simulated.rPeaks.last! - simulated.rPeaks.first!)
      #expect(rate > 40 && rate < 122)
    }
  }

  @Test func rejectsWhatCannotBeSimulated() {
    let simulator = Simulator()
    for (duration, rate) in [
      (0, 500), (1e9, 500), (.nan, 500), (.infinity, 500), (-1, 500), (30, 0), (30, .nan), (30, 1e9), (86_400, 10_000),
    ] as [(Double, Double)] {
      #expect(throws: RecordError.self) {
        try simulator.record(person: 1, session: 1, duration: duration, samplingRate: rate)
      }
    }
    #expect(throws: RecordError.self) { try simulator.record(person: 0, session: 1) }
    #expect(throws: RecordError.self) { try simulator.record(person: 1, session: -1) }
    #expect(throws: RecordError.self) { try simulator.record(person: .max, session: 1) }
  }

  @Test func isADataset() throws {
    let dataset = try Simulator(seed: 5).dataset(people: 12, sessions: 3, duration: 2)
    #expect(dataset.recordings.count == 36)
    #expect(dataset.people.first == "Person_01")
    #expect(dataset.people.last == "Person_12")
    #expect(dataset.byPerson.allSatisfy { $0.recordings.map(\.name) == ["rec_1", "rec_2", "rec_3"] })
    let recording = try dataset.read(dataset.recordings[4])
    #expect(recording == (try Simulator(seed: 5).record(person: 2, session: 2, duration: 2)))
    #expect(recording.date == dataset.recordings[4].date)
    #expect(throws: RecordError.self) { try dataset.read(dataset.recordings[0], lead: .index(1)) }
    let strangers = try Simulator(seed: 5).dataset(people: 2, firstPerson: 13, sessions: 1)
    #expect(strangers.people == ["Person_13", "Person_14"])
    #expect(throws: RecordError.self) { try Simulator().dataset(people: 0, sessions: 1) }
    #expect(throws: RecordError.self) { try Simulator().dataset(people: 1, sessions: 0) }
    #expect(throws: RecordError.self) { try Simulator().dataset(people: .max, sessions: .max) }
  }

  /// The nearest neighbour among other sessions' beats, by correlation: far above chance (2 %), yet not without mistakes,
  /// so that there is something to learn.
  @Test func tellsPeopleApartButNotTrivially() throws {
    var known: [(person: Int, beat: [Float])] = []
    var unknown: [(person: Int, beat: [Float])] = []
    for person in 1...50 {
      for session in 1...3 {
        let simulated = try Simulator().simulate(person: person, session: session, duration: 12)
        for peak in simulated.rPeaks where peak >= 100 && peak + 100 <= simulated.noiseFree.count {
          let beat = normalised(simulated.noiseFree[peak - 100..<peak + 100])
          if session < 3 { known.append((person, beat)) } else { unknown.append((person, beat)) }
        }
      }
    }
    let right = unknown.count { one in
      let nearest = known.max { dot($0.beat, one.beat) < dot($1.beat, one.beat) }!
      return nearest.person == one.person
    }
    let share = Double(right) / Double(unknown.count)
    #expect(share > 0.6 && share < 0.98, "\(share)")
  }

  private func dot(_ a: [Float], _ b: [Float]) -> Float {
    var sum: Float = 0
    for k in a.indices { sum += a[k] * b[k] }
    return sum
  }

  private func normalised(_ beat: ArraySlice<Float>) -> [Float] {
    let mean = beat.reduce(0, +) / Float(beat.count)
    let centred = beat.map { $0 - mean }
    let length = dot(centred, centred).squareRoot()
    return centred.map { $0 / length }
  }
}

@Suite struct RecordingNoiseTests {
  private func noise(_ change: (inout RecordingNoise) -> Void, samplingRate: Double) -> [Double] {
    var generator = SeededGenerator(seed: 4)
    var noise = RecordingNoise(using: &generator)
    (noise.wander, noise.mains, noise.muscle) = (0, 0, 0)
    change(&noise)
    var samples = [Double](repeating: 0, count: Int(120 * samplingRate))
    noise.add(to: &samples, samplingRate: samplingRate, using: &generator)
    return samples
  }

  private func rootMeanSquare(_ samples: [Double]) -> Double {
    (samples.reduce(0) { $0 + $1 * $1 } / Double(samples.count)).squareRoot()
  }

  /// Two minutes hold at least four periods of the slowest wave (0.03 Hz); a part of a period left over shifts the value
  /// by a few hundredths.
  @Test(arguments: [300.0, 500, 1000])
  func hasTheSizeAskedFor(_ samplingRate: Double) {
    #expect(abs(rootMeanSquare(noise({ $0.wander = 0.1 }, samplingRate: samplingRate)) / 0.1 - 1) < 0.1)
    // Swelling by a fifth adds 1 %, the third harmonic (a fifth, where it is below 0.45 of the rate) 2 %.
    #expect(abs(rootMeanSquare(noise({ $0.mains = 0.02 }, samplingRate: samplingRate)) / 0.02 - 1.02) < 0.03)
    // Swelling by a half adds √(1 + 0.5²/2) − 1 = 6 %.
    #expect(abs(rootMeanSquare(noise({ $0.muscle = 0.02 }, samplingRate: samplingRate)) / 0.02 - 1.06) < 0.05)
  }

  @Test func mainsHumLiesAtFiftyHertz() {
    let samples = noise({ $0.mains = 0.02 }, samplingRate: 500)
    // Crossings upwards in two minutes; the frequency strays by a thousandth or so.
    let crossings = (1..<samples.count).count { samples[$0 - 1] < 0 && samples[$0] >= 0 }
    #expect(abs(Double(crossings) / 120 - 50) < 0.5)
  }

  @Test func wanderIsSlow() {
    let samples = noise({ $0.wander = 0.1 }, samplingRate: 500)
    let steepest = (1..<samples.count).map { abs(samples[$0] - samples[$0 - 1]) * 500 }.max()!
    #expect(steepest < 2 * .pi * 0.7 * 0.1 * 4)  // mV/s: a sinusoid of 0.7 Hz with four times the size
  }
}
