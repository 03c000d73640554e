/// One layer of a network, as data: a fixed-size record that the weights file stores, the planner sizes, libecg
/// executes and the trainer differentiates.
public struct Layer: Equatable, Sendable, BitwiseCopyable {
  /// What a layer computes. The numbers are stored in weights files and never change.
  public enum Kind: Int32, Sendable, BitwiseCopyable {
    case convolution = 1
    case maxPooling = 2
    case dense = 3
    case flatten = 4
    case dropout = 5
    case activation = 6
    /// Each channel's values less a mean, times a scale, plus an offset: while training of the batch, running of the
    /// learned moving averages.
    case batchNormalization = 7
    /// The mean over all positions, for each channel.
    case globalAveragePooling = 8
    /// The same values under another shape: `window.height` × `window.width` × `units`, where a height of 0 makes steps
    /// and a width of 0 as well features.
    case reshape = 9
    /// Long short-term memory (Hochreiter and Schmidhuber 1997) with Keras' gates i, f, c, o.
    case lstm = 10
    /// Gated recurrent unit (Cho et al. 2014) with Keras' gates z, r, h and its `reset_after`.
    case gru = 11
    /// The sum of two to four inputs of one shape.
    case add = 12
    /// The channels of two to four inputs, one input's behind the other's.
    case concatenate = 13
    /// The values of each position scaled to a Euclidean length of 1 over the channels.
    case unitNormalization = 14
  }

  /// Applied to a layer's values after its bias. The numbers are stored in weights files and never change.
  public enum Activation: Int32, Sendable, BitwiseCopyable {
    case linear = 0
    case relu = 1
    case tanh = 2
    case softmax = 3
    case sigmoid = 4
    /// x for positive x, exp(x) − 1 for others.
    case elu = 5
  }

  /// How a convolution or pooling window treats the border, as in Keras. The numbers never change.
  public enum Padding: Int32, Sendable, BitwiseCopyable {
    /// Only windows that lie inside.
    case valid = 0
    /// Zeros around, so that the output has ⌈size / stride⌉ positions; an odd zero goes to the end.
    case same = 1
  }

  /// The distribution new kernels are drawn from, named as in Keras. The numbers never change.
  public enum Initializer: Int32, Sendable, BitwiseCopyable {
    case glorotUniform = 0
    case heNormal = 1
  }

  /// Two numbers along an image: a window or a stride. 1-D layers have height 1.
  public struct Extent: Equatable, Sendable, BitwiseCopyable {
    public var height: Int32
    public var width: Int32
    public init(_ height: Int, _ width: Int) {
      self.height = Int32(clamping: height)
      self.width = Int32(clamping: width)
    }
  }

  /// How the numbers of a layer's kernels are stored; biases and everything else are float32. The numbers never change.
  public enum Storage: Int32, Sendable, BitwiseCopyable {
    case float32 = 0
    /// IEEE 754 half precision, in the same places.
    case float16 = 1
    /// 8 bits, a scale for each column: `IntegerKernel`.
    case int8 = 2
  }

  public var kind: Kind
  /// The index of the layer whose output this layer reads, which comes before it; −1 is the network's input.
  public var input: Int32 = -1
  /// Further inputs of layers that join several; −2 is none.
  public var secondInput: Int32 = -2
  public var thirdInput: Int32 = -2
  public var fourthInput: Int32 = -2
  /// Filters of a convolution, outputs of a dense layer, units of a recurrent one, channels of a new shape.
  public var units: Int32 = 0
  /// The window of a convolution or pooling layer, or the positions of a new shape.
  public var window = Extent(1, 1)
  public var stride = Extent(1, 1)
  public var padding = Padding.valid
  public var activation = Activation.linear
  public var hasBias = true
  public var initializer = Initializer.glorotUniform
  /// The share of values that dropout sets to zero while training; running, it passes everything.
  public var dropoutRate: Float = 0
  /// λ of the kernel's penalty λ Σ w², added to the training loss (Keras' `kernel_regularizer=l2(λ)`).
  public var l2: Float = 0
  /// Whether a recurrent layer puts out every step's values, not only the last one's.
  public var returnsSequences = false
  /// Batch normalisation adds this to the variance.
  public var epsilon: Float = 0
  /// How the kernels of a convolution, dense or recurrent layer are stored.
  public var storage = Storage.float32
  /// Batch normalisation keeps this share of its moving averages at each step of training.
  public var momentum: Float = 0

  public init(_ kind: Kind) { self.kind = kind }
}

extension Layer {
  /// The most inputs of a layer.
  public static var mostInputs: Int { 4 }

  /// Whether it can read several layers.
  public var joinsInputs: Bool { kind == .add || kind == .concatenate }

  /// How many inputs it reads; those behind the first missing one do not count.
  public var inputCount: Int {
    guard joinsInputs else { return 1 }
    return secondInput == -2 ? 1 : thirdInput == -2 ? 2 : fourthInput == -2 ? 3 : 4
  }

  /// The layer that input `index` comes from; −1 is the network's input, −2 none.
  public func source(_ index: Int) -> Int32 {
    switch index {
    case 0: input
    case 1: secondInput
    case 2: thirdInput
    case 3: fourthInput
    default: -2
    }
  }
}
