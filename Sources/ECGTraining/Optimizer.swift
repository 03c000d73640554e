/// How parameters follow their gradients.
public enum Optimizer: Sendable, Equatable, Codable {
  /// Kingma and Ba 2015 (arXiv 1412.6980), in Keras' order of operations and with its defaults.
  case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7)
  /// Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv 1711.05101): each step first takes the share
  /// learning rate × `weightDecay` from every parameter, as in Keras and PyTorch.
  case adamW(weightDecay: Double = 1e-4, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7)
  /// Stochastic gradient descent; `momentum` 0 is the plain one.
  case sgd(momentum: Double = 0)

  /// How many numbers it remembers per parameter.
  var momentCount: Int {
    switch self {
    case .adam, .adamW: 2
    case .sgd(let momentum): momentum == 0 ? 0 : 1
    }
  }

  /// The decoupled one.
  var weightDecay: Double { if case .adamW(let decay, _, _, _) = self { decay } else { 0 } }

  func check() throws(TrainingError) {
    guard (0..<1).contains(weightDecay) else {
      throw .option("the weight decay must be from 0 to below 1, not \(weightDecay)")
    }
    switch self {
    case .adam(let beta1, let beta2, let epsilon), .adamW(_, let beta1, let beta2, let epsilon):
      guard (0..<1).contains(beta1), (0..<1).contains(beta2), epsilon > 0 else {
        throw .option("Adam needs 0 ≤ beta < 1 and a positive epsilon, not \(beta1), \(beta2), \(epsilon)")
      }
    case .sgd(let momentum):
      guard (0..<1).contains(momentum) else { throw .option("SGD needs 0 ≤ momentum < 1, not \(momentum)") }
    }
  }
}
