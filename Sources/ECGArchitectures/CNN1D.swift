import ECGNetwork

/// A 1-D convolutional network on the samples of a beat, as the Python project defines it.
///
/// - Input: `beatLength` steps × 1 channel
/// - Output: softmax over `people`
public func cnn1d(people: Int, beatLength: Int = 200) -> NetworkDescription {
  var network = NetworkDescription(name: "cnn1d", input: .steps(beatLength, channels: 1))
  let l2: Float = 0.001
  network.convolution(filters: 100, window: 4, activation: .tanh, l2: l2)
  network.maxPooling(window: 2)
  network.convolution(filters: 200, window: 2, activation: .tanh, l2: l2)
  network.maxPooling(window: 4)
  network.convolution(filters: 300, window: 1, activation: .tanh, l2: l2)
  network.maxPooling(window: 2)
  network.convolution(filters: 400, window: 1, activation: .tanh, l2: l2)
  network.flatten()
  network.dropout(rate: 0.9)
  network.dense(units: 3000, activation: .tanh)
  network.dense(units: people, activation: .softmax)
  return network
}
