import ECGNetwork

/// A network that can be asked for by name.
///
/// A new one is one file that builds its `NetworkDescription` and one entry in `all`.
public struct Architecture: Sendable {
  /// What a network sees of a beat.
  public enum Input: Sendable, Equatable {
    /// Its samples, `beatLength` of them.
    case beat
    /// A picture of it: its scalogram (64 scales × 64 instants), or its spectrogram.
    case image
  }

  /// The name on the command line, in file names and in weights files.
  public let name: String
  public let summary: String
  public let input: Input
  /// Whether it learns an embedding for people it never sees: prepared for, and trained on beats that change, unless told
  /// otherwise.
  public let isEmbedder: Bool
  private let builder: Builder

  /// Builds the network for so many people, from the number of a beat's samples and the size of an image.
  package typealias Builder =
    @Sendable (_ people: Int, _ beatLength: Int, _ image: (height: Int, width: Int)) -> NetworkDescription

  package init(
    _ name: String, _ summary: String, input: Input, isEmbedder: Bool = false, _ builder: @escaping Builder
  ) {
    self.name = name
    self.summary = summary
    self.input = input
    self.isEmbedder = isEmbedder
    self.builder = builder
  }

  /// The network for `people` classes, which reads beats of `beatLength` samples, or images of `image`'s size.
  public func network(
    people: Int, beatLength: Int = 200, image: (height: Int, width: Int) = (64, 64)
  ) -> NetworkDescription {
    builder(people, beatLength, image)
  }

  /// All of them, in the order that help texts list them.
  public static let all: [Architecture] = [
    Architecture("lenet5", "two 5×5 convolutions on an image", input: .image) { people, _, image in
      lenet5(people: people, height: image.height, width: image.width)
    },
    Architecture("cnn1d", "four 1-D convolutions on the samples", input: .beat) { people, beatLength, _ in
      cnn1d(people: people, beatLength: beatLength)
    },
    Architecture("cnn2d", "three small convolutions on an image", input: .image) { people, _, image in
      cnn2d(people: people, height: image.height, width: image.width)
    },
    Architecture("crnn2d", "convolutions on an image, read by a GRU", input: .image) { people, _, image in
      crnn2d(people: people, height: image.height, width: image.width)
    },
    Architecture("lstm1d", "five LSTM layers on the samples as one step", input: .beat) { people, beatLength, _ in
      lstm1d(people: people, beatLength: beatLength)
    },
    Architecture("inception1d", "InceptionTime on the samples", input: .beat) { people, beatLength, _ in
      inception1d(people: people, beatLength: beatLength)
    },
    Architecture("resnet1d", "a residual network on the samples", input: .beat) { people, beatLength, _ in
      resnet1d(people: people, beatLength: beatLength)
    },
    Architecture("compact1d", "three small 1-D convolutions on the samples, for microcontrollers", input: .beat) {
      people, beatLength, _ in compact1d(people: people, beatLength: beatLength)
    },
    Architecture(
      "embedder1d", "a residual network whose embedding tells strangers apart", input: .beat, isEmbedder: true
    ) { people, beatLength, _ in
      embedder1d(people: people, beatLength: beatLength)
    },
    Architecture(
      "embedder1d-small", "embedder1d with half as many filters, for microcontrollers", input: .beat, isEmbedder: true
    ) { people, beatLength, _ in
      embedder1dSmall(people: people, beatLength: beatLength)
    },
    Architecture("deepecg", "six 1-D convolutions on the samples, the baseline of ECG-Biometrics-Bench", input: .beat) {
      people, beatLength, _ in deepecg(people: people, beatLength: beatLength)
    },
  ]

  /// The one called `name`, or nil.
  public static func named(_ name: String) -> Architecture? { all.first { $0.name == name } }
}
