import ECGNetwork

/// InceptionTime (Fawaz et al. 2020, doi 10.1007/s10618-020-00710-y): six modules of convolutions of several lengths
/// side by side, with a shortcut around every third.
///
/// - Input: `beatLength` steps × 1 channel
/// - Output: softmax over `people`
public func inception1d(people: Int, beatLength: Int = 200) -> NetworkDescription {
  var network = NetworkDescription(name: "inception1d", input: .steps(beatLength, channels: 1))
  var before = network.last
  for module in 1...6 {
    network.inceptionModule(isFirst: module == 1)
    if module % 3 == 0 {
      let module = network.last
      let channels = network.convolution(filters: 128, window: 1, padding: .same, hasBias: false, of: before)
      let shortcut = network.batchNormalization(of: channels)
      network.add([shortcut, module])
      before = network.activation(.relu)
    }
  }
  network.globalAveragePooling()
  network.dense(units: people, activation: .softmax)
  return network
}

extension NetworkDescription {
  /// The first module reads a single channel, which needs no bottleneck.
  fileprivate mutating func inceptionModule(isFirst: Bool) {
    let filters = 32
    let input = last
    let bottleneck = isFirst ? input : convolution(filters: filters, window: 1, padding: .same, hasBias: false)
    var branches = [41, 20, 10].map { length in
      convolution(filters: filters, window: length, padding: .same, hasBias: false, of: bottleneck)
    }
    let largest = maxPooling(window: 3, stride: 1, padding: .same, of: input)
    branches.append(convolution(filters: filters, window: 1, padding: .same, hasBias: false, of: largest))
    concatenate(branches)
    batchNormalization()
    activation(.relu)
  }
}
