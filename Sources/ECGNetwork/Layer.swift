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
  }

  /// Applied to a layer's values after its bias. The numbers are stored in weights files and never change.
  public enum Activation: Int32, Sendable, BitwiseCopyable {
    case linear = 0
    case relu = 1
    case tanh = 2
    case softmax = 3
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

  public var kind: Kind
  /// The index of the layer whose output this layer reads, which comes before it; −1 is the network's input.
  public var input: Int32 = -1
  /// A second input for layers that join two; −2 is none.
  public var secondInput: Int32 = -2
  /// Filters of a convolution, outputs of a dense layer.
  public var units: Int32 = 0
  /// The window of a convolution or pooling layer.
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

  public init(_ kind: Kind) { self.kind = kind }
}
