import ECGCore
import Foundation

/// What a recording picks up besides the heart. Root-mean-square values in millivolts.
struct RecordingNoise {
  /// Electrodes and skin: slow wandering below 0.7 Hz.
  var wander: Double
  /// The mains at 50 Hz and its third harmonic.
  var mains: Double
  /// Muscles: broad noise from 20 Hz on.
  var muscle: Double

  static let mainsFrequency = 50.0

  /// Draws the sizes of a session at rest.
  init(using generator: inout SeededGenerator) {
    wander = 0.04 + 0.1 * generator.uniform()
    mains = 0.003 + 0.017 * generator.uniform()
    muscle = 0.005 + 0.015 * generator.uniform()
  }

  /// Adds the noise to `samples` (millivolts at `samplingRate` hertz).
  func add(to samples: inout [Double], samplingRate: Double, using generator: inout SeededGenerator) {
    addWander(to: &samples, samplingRate, &generator)
    addMains(to: &samples, samplingRate, &generator)
    addMuscle(to: &samples, samplingRate, &generator)
  }

  /// Eight slow sinusoids; the slower, the larger.
  private func addWander(to samples: inout [Double], _ samplingRate: Double, _ generator: inout SeededGenerator) {
    var tones: [(velocity: Double, amplitude: Double, phase: Double)] = []
    for k in 0..<8 {
      let frequency = 0.03 + 0.08 * (Double(k) + generator.uniform())
      tones.append((2 * .pi * frequency / samplingRate, 1 / (0.1 + frequency), 2 * .pi * generator.uniform()))
    }
    let power = tones.reduce(0) { $0 + $1.amplitude * $1.amplitude / 2 }
    let scale = wander / power.squareRoot()
    for n in samples.indices {
      var sum = 0.0
      for tone in tones { sum += tone.amplitude * cos(tone.velocity * Double(n) + tone.phase) }
      samples[n] += scale * sum
    }
  }

  private func addMains(to samples: inout [Double], _ samplingRate: Double, _ generator: inout SeededGenerator) {
    let frequency = Self.mainsFrequency * (1 + 0.001 * generator.normal())
    let swell = 2 * .pi * (0.05 + 0.1 * generator.uniform()) / samplingRate
    for (harmonic, share) in [(1.0, 1.0), (3.0, 0.2)] {
      let phase = 2 * .pi * generator.uniform()
      // A recorder's own filter keeps out what it could not sample.
      guard harmonic * frequency < 0.45 * samplingRate else { continue }
      let velocity = 2 * .pi * harmonic * frequency / samplingRate
      let amplitude = share * mains * 2.0.squareRoot()
      for n in samples.indices {
        samples[n] += amplitude * (1 + 0.2 * sin(swell * Double(n))) * sin(velocity * Double(n) + phase)
      }
    }
  }

  /// White noise between 20 and 150 Hz (first-order edges) that swells and fades.
  private func addMuscle(to samples: inout [Double], _ samplingRate: Double, _ generator: inout SeededGenerator) {
    let low = exp(-2 * .pi * 20 / samplingRate)
    let high = exp(-2 * .pi * min(150, 0.45 * samplingRate) / samplingRate)
    var slow = 0.0
    var smooth = 0.0
    func filter(_ input: Double) -> Double {
      smooth += (1 - high) * (input - smooth)
      slow += (1 - low) * (smooth - slow)
      return smooth - slow
    }
    var power = 0.0
    for n in 0..<Int(samplingRate) {  // the impulse response has died away long before
      let response = filter(n == 0 ? 1 : 0)
      power += response * response
    }
    (slow, smooth) = (0, 0)
    let scale = muscle / power.squareRoot()
    let swell = 2 * .pi * (0.02 + 0.08 * generator.uniform()) / samplingRate
    let phase = 2 * .pi * generator.uniform()
    for n in samples.indices {
      samples[n] += scale * (1 + 0.5 * sin(swell * Double(n) + phase)) * filter(generator.normal())
    }
  }
}
