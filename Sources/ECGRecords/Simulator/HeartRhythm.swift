import ECGCore
import Foundation

/// The times between heartbeats as McSharry et al. (2003, section III) model them: a spectrum of two Gaussians, around
/// 0.1 Hz (blood pressure, the Mayer waves) and around the rate of breathing (respiratory sinus arrhythmia), with random
/// phases.
public struct HeartRhythm: Sendable, Hashable {
  /// Seconds between beats.
  public var meanInterval: Double
  /// Standard deviation of the intervals, seconds.
  public var deviation: Double
  /// Power around the low frequency over power around the high one (LF/HF).
  public var lowToHighRatio: Double
  /// Hertz.
  public var lowFrequency = 0.1
  /// Hertz; the rate of breathing.
  public var highFrequency = 0.25
  /// Standard deviation of both Gaussians, hertz.
  public var spread = 0.01

  public init(meanInterval: Double, deviation: Double, lowToHighRatio: Double, highFrequency: Double = 0.25) {
    self.meanInterval = meanInterval
    self.deviation = deviation
    self.lowToHighRatio = lowToHighRatio
    self.highFrequency = highFrequency
  }

  /// Intervals between beats, in seconds, that together last at least `duration` seconds.
  ///
  /// None leaves 0.5 to 1.75 of the mean, so that the heart neither stops nor races however large the deviation.
  public func intervals(lasting duration: Double, using generator: inout SeededGenerator) -> [Double] {
    let tones = tones(lasting: duration, using: &generator)
    var intervals: [Double] = []
    var time = 0.0
    while time < duration {
      var interval = meanInterval
      for tone in tones { interval += tone.amplitude * cos(tone.velocity * time + tone.phase) }
      interval = min(max(interval, 0.5 * meanInterval), 1.75 * meanInterval)
      intervals.append(interval)
      time += interval
    }
    return intervals
  }

  private struct Tone {
    var velocity: Double
    var amplitude: Double
    var phase: Double
  }

  /// The spectrum as a sum of sinusoids close enough to each other not to repeat within `duration`.
  private func tones(lasting duration: Double, using generator: inout SeededGenerator) -> [Tone] {
    var period = 256.0
    while period < duration { period *= 2 }
    func density(_ frequency: Double, around centre: Double) -> Double {
      let distance = (frequency - centre) / spread
      return exp(-0.5 * distance * distance)
    }
    var tones: [Tone] = []
    var power = 0.0
    for k in 1...Int(period / 2) {  // up to 0.5 Hz
      let frequency = Double(k) / period
      let energy =
        lowToHighRatio * density(frequency, around: lowFrequency) + density(frequency, around: highFrequency)
      guard energy > 1e-6 else { continue }
      let phase = 2 * .pi * generator.uniform()
      tones.append(Tone(velocity: 2 * .pi * frequency, amplitude: energy.squareRoot(), phase: phase))
      power += energy / 2
    }
    let scale = power > 0 ? deviation / power.squareRoot() : 0
    for k in tones.indices { tones[k].amplitude *= scale }
    return tones
  }
}
