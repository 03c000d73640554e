import ECGNetwork

/// A network for microcontrollers: 56,000 parameters and 0.6 million multiplications a beat for 90 people.
///
/// - Input: `beatLength` steps × 1 channel
/// - Output: softmax over `people`
public func compact1d(people: Int, beatLength: Int = 200) -> NetworkDescription {
  var network = NetworkDescription(name: "compact1d", input: .steps(beatLength, channels: 1))
  network.convolution(filters: 16, window: 7, padding: .same, activation: .relu, initializer: .heNormal)
  network.maxPooling(window: 2)
  network.convolution(filters: 32, window: 5, padding: .same, activation: .relu, initializer: .heNormal)
  network.maxPooling(window: 2)
  network.convolution(filters: 64, window: 3, padding: .same, activation: .relu, initializer: .heNormal)
  network.maxPooling(window: 5)
  network.flatten()
  network.dropout(rate: 0.5)
  network.dense(units: 64, activation: .relu, initializer: .heNormal)
  network.dropout(rate: 0.5)
  network.dense(units: people, activation: .softmax)
  return network
}
