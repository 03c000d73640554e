import ECGNetwork

/// A small residual network whose last hidden layer, 64 values of length 1, separates people it never saw: two beats are
/// of one person when the cosine between their embeddings is large.
///
/// The classes it is trained with are directions (`Loss.cosFace`): its last layer has no bias. Flattening keeps where in
/// the beat something happens, which pooling would lose.
///
/// - Input: `beatLength` steps × 1 channel, from 0.25 s before the R peak to 0.45 s after it at 250 Hz
/// - Output: softmax over `people`
public func embedder1d(people: Int, beatLength: Int = 176) -> NetworkDescription {
  embedder("embedder1d", filters: (32, 64, 96), people: people, beatLength: beatLength)
}

/// `embedder1d` with half as many filters: a quarter of the multiplications, for microcontrollers.
public func embedder1dSmall(people: Int, beatLength: Int = 176) -> NetworkDescription {
  embedder("embedder1d-small", filters: (16, 32, 48), people: people, beatLength: beatLength)
}

/// - filters: of the three stages
private func embedder(
  _ name: String, filters: (Int, Int, Int), people: Int, beatLength: Int
) -> NetworkDescription {
  var network = NetworkDescription(name: name, input: .steps(beatLength, channels: 1))
  network.normalizedConvolution(filters: filters.0, window: 7, stride: 2)
  network.activation(.relu)
  network.residualBlock(channels: filters.0, filters: filters.0, stride: 1)
  network.residualBlock(channels: filters.0, filters: filters.1, stride: 2)
  network.residualBlock(channels: filters.1, filters: filters.2, stride: 2)
  network.normalizedConvolution(filters: 16, window: 1)
  network.activation(.relu)
  network.flatten()
  network.dense(units: 64, hasBias: false)
  network.normalization()
  network.unitNormalization()
  network.dense(units: people, activation: .softmax, hasBias: false)
  return network
}

extension NetworkDescription {
  /// Averages that follow a training of a few hundred steps.
  @discardableResult
  fileprivate mutating func normalization() -> Int { batchNormalization(momentum: 0.9, epsilon: 1e-5) }

  @discardableResult
  fileprivate mutating func normalizedConvolution(
    filters: Int, window: Int, stride: Int = 1, of source: Int? = nil
  ) -> Int {
    convolution(
      filters: filters, window: window, stride: stride, padding: .same, hasBias: false, initializer: .heNormal,
      of: source)
    return normalization()
  }

  /// Two convolutions, and what they read added to their result; as one convolution where its shape is another.
  fileprivate mutating func residualBlock(channels: Int, filters: Int, stride: Int) {
    let before = last
    normalizedConvolution(filters: filters, window: 5, stride: stride)
    activation(.relu)
    let result = normalizedConvolution(filters: filters, window: 5)
    let isSameShape = channels == filters && stride == 1
    let shortcut =
      isSameShape ? before : normalizedConvolution(filters: filters, window: 1, stride: stride, of: before)
    add([shortcut, result])
    activation(.relu)
  }
}
