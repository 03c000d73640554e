import ECGNetwork
import ECGTraining

extension NetworkDescription {
  /// The parameters with which training by a cosine loss goes on for other people: the direction of each new class is the
  /// mean of its samples' embeddings, known ones keep theirs. All have length 1.
  ///
  /// - Parameters:
  ///   - isNew: of each class, in the order of the outputs.
  ///   - samples: what the new classes are trained with.
  func withClassDirections(_ parameters: NetworkParameters, isNew: [Bool], samples: SampleSet) throws
    -> NetworkParameters
  {
    let classes = isNew.count
    let runner = try NetworkRunner(self, parameters: parameters)
    let width = runner.network.embeddingCount
    var result = parameters
    guard parameters[last].first?.count == width * classes else { return parameters }
    let isWanted = samples.labels.map { isNew[Int($0)] }
    let wanted = samples.labels.indices.filter { isWanted[$0] }
    let size = samples.inputCount
    let embeddings = try runner.run(wanted.flatMap { samples.inputs[$0 * size..<($0 + 1) * size] }).embeddings
    let drawn = Set(wanted.map { Int(samples.labels[$0]) })
    for row in 0..<width {
      for column in drawn { result[last][0][row * classes + column] = 0 }
    }
    for (number, sample) in wanted.enumerated() {
      for row in 0..<width {
        result[last][0][row * classes + Int(samples.labels[sample])] += embeddings[number * width + row]
      }
    }
    result[last][0].scaleColumns(classes, to: 1)
    return result
  }
}
