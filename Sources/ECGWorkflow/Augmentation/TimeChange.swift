import ECGCore

/// Moves the R peak, and stretches what precedes and what follows the QRS complex: both depend on the heart rate, the
/// complex itself hardly does.
public struct TimeChange: Sendable, Equatable {
  /// The largest shift either way, in seconds.
  public var jitter = 0.016
  /// The largest relative change of length before and after the complex; each is drawn by itself.
  public var stretchBefore = 0.12
  public var stretchAfter = 0.12
  /// Where the complex begins and ends, in seconds from the R peak: nothing is stretched between.
  public var complex = -0.06...0.08

  public init() {}

  func changed(_ beat: [Float], _ timing: BeatTiming, using generator: inout SeededGenerator) -> [Float] {
    let shift = generator.uniform(within: jitter) * timing.samplingRate
    let before = 1 + generator.uniform(within: stretchBefore)
    let after = 1 + generator.uniform(within: stretchAfter)
    let (start, end) = (complex.lowerBound * timing.samplingRate, complex.upperBound * timing.samplingRate)
    return beat.indices.map { sample in
      var place = Double(sample) - timing.rPeak - shift
      if place < start { place = start + (place - start) / before }
      if place > end { place = end + (place - end) / after }
      return interpolated(beat, at: place + timing.rPeak)
    }
  }

  /// Between two samples in a straight line; the ends are held.
  private func interpolated(_ beat: [Float], at place: Double) -> Float {
    let place = min(max(place, 0), Double(beat.count - 1))
    let left = Int(place)
    let right = min(left + 1, beat.count - 1)
    let share = Float(place - Double(left))
    return beat[left] * (1 - share) + beat[right] * share
  }
}
