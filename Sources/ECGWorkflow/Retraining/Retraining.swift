import ECGExport
import ECGNetwork
import ECGSignal
import ECGTraining
import Foundation

/// A trained model that training goes on from, and what is to become of it.
public struct Retraining: Sendable {
  /// Which layers keep their weights.
  public enum Freeze: Equatable, Sendable {
    case none
    /// All before the dense layers at the end.
    case features
    /// All up to and including the layer of this name.
    case upTo(String)

    var text: String {
      switch self {
      case .none: "none"
      case .features: "features"
      case .upTo(let name): name
      }
    }
  }

  public let file: String
  public let model: ModelContents
  /// The model file's SHA-256, in hexadecimal.
  public let digest: String
  public var freeze = Freeze.none
  /// Known people who stay although there are no beats of theirs.
  public var kept: Set<String> = []

  public init(contentsOf url: URL) throws {
    file = url.path
    let (model, digest) = try ModelContents.read(url)
    // Training computes with float32, whatever form the weights were stored in.
    self.model = model.storingKernels(as: .float32)
    self.digest = digest
  }

  public var networkName: String { model.network.name }

  func provenance(_ name: String) -> String? { model.provenance.first { $0.name == name }?.text }

  /// The rules that the model's own beats were divided by; nil when it does not say.
  public var rules: SplitRules? {
    SplitRules(provenance: Dictionary(model.provenance.map { ($0.name, $0.text) }, uniquingKeysWith: { $1 }))
  }

  var seen: SeenBeats { model.seenBeats.map { SeenBeats($0) } ?? SeenBeats() }

  /// What the provenance says of `seen_beats` when a model goes back to one that does not say which beats made it.
  static let incomplete = "incomplete"

  /// Whether the model says which beats made it.
  var knowsSeenBeats: Bool { model.seenBeats != nil && provenance("seen_beats") != Self.incomplete }

  /// Digests of the models that this one goes back to, the nearest first, a line each.
  var ancestry: String { ([digest] + [provenance("retrained_from")].compactMap(\.self)).joined(separator: "\n") }

  /// How many layers at the beginning keep their weights.
  func frozenLayers() throws -> Int {
    let network = model.network
    switch freeze {
    case .none: return 0
    case .features:
      guard network.featureLayerCount > 0 else {
        throw WorkflowError.option("\(file): \(network.name) has no layers before its dense ones that could be frozen")
      }
      return network.featureLayerCount
    case .upTo(let name):
      let names = network.layerNames
      guard let index = names.firstIndex(of: name) else {
        throw WorkflowError.option("\(file) has no layer \(name); it has \(names.joined(separator: ", "))")
      }
      let trainable = index + 1..<names.count
      guard trainable.contains(where: { network.layers[$0].parameterCount > 0 }) else {
        throw WorkflowError.option("\(name) is the last layer of \(file) that learns: one must be left to train")
      }
      return index + 1
    }
  }

  /// The model's preprocessing. Throws when the beats were prepared in another way.
  func configuration(for prepared: PreparedBeats) throws -> PipelineConfiguration {
    let own = try PipelineConfiguration(model.preprocessing.map { .init($0.name, $0.value) })
    let theirs = try PipelineConfiguration(prepared.preprocessing)
    let differences = own.differences(from: theirs)
    guard differences.isEmpty else {
      throw WorkflowError.mismatch(
        "the beats were prepared in another way than those of \(file):"
          + differences.map { "\n  \($0.name): \($0.found), the model's are \($0.wanted)" }.joined()
          + "\nPrepare them with the model's settings (`ecgid info` lists them).")
    }
    return own
  }

  /// The people of the new model: known ones in the order they have, then new ones. `present` take part in training.
  func labels(_ present: [String]) -> [String] {
    let here = Set(present)
    let known = Set(model.labels)
    return model.labels.filter { here.contains($0) || kept.contains($0) } + present.filter { !known.contains($0) }
  }

  /// Throws for a name that is nobody's.
  func checkNames(dropped: Set<String>, prepared: PreparedBeats) throws {
    let known = Set(model.labels)
    if let name = kept.subtracting(known).min() {
      throw WorkflowError.option("\(name) cannot be kept: \(file) does not know them")
    }
    if let name = kept.intersection(dropped).min() {
      throw WorkflowError.option("\(name) cannot be both kept and dropped")
    }
    if let name = dropped.subtracting(known).subtracting(prepared.people).min() {
      throw WorkflowError.option("\(name) cannot be dropped: neither \(file) nor the beats have them")
    }
  }
}
