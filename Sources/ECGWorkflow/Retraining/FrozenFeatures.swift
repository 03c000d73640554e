import ECGCore
import ECGNetwork
import ECGTraining
import Foundation

/// A network cut where nothing changes in front of it: what the front puts out is computed once, and the back trained on
/// that, instead of computing it anew in each epoch.
struct FrozenFeatures {
  let front: NetworkDescription
  let back: NetworkDescription
  private static let mostBytes = 1 << 30

  /// nil where the frozen layers cannot be cut off: there are none, or dropout among them draws anew in each epoch, or
  /// the layers behind read several of them. The cut is as far back as these allow.
  init?(_ network: NetworkDescription, frozenLayers: Int) throws {
    func isCut(_ place: Int) -> Bool {
      network.layers[..<place].allSatisfy { $0.kind != .dropout || $0.dropoutRate == 0 }
        && network.layers[place...].allSatisfy { layer in
          (0..<layer.inputCount).allSatisfy { Int(layer.source($0)) >= place - 1 }
        }
    }
    guard let cut = (0...frozenLayers).last(where: isCut),
      network.layers[..<cut].contains(where: { $0.parameterCount > 0 })
    else { return nil }
    front = NetworkDescription(
      name: network.name, input: network.input, layers: Array(network.layers[..<cut]),
      layerNames: Array(network.layerNames[..<cut]))
    func moved(_ source: Int32) -> Int32 { source < -1 ? source : source - Int32(cut) }
    back = NetworkDescription(
      name: network.name, input: try front.shapes[cut - 1],
      layers: network.layers[cut...].map { layer in
        var layer = layer
        layer.input = moved(layer.input)
        layer.secondInput = moved(layer.secondInput)
        layer.thirdInput = moved(layer.thirdInput)
        layer.fourthInput = moved(layer.fourthInput)
        return layer
      }, layerNames: Array(network.layerNames[cut...]))
  }

  /// Whether the features of so many samples are worth their memory.
  func fits(sampleCount: Int) -> Bool { sampleCount * back.input.count * 4 <= Self.mostBytes }

  /// What the front puts out for each sample.
  func features(of samples: SampleSet, parameters: NetworkParameters) throws -> SampleSet {
    let parts = max(1, min(ProcessInfo.processInfo.activeProcessorCount, samples.count))
    let outputs = inParallel(Array(0..<parts), workers: parts, makeContext: { () }) { part, _ in
      let range = samples.count * part / parts..<samples.count * (part + 1) / parts
      let inputs = samples.inputs[range.lowerBound * samples.inputCount..<range.upperBound * samples.inputCount]
      return Result { try NetworkRunner(front, parameters: parameters).run(Array(inputs)).outputs }
    }
    return try SampleSet(
      inputs: outputs.flatMap { try $0!.get() }, inputCount: back.input.count, labels: samples.labels)
  }
}
