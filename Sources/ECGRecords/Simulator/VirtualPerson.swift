import ECGCore
import Foundation

/// A person of the simulator: what their heart and skin bring to each of their recordings.
public struct VirtualPerson: Sendable, Hashable {
  /// Counted from 1.
  public var number: Int
  /// The waves P, Q, R, S and T at 60 beats per minute.
  public var waves: [Wave]
  /// The rhythm at rest.
  public var rhythm: HeartRhythm

  /// "Person_07".
  public var name: String { Self.name(number) }

  static func name(_ number: Int) -> String { number < 10 ? "Person_0\(number)" : "Person_\(number)" }

  init(number: Int, using generator: inout SeededGenerator) {
    self.number = number
    waves = adultWaves.map { wave in
      Wave(
        name: wave.name, angle: wave.degrees.draw(using: &generator) * .pi / 180,
        amplitude: wave.amplitude.draw(using: &generator), width: wave.width.draw(using: &generator))
    }
    let beatsPerMinute = Spread(68, 9, 50...95).draw(using: &generator)
    let deviation = Spread(0.04, 0.015, 0.015...0.08).draw(using: &generator)
    let lowToHighRatio = exp(0.5 * generator.normal())
    let breathing = Spread(0.25, 0.03, 0.18...0.33).draw(using: &generator)
    rhythm = HeartRhythm(
      meanInterval: 60 / beatsPerMinute, deviation: deviation, lowToHighRatio: lowToHighRatio, highFrequency: breathing)
  }

  /// The waves at another heart rate, as ECGSYN scales them with the square root of the rate (Bazett): the angles of Q, S
  /// and T and all widths grow with √(rate/60), which in time makes them shrink with √RR; P moves half as fast.
  static func waves(_ waves: [Wave], atInterval interval: Double) -> [Wave] {
    let factor = (1 / interval).squareRoot()
    return waves.map { wave in
      var wave = wave
      wave.angle *= wave.name == "P" ? factor.squareRoot() : factor
      wave.width *= factor
      return wave
    }
  }
}

/// How a trait is spread among people: normally, within limits.
private struct Spread: Sendable {
  let mean: Double
  let deviation: Double
  let limits: ClosedRange<Double>

  init(_ mean: Double, _ deviation: Double, _ limits: ClosedRange<Double>) {
    self.mean = mean
    self.deviation = deviation
    self.limits = limits
  }

  /// Draws again when a value lies outside the limits, which few do.
  func draw(using generator: inout SeededGenerator) -> Double {
    for _ in 0..<100 {
      let value = mean + deviation * generator.normal()
      if limits.contains(value) { return value }
    }
    return mean
  }
}

/// Means as in table I of McSharry et al. (2003); heights (mV) and spreads as in a limb lead of adults at rest. Widths in
/// radians.
private let adultWaves: [(name: String, degrees: Spread, amplitude: Spread, width: Spread)] = [
  ("P", Spread(-70, 8, -90 ... -52), Spread(0.13, 0.045, 0.05...0.25), Spread(0.22, 0.04, 0.14...0.32)),
  ("Q", Spread(-15, 1.5, -19 ... -11), Spread(-0.1, 0.06, -0.25 ... -0.01), Spread(0.09, 0.012, 0.06...0.13)),
  ("R", Spread(0, 0, 0...0), Spread(1.1, 0.3, 0.5...2), Spread(0.1, 0.012, 0.075...0.13)),
  ("S", Spread(15, 2, 10...20), Spread(-0.22, 0.12, -0.6 ... -0.01), Spread(0.09, 0.012, 0.06...0.13)),
  ("T", Spread(100, 9, 78...122), Spread(0.3, 0.1, 0.1...0.6), Spread(0.4, 0.06, 0.28...0.55)),
]

/// How one session differs from the person's usual self: another heart rate, electrodes a little elsewhere.
struct Session {
  var waves: [Wave]
  var rhythm: HeartRhythm
  var noise: RecordingNoise
  /// Millivolts, the baseline's swing with the breath.
  var respiratoryAmplitude: Double

  init(of person: VirtualPerson, using generator: inout SeededGenerator) {
    func factor(_ spread: Double) -> Double { exp(spread * generator.normal()) }
    rhythm = person.rhythm
    rhythm.meanInterval = min(max(rhythm.meanInterval * factor(0.08), 0.5), 1.4)
    rhythm.deviation *= factor(0.2)

    let gain = factor(0.1)
    let placed = person.waves.map { wave in
      var wave = wave
      wave.amplitude *= gain * factor(0.07)
      wave.width *= factor(0.03)
      if wave.name != "R" { wave.angle += 1.0 * .pi / 180 * generator.normal() }
      return wave
    }
    waves = VirtualPerson.waves(placed, atInterval: rhythm.meanInterval)
    respiratoryAmplitude = 0.05 + 0.1 * generator.uniform()
    noise = RecordingNoise(using: &generator)
  }
}
