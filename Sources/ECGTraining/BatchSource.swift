/// Where samples come from. A source may compute or change them as they are asked for (augmentation), as long as the
/// same sample and epoch give the same values: that is what makes training reproducible, and resumable.
public protocol BatchSource {
  var count: Int { get }
  /// Values per sample: height × width × channels, channels varying fastest.
  var inputCount: Int { get }

  /// Writes the samples with the given numbers one after the other.
  ///
  /// - epoch: from 0; a source that changes its samples seeds its generator with it and the sample's number
  func fill(
    _ samples: ArraySlice<Int>, epoch: Int, inputs: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>)
}

/// Samples in memory, as they are.
public struct SampleSet: BatchSource, Sendable {
  public let inputCount: Int
  /// `count` × `inputCount` values.
  public let inputs: [Float]
  /// The class of each sample, from 0.
  public let labels: [Int32]

  public var count: Int { labels.count }

  /// Throws `samples` when the sizes do not fit.
  public init(inputs: [Float], inputCount: Int, labels: [Int32]) throws(TrainingError) {
    guard inputCount > 0, inputs.count == labels.count * inputCount else {
      throw .samples("\(labels.count) labels with \(inputs.count) values do not make samples of \(inputCount) values")
    }
    self.inputCount = inputCount
    self.inputs = inputs
    self.labels = labels
  }

  public func fill(
    _ samples: ArraySlice<Int>, epoch: Int, inputs: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>
  ) {
    inputs.withUnsafeMutableBufferPointer { destination in
      self.inputs.withUnsafeBufferPointer { source in
        for (row, sample) in samples.enumerated() {
          (destination.baseAddress! + row * inputCount)
            .update(from: source.baseAddress! + sample * inputCount, count: inputCount)
        }
      }
    }
    for (row, sample) in samples.enumerated() { labels[row] = self.labels[sample] }
  }
}
