import ECGNetwork

/// A network that can be asked for by name.
///
/// A new one is one file that builds its `NetworkDescription` and one entry in `all`.
public struct Architecture: Sendable {
  /// What a network sees of a beat.
  public enum Input: Sendable, Equatable {
    /// Its samples: `beatLength` steps × 1 channel.
    case beat
    /// Its scalogram: 64 scales × 64 instants × 1 channel.
    case scalogram
  }

  /// The name on the command line, in file names and in weights files.
  public let name: String
  public let summary: String
  public let input: Input
  private let builder: @Sendable (_ people: Int, _ beatLength: Int) -> NetworkDescription

  init(
    _ name: String, _ summary: String, input: Input,
    _ builder: @escaping @Sendable (_ people: Int, _ beatLength: Int) -> NetworkDescription
  ) {
    self.name = name
    self.summary = summary
    self.input = input
    self.builder = builder
  }

  /// The network for `people` classes; `beatLength` is the number of samples of a beat.
  public func network(people: Int, beatLength: Int = 200) -> NetworkDescription { builder(people, beatLength) }

  /// All of them, in the order that help texts list them.
  public static let all: [Architecture] = [
    Architecture("lenet5", "two 5×5 convolutions on the scalogram", input: .scalogram) { people, _ in
      lenet5(people: people)
    },
    Architecture("cnn1d", "four 1-D convolutions on the samples", input: .beat) { people, beatLength in
      cnn1d(people: people, beatLength: beatLength)
    },
  ]

  /// The one called `name`, or nil.
  public static func named(_ name: String) -> Architecture? { all.first { $0.name == name } }
}
