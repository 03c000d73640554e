import ECGCore
import ECGExport
import ECGSignal
import ECGTraining

/// Training samples that differ from epoch to epoch: each is made of a prepared beat, and others of its recording, when it
/// is asked for.
struct AugmentedBeats: BatchSource {
  private let prepared: PreparedBeats
  private let means: BeatMeans
  private let classes: [Int32]
  private let inputs: BeatInputs
  private let augmentation: BeatAugmentation
  private let timing: BeatTiming
  private let seed: UInt64

  /// - Parameters:
  ///   - beats: the training beats, numbers in `prepared`; nothing else is ever mixed in.
  ///   - classes: of these beats.
  init(
    _ prepared: PreparedBeats, beats: [Int], classes: [Int32], inputs: BeatInputs, augmentation: BeatAugmentation,
    configuration: PipelineConfiguration, seed: UInt64
  ) {
    self.prepared = prepared
    self.classes = classes
    self.inputs = inputs
    self.augmentation = augmentation
    self.seed = seed
    means = BeatMeans(beats, of: prepared, counts: augmentation.meanCounts)
    timing = BeatTiming(configuration)
  }

  var count: Int { means.beats.count }
  var inputCount: Int { inputs.representation.outputCount }

  func fill(
    _ samples: ArraySlice<Int>, epoch: Int, inputs target: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>
  ) {
    let length = prepared.beatLength
    var changed: [Float] = []
    changed.reserveCapacity(samples.count * length)
    for (row, sample) in samples.enumerated() {
      var generator = SeededGenerator(seed: seed, epoch: epoch, sample: sample)
      changed += augmentation.changed(means.mean(sample, using: &generator), timing, using: &generator)
      labels[row] = classes[sample]
    }
    let seen = inputs.inputs(of: Array(0..<samples.count), in: changed, beatLength: length)
    for i in seen.indices { target[i] = seen[i] }
  }
}

extension SeededGenerator {
  /// The same for the same sample in the same epoch, unrelated otherwise.
  fileprivate init(seed: UInt64, epoch: Int, sample: Int) {
    var first = SeededGenerator(seed: seed ^ 0x6175_676D_656E_7473)
    var second = SeededGenerator(seed: first.next() ^ UInt64(epoch))
    self.init(seed: second.next() ^ UInt64(sample))
  }
}
