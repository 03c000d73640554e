import ECGCore
import ECGExport
import ECGSignal
import Foundation
import Testing

@testable import ECGWorkflow

@Suite struct BeatAugmentationTests {
  private let timing = BeatTiming(samplingRate: 250, rPeak: 63)
  private let length = 176

  private func nothing() -> BeatAugmentation {
    var augmentation = BeatAugmentation()
    augmentation.meanCounts = [1]
    (augmentation.time.jitter, augmentation.time.stretchBefore, augmentation.time.stretchAfter) = (0, 0, 0)
    (augmentation.gain.largest, augmentation.baseline.largest, augmentation.noise.largest) = (0, 0, 0)
    return augmentation
  }

  private func changed(_ augmentation: BeatAugmentation, _ beat: [Float], seed: UInt64 = 1) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return augmentation.changed(beat, timing, using: &generator)
  }

  /// A Gaussian wave of unit height, `seconds` from the R peak.
  private func wave(at seconds: Double) -> [Float] {
    (0..<length).map { sample in
      let distance = ((Double(sample) - timing.rPeak) / timing.samplingRate - seconds) / 0.01
      return Float(exp2(-distance * distance))
    }
  }

  /// Where the middle of the one wave lies, in seconds from the R peak.
  private func place(_ beat: [Float]) -> Double {
    let sum = beat.reduce(0) { $0 + Double($1) }
    let moment = beat.indices.reduce(0) { $0 + Double($1) * Double(beat[$1]) }
    return (moment / sum - timing.rPeak) / timing.samplingRate
  }

  @Test func nothingOnlyScalesToUnitLength() {
    let beat = wave(at: 0.02)
    let norm = beat.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    let same = changed(nothing(), beat)
    for i in beat.indices { #expect(abs(Double(same[i]) - Double(beat[i]) / norm) < 1e-6) }
  }

  @Test func everyBeatComesOutWithUnitLength() {
    for seed in 1...20 as ClosedRange<UInt64> {
      let beat = changed(BeatAugmentation(), wave(at: 0), seed: seed)
      #expect(abs(beat.reduce(0) { $0 + Double($1) * Double($1) } - 1) < 1e-5)
    }
    #expect(changed(BeatAugmentation(), [Float](repeating: 0, count: length)).allSatisfy { $0 == 0 })
  }

  @Test func rPeaksShiftBothWaysWithinTheJitter() {
    var augmentation = nothing()
    augmentation.time.jitter = 0.016
    let places = (1...200).map { place(changed(augmentation, wave(at: 0), seed: $0)) }
    #expect(places.allSatisfy { abs($0) < 0.0165 })
    #expect(places.min()! < -0.012 && places.max()! > 0.012)
  }

  @Test func onlyWhatLiesOutsideTheComplexIsStretched() {
    var augmentation = nothing()
    (augmentation.time.stretchBefore, augmentation.time.stretchAfter) = (0.12, 0.12)
    for seed in 1...50 as ClosedRange<UInt64> {
      #expect(abs(place(changed(augmentation, wave(at: 0.02), seed: seed)) - 0.02) < 1e-4)
    }
    // 0.22 s beyond the complex, 12 % of that either way.
    let later = (1...200).map { place(changed(augmentation, wave(at: 0.3), seed: $0)) - 0.3 }
    #expect(later.allSatisfy { abs($0) < 0.0272 })
    #expect(later.min()! < -0.02 && later.max()! > 0.02)
    // 0.1 s before it.
    let earlier = (1...200).map { place(changed(augmentation, wave(at: -0.16), seed: $0)) + 0.16 }
    #expect(earlier.allSatisfy { abs($0) < 0.0128 })
    #expect(earlier.min()! < -0.009 && earlier.max()! > 0.009)
    #expect(zip(later, earlier).contains { $0 * $1 > 0 }, "before and after are drawn apart")
  }

  @Test func gainBaselineAndNoiseStayBelowTheirLimits() {
    func deviation(_ values: [Double]) -> Double {
      let mean = values.reduce(0, +) / Double(values.count)
      return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
    }
    let beat = (0..<length).map { Float(sin(Double($0))) }
    let root = deviation(beat.map(Double.init))
    func largest(_ change: (inout [Float], inout SeededGenerator) -> Void) -> [Double] {
      (1...100 as ClosedRange<UInt64>).map { seed in
        var generator = SeededGenerator(seed: seed)
        var values = beat
        change(&values, &generator)
        return zip(values, beat).reduce(0) { max($0, abs(Double($1.0) - Double($1.1))) }
      }
    }
    let gains = largest { GainDrift().apply(to: &$0, timing, using: &$1) }
    #expect(gains.max()! <= 0.1501 && gains.max()! > 0.1 && gains.min()! < 0.02)
    let waves = largest { BaselineWave().apply(to: &$0, timing, deviation: Float(root), using: &$1) }
    #expect(waves.max()! <= 0.6001 * root && waves.max()! > 0.5 * root && waves.min()! < 0.1 * root)
    let noises = (1...100 as ClosedRange<UInt64>).map { seed -> Double in
      var generator = SeededGenerator(seed: seed)
      var values = beat
      BeatNoise().apply(to: &values, deviation: Float(root), using: &generator)
      return deviation(zip(values, beat).map { Double($0) - Double($1) }) / root
    }
    #expect(noises.max()! < 0.32 && noises.max()! > 0.2 && noises.min()! < 0.05)
  }

  // MARK: Means, and samples as training sees them

  /// Six beats in each of four recordings of two people, told apart by where their one value stands.
  private func prepared() -> PreparedBeats {
    var prepared = PreparedBeats(beatLength: length, samplingRate: 250)
    prepared.people = ["A", "B"]
    for recording in 0..<4 {
      prepared.recordings.append(.init(name: "\(recording)", person: Int32(recording / 2)))
      for number in 0..<6 {
        var beat = [Float](repeating: 0, count: length)
        beat[recording * 10 + number + 80] = 1
        prepared.beats += beat
        prepared.rPeaks.append(Int64(number * 250))
        prepared.personOfBeat.append(Int32(recording / 2))
        prepared.recordingOfBeat.append(Int32(recording))
      }
    }
    return prepared
  }

  @Test func meansHoldConsecutiveTrainingBeatsOfOneRecording() {
    let prepared = prepared()
    // The last two beats of each recording do not train; the others come in some order.
    let training = (0..<prepared.count).filter { $0 % 6 < 4 }.reversed().map { $0 }
    let means = BeatMeans(training, of: prepared, counts: [1, 2, 3, 8])
    var generator = SeededGenerator(seed: 3)
    var counts: Set<Int> = []
    for _ in 0..<20 {
      for (sample, beat) in training.enumerated() {
        let values = means.mean(sample, using: &generator)
        let marks = (0..<length).filter { values[$0] != 0 }
        #expect(marks.contains(beat / 6 * 10 + beat % 6 + 80), "the beat itself is always in it")
        #expect(marks.allSatisfy { ($0 - 80) / 10 == beat / 6 && ($0 - 80) % 10 < 4 })
        #expect(marks.last! - marks.first! == marks.count - 1, "they follow one another")
        #expect(marks.allSatisfy { abs(values[$0] * Float(marks.count) - 1) < 1e-6 })
        counts.insert(marks.count)
      }
    }
    // Of eight there are only four.
    #expect(counts == [1, 2, 3, 4])
  }

  @Test func theSameEpochGivesTheSameBeatsAndAnotherOthers() throws {
    let prepared = prepared()
    let configuration = PipelineConfiguration(for: "embedder1d")
    try configuration.validate()
    #expect(configuration.beatLength == length)
    func batch(seed: UInt64, epoch: Int, _ samples: [Int]) throws -> [Float] {
      let beats = AugmentedBeats(
        prepared, beats: Array(0..<prepared.count), classes: (0..<prepared.count).map { Int32($0 / 6) },
        inputs: try BeatInputs(configuration), augmentation: BeatAugmentation(), configuration: configuration,
        seed: seed)
      var values = [Float](repeating: 0, count: samples.count * length)
      var labels = [Int32](repeating: -1, count: samples.count)
      var span = values.mutableSpan
      var labelSpan = labels.mutableSpan
      beats.fill(samples[...], epoch: epoch, inputs: &span, labels: &labelSpan)
      #expect(labels == samples.map { Int32($0 / 6) })
      return values
    }
    let all = Array(0..<prepared.count)
    let first = try batch(seed: 1, epoch: 0, all)
    #expect(try batch(seed: 1, epoch: 0, all) == first)
    #expect(try batch(seed: 1, epoch: 1, all) != first)
    #expect(try batch(seed: 2, epoch: 0, all) != first)
    // A sample does not depend on its batch.
    #expect(try batch(seed: 1, epoch: 0, [7]) == Array(first[7 * length..<8 * length]))
  }
}
