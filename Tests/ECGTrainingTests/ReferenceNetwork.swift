import CECGKernels
import ECGNetwork

@testable import ECGTraining

/// The loss of a network, computed in Double by plain loops: what the gradients are checked against.
struct ReferenceNetwork {
  let network: CheckedNetwork
  let inputs: [Double]
  let labels: [Int32]
  /// Dropout masks by layer, with their scale.
  var masks: [Int: [Double]] = [:]

  init(_ description: NetworkDescription, _ samples: SampleSet) throws {
    network = try CheckedNetwork(description)
    inputs = samples.inputs.map(Double.init)
    labels = samples.labels
  }

  /// Mean cross-entropy and penalties.
  func loss(_ parameters: [[[Double]]]) -> Double {
    var values = inputs
    for index in network.layers.indices {
      values = apply(index, values, parameters[index])
    }
    let classes = network.classCount
    var sum = 0.0
    for (row, label) in labels.enumerated() { sum -= ecg_log(values[row * classes + Int(label)]) }
    var penalty = 0.0
    for (index, layer) in network.layers.enumerated() where layer.l2 != 0 {
      penalty += Double(layer.l2) * parameters[index][0].reduce(0) { $0 + $1 * $1 }
    }
    return sum / Double(labels.count) + penalty
  }

  private func apply(_ index: Int, _ values: [Double], _ parameters: [[Double]]) -> [Double] {
    let layer = network.layers[index]
    let result: [Double]
    switch layer.kind {
    case .convolution, .maxPooling: result = window(index, values, parameters)
    case .dense: result = dense(index, values, parameters)
    case .flatten, .activation: result = values
    case .dropout: result = masks[index].map { zip(values, $0).map { $0 * $1 } } ?? values
    }
    switch layer.activation {
    case .linear: return result
    case .relu: return result.map { max(0, $0) }
    case .tanh:
      return result.map { x in
        let e = ecg_exp(2 * x)
        return (e - 1) / (e + 1)
      }
    case .softmax:
      let classes = network.classCount
      return (0..<labels.count).flatMap { row in
        let powers = result[row * classes..<(row + 1) * classes].map { ecg_exp($0) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
      }
    }
  }

  private func window(_ index: Int, _ values: [Double], _ parameters: [[Double]]) -> [Double] {
    let layer = network.layers[index]
    let (input, output) = (network.inputShape(of: index), network.outputs[index])
    let before = layer.paddingBefore(input)
    let (height, width, channels) = (Int(input.height), Int(input.width), Int(input.channels))
    let filters = Int(output.channels)
    var result: [Double] = []
    for sample in 0..<labels.count {
      for y in 0..<Int(output.height) {
        for x in 0..<Int(output.width) {
          for filter in 0..<filters {
            let bias = parameters.count > 1 ? parameters[1][filter] : 0
            var sum = layer.kind == .maxPooling ? -Double.infinity : bias
            for dy in 0..<Int(layer.window.height) {
              for dx in 0..<Int(layer.window.width) {
                let row = y * Int(layer.stride.height) + dy - Int(before.height)
                let column = x * Int(layer.stride.width) + dx - Int(before.width)
                guard row >= 0, row < height, column >= 0, column < width else { continue }
                let place = ((sample * height + row) * width + column) * channels
                if layer.kind == .maxPooling {
                  sum = max(sum, values[place + filter])
                } else {
                  for channel in 0..<channels {
                    let weight = ((dy * Int(layer.window.width) + dx) * channels + channel) * filters + filter
                    sum += values[place + channel] * parameters[0][weight]
                  }
                }
              }
            }
            result.append(sum)
          }
        }
      }
    }
    return result
  }

  private func dense(_ index: Int, _ values: [Double], _ parameters: [[Double]]) -> [Double] {
    let (inputCount, units) = (network.inputShape(of: index).count, network.outputs[index].count)
    return (0..<labels.count).flatMap { sample in
      (0..<units).map { unit in
        (0..<inputCount).reduce(parameters.count > 1 ? parameters[1][unit] : 0) {
          $0 + values[sample * inputCount + $1] * parameters[0][$1 * units + unit]
        }
      }
    }
  }

  /// Central differences of the loss.
  func gradients(_ parameters: NetworkParameters) -> [[[Double]]] {
    var moved = parameters.map { $0.map { $0.map(Double.init) } }
    let step = 1e-5
    var result = moved
    for layer in moved.indices {
      for index in moved[layer].indices {
        for i in moved[layer][index].indices {
          let value = moved[layer][index][i]
          moved[layer][index][i] = value + step
          let above = loss(moved)
          moved[layer][index][i] = value - step
          let below = loss(moved)
          moved[layer][index][i] = value
          result[layer][index][i] = (above - below) / (2 * step)
        }
      }
    }
    return result
  }
}
