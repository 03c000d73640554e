import ECGCore
import Foundation

/// A simulated recording with what only a simulator knows about it.
public struct SimulatedRecording: Sendable {
  public var recording: Recording
  /// The samples at which the model's phase passes R, in order.
  public var rPeaks: [Int]
  /// The lead before baseline wander, mains hum and muscle noise, in millivolts.
  public var noiseFree: [Float]
}

/// Virtual people and recordings of them, after ECGSYN (McSharry, Clifford, Tarassenko and Smith 2003).
///
/// Everything follows from the seed, the person's number and the session's number alone, bit for bit and whatever the
/// order of calls. Each person has a morphology, heart rate and variability of their own; each session has another heart
/// rate, electrodes placed a little differently, and its own noise.
public struct Simulator: Sendable, Hashable {
  public var seed: UInt64

  public init(seed: UInt64 = 1) {
    self.seed = seed
  }

  /// The person with this number, from 1 on.
  public func person(_ number: Int) -> VirtualPerson {
    var generator = generator(.person, number)
    return VirtualPerson(number: number, using: &generator)
  }

  /// A recording of a person: one lead.
  ///
  /// - Parameters:
  ///   - person: counted from 1.
  ///   - session: counted from 1; the session's date is a month after the one before, from January 2020 on.
  ///   - duration: seconds, from 1 to 86,400.
  ///   - samplingRate: hertz, from 50 to 10,000.
  /// - Throws: `RecordError.badSimulation` for values outside these ranges, or for more than 50 million samples.
  public func record(
    person: Int, session: Int, duration: Double = 30, samplingRate: Double = 500
  ) throws(RecordError) -> Recording {
    try simulate(person: person, session: session, duration: duration, samplingRate: samplingRate).recording
  }

  /// Like ``record(person:session:duration:samplingRate:)``, with R peaks and the signal before the noise.
  public func simulate(
    person number: Int, session: Int, duration: Double = 30, samplingRate: Double = 500
  ) throws(RecordError) -> SimulatedRecording {
    try check("person", Double(number), 1...1_000_000)
    try check("session", Double(session), 1...10_000)
    try check("duration in seconds", duration, 1...86_400)
    try check("sampling rate in hertz", samplingRate, 50...10_000)
    try check("number of samples", (duration * samplingRate).rounded(), 1...50_000_000)
    let sampleCount = Int((duration * samplingRate).rounded())

    var generator = generator(.session, number, session)
    let plan = Session(of: person(number), using: &generator)

    // The model runs at a multiple of the sampling rate, at 1 kHz at least.
    let oversampling = Int((1000 / samplingRate).rounded(.up))
    let step = 1 / (samplingRate * Double(oversampling))
    // It starts between two beats; the recording starts a few beats later, anywhere in the cycle.
    let settling = Int(((2 + generator.uniform()) / step).rounded())
    let needed = settling + (sampleCount - 1) * oversampling + 1
    let intervals = plan.rhythm.intervals(lasting: Double(needed) * step, using: &generator)
    let beats = intervals.map { max(Int(($0 / step).rounded()), 1) }
    let leadIn = beats[0] / 2 + 1

    let model = HeartModel(
      waves: plan.waves, meanVelocity: 2 * .pi / plan.rhythm.meanInterval,
      respiratoryAmplitude: plan.respiratoryAmplitude, respiratoryFrequency: plan.rhythm.highFrequency)
    let solution = model.solve(leadIn: leadIn, beats: beats, step: step)
    var samples = (0..<sampleCount).map { solution[settling + $0 * oversampling] }
    let noiseFree = samples.map { Float($0) }
    plan.noise.add(to: &samples, samplingRate: samplingRate, using: &generator)

    var peaks: [Int] = []
    var time = leadIn - settling  // in steps from the first sample on; an R peak lies at the start of each beat
    for beat in beats {
      let sample = Int((Double(time) / Double(oversampling)).rounded())
      if sample >= 0, sample < sampleCount { peaks.append(sample) }
      time += beat
    }

    let recording = Recording(
      samplingRate: samplingRate, leads: [Lead(name: "simulated", samples: samples.map { Float($0) })],
      comments: ["Simulated: seed \(seed), person \(number), session \(session)"],
      date: date(of: session))
    return SimulatedRecording(recording: recording, rPeaks: peaks, noiseFree: noiseFree)
  }

  /// People of the simulator, each recorded in sessions from 1 to `sessions`, as a data set like any other.
  ///
  /// - Parameters:
  ///   - people: how many.
  ///   - firstPerson: the number of the first; a range of its own makes strangers.
  /// - Throws: `RecordError.badSimulation` for numbers below 1, or for more than a million recordings.
  public func dataset(
    people: Int, firstPerson: Int = 1, sessions: Int, duration: Double = 30, samplingRate: Double = 500
  ) throws(RecordError) -> Dataset {
    try check("number of people", Double(people), 1...1_000_000)
    try check("number of the first person", Double(firstPerson), 1...1_000_000)
    try check("number of sessions", Double(sessions), 1...10_000)
    try check("number of recordings", Double(people) * Double(sessions), 1...1_000_000)
    var references: [RecordingReference] = []
    for number in firstPerson..<firstPerson + people {
      for session in 1...sessions {
        references.append(
          RecordingReference(
            person: VirtualPerson.name(number), name: "rec_\(session)", date: date(of: session),
            source: .simulated(self, person: number, session: session, duration: duration, samplingRate: samplingRate)))
      }
    }
    return Dataset(name: "simulator (seed \(seed))", recordings: references)
  }

  private func date(of session: Int) -> RecordingDate? {
    RecordingDate(year: 2020 + (session - 1) / 12, month: (session - 1) % 12 + 1, day: 1)
  }

  private enum Purpose: UInt64 {
    case person = 1
    case session = 2
  }

  /// A generator of its own for every purpose, so that no draw depends on another call.
  private func generator(_ purpose: Purpose, _ numbers: Int...) -> SeededGenerator {
    var mixed = seed
    for part in [purpose.rawValue] + numbers.map({ UInt64(bitPattern: Int64($0)) }) {
      var seeder = SeededGenerator(seed: mixed ^ (part &* 0xD1B5_4A32_D192_ED03))
      mixed = seeder.next()
    }
    return SeededGenerator(seed: mixed)
  }

  private func check(_ parameter: String, _ value: Double, _ range: ClosedRange<Double>) throws(RecordError) {
    guard range.contains(value) else {
      throw .badSimulation(
        parameter: parameter, found: "\(value)",
        expected: "from \(Int(range.lowerBound)) to \(Int(range.upperBound))")
    }
  }
}
