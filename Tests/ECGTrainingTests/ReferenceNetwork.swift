import CECGKernels
import ECGNetwork
import Foundation

@testable import ECGTraining

/// The loss of a network, computed in Double by plain loops: what the gradients are checked against.
struct ReferenceNetwork {
  let layers: [Layer]
  let inputShapes: [Shape]
  let outputs: [Shape]
  let inputs: [Double]
  let labels: [Int32]
  /// Dropout masks by layer, with their scale.
  var masks: [Int: [Double]] = [:]

  init(_ description: NetworkDescription, _ samples: SampleSet) throws {
    layers = description.layers
    inputShapes = try description.inputShapes
    outputs = try description.shapes
    inputs = samples.inputs.map(Double.init)
    labels = samples.labels
  }

  var objective = Loss.crossEntropy

  /// Mean cross-entropy and penalties.
  func loss(_ parameters: [[[Double]]]) -> Double {
    var values: [[Double]] = []
    for (index, layer) in layers.enumerated() {
      let sources = (0..<layer.inputCount).map { number in
        let source = Int(layer.source(number))
        return (values: source < 0 ? inputs : values[source], channels: channels(source))
      }
      guard index == layers.count - 1, let scale = objective.scale else {
        values.append(activated(index, apply(index, sources, parameters[index])))
        continue
      }
      values.append(activated(index, cosines(sources[0], parameters[index][0]).map { scale * $0 }))
    }
    let classes = outputs.last!.count
    var sum = 0.0
    for (row, label) in labels.enumerated() { sum -= ecg_log(values.last![row * classes + Int(label)]) }
    var penalty = 0.0
    for (index, layer) in layers.enumerated() where layer.l2 != 0 {
      penalty += Double(layer.l2) * parameters[index][0].reduce(0) { $0 + $1 * $1 }
    }
    return sum / Double(labels.count) + penalty
  }

  /// Between each sample's values, of length 1, and each column of a kernel, that of its label made smaller.
  private func cosines(_ source: (values: [Double], channels: Int), _ kernel: [Double]) -> [Double] {
    let classes = outputs.last!.count
    return labels.enumerated().flatMap { row, label in
      (0..<classes).map { column in
        let direction = (0..<source.channels).map { kernel[$0 * classes + column] }
        let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let cosine = (0..<source.channels).reduce(0) {
          $0 + source.values[row * source.channels + $1] * direction[$1] / length
        }
        guard column == Int(label) else { return cosine }
        switch objective {
        case .crossEntropy: return cosine
        case .cosFace(_, let margin): return cosine - margin
        case .arcFace(_, let margin):
          let angle = Foundation.acos(cosine)
          return angle + margin < .pi ? Foundation.cos(angle + margin) : cosine - margin * Foundation.sin(margin)
        }
      }
    }
  }

  private func channels(_ source: Int) -> Int {
    source < 0 ? inputs.count / labels.count / (inputShapes[0].positions) : Int(outputs[source].channels)
  }

