import CECGKernels
import ECGNetwork

/// The end of a network: softmax, categorical cross-entropy, and their common gradient p − y.
///
/// With a cosine loss what comes in are cosines; they are scaled here, and while training the right class's is made
/// smaller by the margin.
///
/// The loss comes from the logits, as in Keras behind a softmax: it stays exact where a probability underflows.
final class SoftmaxCrossEntropy {
  let gradient: Tensor
  private let logits: Tensor
  private let conversion: Primitive?
  private let batch: Int
  private let classes: Int
  private let loss: Loss
  private let scale: Float
  private var losses: [Double]
  private var hits: [Bool]

  init(_ input: Tensor, network: CheckedNetwork, _ builder: PlanBuilder) throws(TrainingError) {
    batch = builder.batch
    classes = network.classCount
    loss = builder.loss
    scale = Float(loss.scale ?? 1)
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
  func run(labels: Span<Int32>, _ pass: Pass) throws(TrainingError) -> (crossEntropy: Double, correct: Int) {
    try conversion?.run()
    let labels = labels.withUnsafeBufferPointer { $0 }
    let share = scale / Float(batch)
    losses.withUnsafeMutableBufferPointer { losses in
      hits.withUnsafeMutableBufferPointer { hits in
        nonisolated(unsafe) let (losses, hits) = (losses, hits)
        Workers.split(batch, grain: 8) { rows in
          for row in rows {
            let label = Int(labels[row])
            let values = self.gradient.floats.baseAddress! + row * self.classes
            let logit = self.logits.floats[row * self.classes + label]
            let own = pass.isTraining ? self.loss.penalized(logit) : (value: logit, slope: 1)
            let (best, logSum) = self.softmax(row, own: (label, own.value), into: values)
            hits[row] = best == label
            losses[row] = logSum - Double(self.scale * own.value)
            values[label] = (values[label] - 1) * own.slope
            for i in 0..<self.classes { values[i] *= share }
          }
        }
      }
    }
    return (losses.reduce(0, +) / Double(batch), hits.count { $0 })
  }

  /// Probabilities, row by row.
  func probabilities(into result: UnsafeMutableBufferPointer<Float>) throws(TrainingError) {
    try conversion?.run()
    for row in 0..<batch { _ = softmax(row, own: nil, into: result.baseAddress! + row * classes) }
  }

  /// Writes the probabilities of one row, with another value for one class; returns the first class whose own value is
  /// the largest, and log Σ exp of the logits.
  private func softmax(
    _ row: Int, own: (class: Int, value: Float)?, into result: UnsafeMutablePointer<Float>
  ) -> (best: Int, logSum: Double) {
    let values = logits.floats.baseAddress! + row * classes
    var best = 0
    for i in 1..<max(1, classes) where values[i] > values[best] { best = i }
    for i in 0..<classes { result[i] = scale * values[i] }
    if let own { result[own.class] = scale * own.value }
    // Margins make values smaller: this is the largest, or larger.
    let largest = scale * values[best]
    var sum: Float = 0
    for i in 0..<classes {
      let value = ecg_expf(result[i] - largest)
      result[i] = value
      sum += value
    }
    let factor = 1 / sum
    for i in 0..<classes { result[i] *= factor }
    return (best, Double(largest) + ecg_log(Double(sum)))
  }
}
