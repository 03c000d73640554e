import CECGKernels
import ECGNetwork

/// What training makes small.
///
/// The cosine losses are for networks that end in an embedding of length 1 and a dense softmax without bias. While they
/// train, each class is a direction (its column of the kernel, scaled to length 1), an output is `scale` times the cosine
/// between embedding and class, and the right class has to win by a margin. Behind training the columns have the length
/// `scale`, so that the network is an ordinary one that gives the same probabilities; the margin acts in training only.
public enum Loss: Sendable, Equatable, Codable {
  /// Of the softmax at the end.
  case crossEntropy
  /// The right class's cosine less `margin` (Wang et al. 2018, arXiv 1801.09414).
  case cosFace(scale: Double, margin: Double)
  /// The cosine of the angle to the right class plus `margin`, in radians (Deng et al. 2019, arXiv 1801.07698); where the
  /// sum would exceed half a turn, the cosine less margin · sin(margin).
  case arcFace(scale: Double, margin: Double)

  /// What cosines are multiplied by; nil for a loss that takes outputs as they are.
  public var scale: Double? {
    switch self {
    case .crossEntropy: nil
    case .cosFace(let scale, _), .arcFace(let scale, _): scale
    }
  }

  /// For a model's provenance.
  public var text: String {
    switch self {
    case .crossEntropy: "cross-entropy"
    case .cosFace(let scale, let margin): "cosface, scale \(scale), margin \(margin)"
    case .arcFace(let scale, let margin): "arcface, scale \(scale), margin \(margin)"
    }
  }

  func check() throws(TrainingError) {
    switch self {
    case .crossEntropy: return
    case .cosFace(let scale, let margin), .arcFace(let scale, let margin):
      guard scale > 0, scale <= 1000, margin >= 0, margin <= 1.5 else {
        throw .option("a cosine loss needs a scale above 0 and a margin from 0 to 1.5, not \(scale) and \(margin)")
      }
    }
  }

  /// Throws for a network that this loss is not made for.
  func check(_ network: NetworkDescription) throws(TrainingError) {
    guard scale != nil, let last = network.layers.last else { return }
    let source = Int(last.input)
    let isUnit = source < 0 || network.layers[source].kind == .unitNormalization
    guard last.kind == .dense, last.activation == .softmax, !last.hasBias, last.l2 == 0, isUnit else {
      throw .layer(
        name: network.layerNames.last ?? network.name,
        reason: "a cosine loss needs a dense softmax without bias or penalty that reads a unit normalisation")
    }
  }

  /// What the right class's cosine becomes while training, and by how much it changes with the cosine.
  func penalized(_ cosine: Float) -> (value: Float, slope: Float) {
    switch self {
    case .crossEntropy: return (cosine, 1)
    case .cosFace(_, let margin): return (cosine - Float(margin), 1)
    case .arcFace(_, let margin):
      let (cosMargin, sinMargin) = (Float(ecg_cos(margin)), Float(ecg_sin(margin)))
      guard cosine > -cosMargin else { return (cosine - Float(margin) * sinMargin, 1) }
      let sine = max(1 - cosine * cosine, 1e-7).squareRoot()
      return (cosine * cosMargin - sine * sinMargin, cosMargin + cosine / sine * sinMargin)
    }
  }

  /// Parameters as they are written: classes have the length that makes their outputs what the loss saw.
  func finished(_ parameters: NetworkParameters, of network: NetworkDescription) -> NetworkParameters {
    guard let scale, let units = network.layers.last.map({ Int($0.units) }) else { return parameters }
    var result = parameters
    result[network.last][0].scaleColumns(units, to: scale)
    return result
  }
}

extension [Float] {
  /// Gives each column of a matrix of so many columns the same Euclidean length; columns of zeros stay.
  public mutating func scaleColumns(_ count: Int, to length: Double) {
    for column in 0..<count {
      let places = stride(from: column, to: self.count, by: count)
      let norm = places.reduce(0) { $0 + Double(self[$1]) * Double(self[$1]) }.squareRoot()
      guard norm > 1e-12 else { continue }
      for place in places { self[place] = Float(Double(self[place]) / norm * length) }
    }
  }
}
