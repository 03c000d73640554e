import CECGKernels
import ECGNetwork

/// The end of a network: softmax, categorical cross-entropy, and their common gradient p − y.
///
/// The loss comes from the logits, as in Keras behind a softmax: it stays exact where a probability underflows.
final class SoftmaxCrossEntropy {
  let gradient: Tensor
  private let logits: Tensor
  private let conversion: Primitive?
  private let batch: Int
  private let classes: Int
  private var losses: [Double]
  private var hits: [Bool]

  init(_ input: Tensor, network: CheckedNetwork, _ builder: PlanBuilder) throws(TrainingError) {
    batch = builder.batch
    classes = network.classCount
    let layer = network.layers.count
    if input.format.rank == 4 {
      // A softmax right behind a flatten: classes in Keras' order.
      (logits, conversion) = try builder.inKerasOrder(input, layer: layer, "logits")
    } else {
      (logits, conversion) = try builder.converted(input, to: .plain([batch, classes]), layer: layer, "logits")
    }
    gradient = try Tensor(logits.format, builder.library)
    losses = Array(repeating: 0, count: batch)
    hits = Array(repeating: false, count: batch)
  }

  /// Loss and hits; leaves the gradient of the mean loss behind.
  func run(labels: Span<Int32>) throws(TrainingError) -> (crossEntropy: Double, correct: Int) {
    try conversion?.run()
    let labels = labels.withUnsafeBufferPointer { $0 }
    let scale = 1 / Float(batch)
    losses.withUnsafeMutableBufferPointer { losses in
      hits.withUnsafeMutableBufferPointer { hits in
        nonisolated(unsafe) let (losses, hits) = (losses, hits)
        Workers.split(batch, grain: 8) { rows in
          for row in rows {
            let label = Int(labels[row])
            let values = self.gradient.floats.baseAddress! + row * self.classes
            let (best, logSum) = self.softmax(row, into: values)
            hits[row] = best == label
            losses[row] = logSum - Double(self.logits.floats[row * self.classes + label])
            values[label] -= 1
            for i in 0..<self.classes { values[i] *= scale }
          }
        }
      }
    }
    return (losses.reduce(0, +) / Double(batch), hits.count { $0 })
  }

  /// Probabilities, row by row.
  func probabilities(into result: UnsafeMutableBufferPointer<Float>) throws(TrainingError) {
    try conversion?.run()
    for row in 0..<batch { _ = softmax(row, into: result.baseAddress! + row * classes) }
  }

  /// Writes the probabilities of one row; returns the first class with the largest, and log Σ exp of the logits.
  private func softmax(_ row: Int, into result: UnsafeMutablePointer<Float>) -> (best: Int, logSum: Double) {
    let values = logits.floats.baseAddress! + row * classes
    var best = 0
    for i in 1..<max(1, classes) where values[i] > values[best] { best = i }
    let largest = values[best]
    var sum: Float = 0
    for i in 0..<classes {
      let value = ecg_expf(values[i] - largest)
      result[i] = value
      sum += value
    }
    let factor = 1 / sum
    for i in 0..<classes { result[i] *= factor }
    return (best, Double(largest) + ecg_log(Double(sum)))
  }
}
