import ECGNetwork

/// LeNet-5 on the picture of a beat, its 64×64 scalogram, as widened by the Python project: two 5×5 convolutions with pooling, then
/// dense layers that grow with the number of people (LeCun, Bottou, Bengio, Haffner 1998, doi 10.1109/5.726791).
///
/// - Input: an image × 1 channel
/// - Output: softmax over `people`
public func lenet5(people: Int, height: Int = 64, width: Int = 64) -> NetworkDescription {
  var network = NetworkDescription(name: "lenet5", input: .image(height, width, channels: 1))
  network.convolution(filters: 32, window: (5, 5), padding: .same, activation: .relu)
  network.maxPooling(window: (2, 2))
  network.convolution(filters: 64, window: (5, 5), padding: .same, activation: .relu, initializer: .heNormal)
  network.maxPooling(window: (2, 2))
  network.flatten()
  network.dense(units: people * 5 / 4, activation: .relu, initializer: .heNormal)
  network.dense(units: people * 17 / 20, activation: .relu, initializer: .heNormal)
  network.dense(units: people, activation: .softmax)
  return network
}