  private func apply(
    _ index: Int, _ sources: [(values: [Double], channels: Int)], _ parameters: [[Double]]
  ) -> [Double] {
    let values = sources[0].values
    switch layers[index].kind {
    case .convolution, .maxPooling: return window(index, values, parameters)
    case .dense: return dense(index, values, parameters)
    case .flatten, .activation, .reshape: return values
    case .dropout: return masks[index].map { zip(values, $0).map { $0 * $1 } } ?? values
    case .add: return sources.dropFirst().reduce(values) { zip($0, $1.values).map { $0 + $1 } }
    case .concatenate:
      return (0..<values.count / sources[0].channels).flatMap { place in
        sources.flatMap { $0.values[place * $0.channels..<(place + 1) * $0.channels] }
      }
    case .globalAveragePooling:
      let (positions, channels) = (inputShapes[index].positions, sources[0].channels)
      return (0..<labels.count * channels).map { i in
        let (sample, channel) = (i / channels, i % channels)
        return (0..<positions).reduce(0) { $0 + values[(sample * positions + $1) * channels + channel] }
          / Double(positions)
      }
    case .batchNormalization:
      let channels = sources[0].channels
      let count = Double(values.count / channels)
      return values.indices.map { i in
        let own = stride(from: i % channels, to: values.count, by: channels).map { values[$0] }
        let mean = own.reduce(0, +) / count
        let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        let deviation = (variance + Double(layers[index].epsilon)).squareRoot()
        return (values[i] - mean) / deviation * parameters[0][i % channels] + parameters[1][i % channels]
      }
    case .unitNormalization:
      let channels = sources[0].channels
      return values.indices.map { i in
        let own = values[i / channels * channels..<(i / channels + 1) * channels]
        return values[i] / max(own.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
      }
    case .lstm, .gru: return recurrent(index, values, parameters)
    }
  }

  private func activated(_ index: Int, _ result: [Double]) -> [Double] {
    if [.lstm, .gru].contains(layers[index].kind) { return result }
    switch layers[index].activation {
    case .linear: return result
    case .relu: return result.map { max(0, $0) }
    case .tanh: return result.map(tanh)
    case .sigmoid: return result.map(sigmoid)
    case .elu: return result.map { $0 > 0 ? $0 : ecg_exp($0) - 1 }
    case .softmax:
      let classes = outputs.last!.count
      return (0..<labels.count).flatMap { row in
        let powers = result[row * classes..<(row + 1) * classes].map { ecg_exp($0) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
      }
    }
  }

  private func tanh(_ x: Double) -> Double {
    let e = ecg_exp(2 * x)
    return (e - 1) / (e + 1)
  }

  private func sigmoid(_ x: Double) -> Double { 1 / (1 + ecg_exp(-x)) }

  private func recurrent(_ index: Int, _ values: [Double], _ parameters: [[Double]]) -> [Double] {
    let layer = layers[index]
    let (steps, inputCount, units) = (Int(inputShapes[index].width), Int(inputShapes[index].channels), Int(layer.units))
    let columns = (layer.kind == .lstm ? 4 : 3) * units
    var result: [Double] = []
    for sample in 0..<labels.count {
      var state = [Double](repeating: 0, count: units)
      var cell = state
      for step in 0..<steps {
        let input = values[(sample * steps + step) * inputCount..<(sample * steps + step + 1) * inputCount]
        func product(_ values: some Collection<Double>, _ kernel: [Double], _ bias: some Collection<Double>) -> [Double]
        {
          var sums = Array(bias)
          for (row, value) in values.enumerated() {
            for column in 0..<columns { sums[column] += value * kernel[row * columns + column] }
          }
          return sums
        }
        let from = product(input, parameters[0], parameters[2].prefix(columns))
        let zeros = [Double](repeating: 0, count: columns)
        let bias = layer.kind == .lstm ? zeros[...] : parameters[2][columns...]
        let back = product(state, parameters[1], bias)
        for u in 0..<units {
          func gate(_ number: Int) -> Double { from[number * units + u] + back[number * units + u] }
          if layer.kind == .lstm {
            cell[u] = sigmoid(gate(1)) * cell[u] + sigmoid(gate(0)) * tanh(gate(2))
            state[u] = sigmoid(gate(3)) * tanh(cell[u])
          } else {
            let candidate = tanh(from[2 * units + u] + sigmoid(gate(1)) * back[2 * units + u])
            state[u] = sigmoid(gate(0)) * state[u] + (1 - sigmoid(gate(0))) * candidate
          }
        }
        if layer.returnsSequences || step == steps - 1 { result += state }
      }
    }
    return result
  }

  private func window(_ index: Int, _ values: [Double], _ parameters: [[Double]]) -> [Double] {
    let layer = layers[index]
    let (input, output) = (inputShapes[index], outputs[index])
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
    let (inputCount, units) = (Int(inputShapes[index].channels), Int(outputs[index].channels))
    return (0..<values.count / inputCount).flatMap { row in
      (0..<units).map { unit in
        (0..<inputCount).reduce(parameters.count > 1 ? parameters[1][unit] : 0) {
          $0 + values[row * inputCount + $1] * parameters[0][$1 * units + unit]
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
