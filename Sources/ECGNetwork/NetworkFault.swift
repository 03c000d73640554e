import ECGCore

/// Why a graph cannot run, and which layer is at fault.
public struct NetworkFault: Error, Equatable, Sendable {
  /// What keeps a layer from running. A struct of a number, since an `enum` with messages would bring strings and
  /// hashing into the embedded library.
  public struct Problem: Equatable, Sendable {
    let number: Int32

    /// A network needs from 1 to `Network.mostLayers` layers.
    public static var layerCount: Problem { Problem(number: 0) }
    /// The network's input has a size that is not positive, or too many values.
    public static var networkInput: Problem { Problem(number: 1) }
    /// A layer reads a layer that does not come before it.
    public static var inputIndex: Problem { Problem(number: 2) }
    /// A layer names a second input that its kind does not take, or has too few of those that it joins.
    public static var secondInput: Problem { Problem(number: 3) }
    /// Convolution and pooling need steps or an image, recurrent layers steps.
    public static var needsSteps: Problem { Problem(number: 4) }
    /// Softmax needs features, dense layers features or steps.
    public static var needsFeatures: Problem { Problem(number: 5) }
    /// Filters or units are not positive.
    public static var units: Problem { Problem(number: 6) }
    /// A window or stride is not between 1 and 65,535, or higher than 1 over steps.
    public static var window: Problem { Problem(number: 7) }
    /// A window is larger than the input, with valid padding.
    public static var windowExceedsInput: Problem { Problem(number: 8) }
    /// A dropout rate is not in [0, 1).
    public static var dropoutRate: Problem { Problem(number: 9) }
    /// The output, a parameter, the scratch memory or the work of the layer is beyond all reason.
    public static var size: Problem { Problem(number: 10) }
    /// The memory given for the tables is too small, or only measures.
    public static var memory: Problem { Problem(number: 11) }
    /// The inputs that a layer joins have shapes that do not fit together.
    public static var shapesDiffer: Problem { Problem(number: 12) }
    /// A new shape has another number of values.
    public static var reshape: Problem { Problem(number: 13) }
    /// An activation that the kind of layer does not have.
    public static var activation: Problem { Problem(number: 14) }
    /// Batch normalisation needs 0 < epsilon, and a momentum in [0, 1].
    public static var normalization: Problem { Problem(number: 15) }
  }

  public let problem: Problem
  /// The index of the layer at fault; −1 is the network as a whole.
  public let layer: Int32

  init(_ problem: Problem, layer: Int = -1) {
    self.problem = problem
    self.layer = Int32(clamping: layer)
  }

  /// The status the C interface gives for this fault.
  public var status: Status { problem == .memory ? .bufferTooSmall : .graph }
}
