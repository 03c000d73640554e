import ECGNetwork

/// DeepECG as ECG-Biometrics-Bench (arXiv 2605.01548) takes it for its baseline, after Labati, Muñoz, Piuri, Sassi and Scotti
/// 2019 (Pattern Recognition Letters 126): six convolutions, three poolings, the mean over time.
///
/// Padding and pooling windows are not stated there: `same` and 2 here, so that beats from 8 samples on fit. The values before
/// the last layer, 256, are what people are compared by. Its beats are 0.6 s long: `ecgid prepare --low-cutoff 0.5
/// --before 0.2 --after 0.4`.
///
/// - Input: `beatLength` steps × 1 channel
/// - Output: softmax over `people`
public func deepecg(people: Int, beatLength: Int = 200) -> NetworkDescription {
  var network = NetworkDescription(name: "deepecg", input: .steps(beatLength, channels: 1))
  for (filters, window) in [(16, 7), (32, 5), (64, 5)] {
    network.convolution(filters: filters, window: window, padding: .same, activation: .relu)
    network.maxPooling(window: 2)
  }
  for (filters, window) in [(128, 7), (256, 7), (256, 8)] {
    network.convolution(filters: filters, window: window, padding: .same, activation: .relu)
  }
  network.globalAveragePooling()
  network.dropout(rate: 0.5)
  network.dense(units: people, activation: .softmax)
  return network
}
