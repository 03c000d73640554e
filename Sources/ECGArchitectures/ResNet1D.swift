import ECGNetwork

/// A residual network for time series (Wang, Yan, Oates 2017, arXiv 1611.06455) with the square kernels of the Python
/// project: on an image of width 1 only one column of each meets the beat. That column is all that is computed, in
/// running and training; the others are kept for Keras' sake.
///
/// - Input: an image of `beatLength` × 1 × 1 channel
/// - Output: softmax over `people`
public func resnet1d(people: Int, beatLength: Int = 200) -> NetworkDescription {
  var network = NetworkDescription(name: "resnet1d", input: .image(beatLength, 1, channels: 1))
  let normalized = network.batchNormalization()
  network.residualBlock(filters: 64, main: normalized, shortcut: -1, widens: true)
  network.residualBlock(filters: 128, main: network.last, shortcut: network.last, widens: true)
  network.residualBlock(filters: 128, main: network.last, shortcut: network.last, widens: false)
  network.globalAveragePooling()
  network.dense(units: people, activation: .softmax)
  return network
}

extension NetworkDescription {
  /// Three convolutions, and what they read added to their result; `widens` where that has fewer channels.
  fileprivate mutating func residualBlock(filters: Int, main: Int, shortcut: Int, widens: Bool) {
    var values = main
    for (number, size) in [8, 5, 3].enumerated() {
      convolution(filters: filters, window: (size, size), padding: .same, of: values)
      values = batchNormalization()
      if number < 2 { values = activation(.relu) }
    }
    let channels =
      widens ? convolution(filters: filters, window: (1, 1), padding: .same, of: shortcut) : shortcut
    let around = batchNormalization(of: channels)
    add([around, values])
    activation(.relu)
  }
}
