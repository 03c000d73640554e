import ECGNetwork

/// Five LSTM layers that read a beat as a single step of `beatLength` channels, as the Python project defines it.
///
/// With one step there is no state to remember: recurrent kernels and forget gates, three quarters of the layers'
/// parameters with them, never act. They are kept for Keras' sake and cost nothing in running or training.
///
/// - Input: 1 step × `beatLength` channels
/// - Output: softmax over `people`
public func lstm1d(people: Int, beatLength: Int = 200) -> NetworkDescription {
  var network = NetworkDescription(name: "lstm1d", input: .steps(1, channels: beatLength))
  for units in [2048, 1024, 1024, 512] { network.lstm(units: units, returnsSequences: true) }
  network.lstm(units: 512)
  network.dense(units: people, activation: .softmax)
  return network
}
