import ECGNetwork

/// Convolutions over an image whose places a GRU then reads one after the other, as the Python project defines it.
///
/// - Input: an image × 1 channel, at least 19 × 19
/// - Output: softmax over `people`
public func crnn2d(people: Int, height: Int = 64, width: Int = 64) -> NetworkDescription {
  var network = NetworkDescription(name: "crnn2d", input: .image(height, width, channels: 1))
  let l2: Float = 1e-4
  network.convolution(filters: 4, window: (5, 5), activation: .elu, l2: l2)
  network.maxPooling(window: (3, 3))
  network.batchNormalization()
  network.convolution(filters: 8, window: (3, 2), activation: .elu, l2: l2)
  network.maxPooling(window: (2, 2))
  network.batchNormalization()
  network.convolution(filters: 16, window: (1, 2), activation: .elu, l2: l2)
  network.maxPooling(window: (1, 1))
  network.batchNormalization()
  // 9 × 8 places of the 64 × 64 image.
  let places = (((height - 4) / 3 - 2) / 2) * ((((width - 4) / 3 - 1) / 2) - 1)
  network.reshape(.steps(places, channels: 16))
  network.dense(units: 512, activation: .elu)
  network.batchNormalization()
  network.gru(units: 512, returnsSequences: true)
  network.flatten()
  network.dropout(rate: 0.85)
  network.dense(units: 1500, activation: .sigmoid)
  network.dense(units: people, activation: .softmax)
  return network
}
