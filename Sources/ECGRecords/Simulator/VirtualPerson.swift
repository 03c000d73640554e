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

  /// Draws a person. Means are those of McSharry et al. (2003, table I); heights and spreads are those of resting adults
  /// in a limb lead (P 0.05 to 0.25 mV, R 0.5 to 2 mV, T 0.1 to 0.6 mV).
  init(number: Int, using generator: inout SeededGenerator) {
    func draw(_ mean: Double, _ deviation: Double, _ range: ClosedRange<Double>) -> Double {
      // One draw in twenty or so falls outside and is drawn again; the bound is for safety.
      for _ in 0..<100 {
        let value = mean + deviation * generator.normal()
        if range.contains(value) { return value }
      }
      return mean
    }
    func wave(
      _ name: String, degrees: (Double, Double, ClosedRange<Double>), amplitude: (Double, Double, ClosedRange<Double>),
      width: (Double, Double, ClosedRange<Double>)
    ) -> Wave {
      Wave(
        name: name, angle: draw(degrees.0, degrees.1, degrees.2) * .pi / 180,
        amplitude: draw(amplitude.0, amplitude.1, amplitude.2), width: draw(width.0, width.1, width.2))
    }
    self.number = number
    waves = [
      wave(
        "P", degrees: (-70, 8, -90 ... -52), amplitude: (0.13, 0.045, 0.05...0.25), width: (0.22, 0.04, 0.14...0.32)),
      wave(
        "Q", degrees: (-15, 1.5, -19 ... -11), amplitude: (-0.1, 0.06, -0.25 ... -0.01),
        width: (0.09, 0.012, 0.06...0.13)),
      wave("R", degrees: (0, 0, 0...0), amplitude: (1.1, 0.3, 0.5...2), width: (0.1, 0.012, 0.075...0.13)),
      wave("S", degrees: (15, 2, 10...20), amplitude: (-0.22, 0.12, -0.6 ... -0.01), width: (0.09, 0.012, 0.06...0.13)),
      wave("T", degrees: (100, 9, 78...122), amplitude: (0.3, 0.1, 0.1...0.6), width: (0.4, 0.06, 0.28...0.55)),
    ]
    rhythm = HeartRhythm(
      meanInterval: 60 / draw(68, 9, 50...95), deviation: draw(0.04, 0.015, 0.015...0.08),
      lowToHighRatio: exp(0.5 * generator.normal()), highFrequency: draw(0.25, 0.03, 0.18...0.33))
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
