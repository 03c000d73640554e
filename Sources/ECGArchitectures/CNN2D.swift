import ECGNetwork

/// A small 2-D convolutional network, as the Python project defines it: pooling only after the last convolution.
///
/// - Input: an image × 1 channel
/// - Output: softmax over `people`
public func cnn2d(people: Int, height: Int = 64, width: Int = 64) -> NetworkDescription {
  var network = NetworkDescription(name: "cnn2d", input: .image(height, width, channels: 1))
  network.convolution(filters: 4, window: (4, 4), padding: .same, activation: .relu)
  network.convolution(filters: 8, window: (2, 2), padding: .same, activation: .relu)
  network.convolution(filters: 8, window: (2, 2), padding: .same, activation: .relu)
  network.maxPooling(window: (2, 2))
  network.flatten()
  network.dropout(rate: 0.45)
  network.dense(units: people * 3 / 2, activation: .relu)
  network.dense(units: people, activation: .softmax)
  return network
}
