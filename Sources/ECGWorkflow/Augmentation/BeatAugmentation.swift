import ECGArchitectures
import ECGCore
import ECGSignal

/// Changes a beat as another day, another posture or a looser electrode would, so that a network learns what stays.
///
/// What is drawn follows what is known to differ between recordings of one person: the place of the R peak, the length of
/// what precedes and follows the QRS complex, the height of its parts, the baseline, and noise.
public struct BeatAugmentation: Sendable, Equatable {
  /// A sample is the mean of so many consecutive beats of its recording; one of these is drawn each time.
  public var meanCounts = [1, 2, 3, 4, 6, 8]
  public var time = TimeChange()
  public var gain = GainDrift()
  public var baseline = BaselineWave()
  public var noise = BeatNoise()

  public init() {}

  /// What training with a network of this name does unless it is told otherwise; nil is nothing.
  public static func standard(for network: String) -> BeatAugmentation? {
    Architecture.named(network)?.isEmbedder == true ? BeatAugmentation() : nil
  }

  /// For a model's provenance.
  var text: String {
    "means of \(meanCounts.map(String.init).joined(separator: ", ")) beats; R peak ±\(time.jitter) s;"
      + " T wave ±\(time.stretchAfter), P wave ±\(time.stretchBefore); gain ±\(gain.largest);"
      + " baseline \(baseline.largest); noise \(noise.largest)"
  }

  /// A changed copy of `beat`, of unit length.
  func changed(_ beat: [Float], _ timing: BeatTiming, using generator: inout SeededGenerator) -> [Float] {
    var result = time.changed(beat, timing, using: &generator)
    gain.apply(to: &result, timing, using: &generator)
    let deviation = result.deviation
    baseline.apply(to: &result, timing, deviation: deviation, using: &generator)
    noise.apply(to: &result, deviation: deviation, using: &generator)
    var span = result.mutableSpan
    Normalisation.unitLength(&span)
    return result
  }
}

extension [Float] {
  /// The standard deviation (over N); 0 for none.
  fileprivate var deviation: Float {
    guard !isEmpty else { return 0 }
    let mean = reduce(0) { $0 + Double($1) } / Double(count)
    return Float((reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(count)).squareRoot())
  }
}

extension SeededGenerator {
  /// Uniform between −`limit` and `limit`.
  mutating func uniform(within limit: Double) -> Double { (2 * uniform() - 1) * limit }

  mutating func uniform(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + uniform() * (range.upperBound - range.lowerBound)
  }
}
