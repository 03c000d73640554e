import CECGKernels
import ECGCore

/// Where the weights of an int8 kernel lie: [segments][groups][columns][4].
///
/// A column (a filter or unit) is a sum over segments of `depth` values each, the rows of a window or the one row of a dense
/// kernel; four values of one column lie side by side, zeros behind the last. That is the order in which the arithmetic
/// reads them: four bytes are one register of a Cortex-M, sixteen columns one of AVX-512.
///
/// The weight is its column's scale times the byte, which is never −128.
public struct IntegerKernel: Equatable, Sendable, BitwiseCopyable {
  public let segments: Int
  /// Values of one segment.
  public let depth: Int
  public let columns: Int
  /// In Keras' kernel, from one segment to the next in values of one column, and where the first segment's begin.
  let segmentStride: Int
  let start: Int
  /// In Keras' kernel, values of one column that follow one another; behind so many is a gap.
  let run: Int
  let runStride: Int

  public var groups: Int { (depth &+ 3) / 4 }
  public var count: Int { segments &* groups &* columns &* 4 }

  /// Where in Keras' kernel, whose last dimension is `columns`, value `index` of `segment` of a column lies.
  public func place(segment: Int, index: Int, column: Int) -> Int {
    let row = start &+ segment &* segmentStride &+ index / run &* runStride &+ index % run
    return row &* columns &+ column
  }

  /// Where it lies in the int8 kernel.
  public func integerPlace(segment: Int, index: Int, column: Int) -> Int {
    ((segment &* groups &+ index / 4) &* columns &+ column) &* 4 &+ index % 4
  }
}

extension Layer {
  /// Whether it has kernels that may be stored in another form than float32.
  public var hasKernels: Bool { kind == .convolution || kind == .dense || kind == .lstm || kind == .gru }

  /// Whether tensor `index` is such a kernel.
  public func isKernel(_ index: Int) -> Bool { hasKernels && (index == 0 || (index == 1 && kind.isRecurrent)) }

  /// The form that kernel `index` of a layer that reads `input` has as int8. Of a square kernel over an image of width 1
  /// only the column that meets the image is kept.
  ///
  /// Throws `graph` for what is no kernel, or one whose sums an int32 may not hold: more than 65,536 values in a column.
  public func integerKernel(_ index: Int, input: Shape) throws(Status) -> IntegerKernel {
    guard isKernel(index) else { throw .graph }
    let output = try outputShape(for: input)
    let sizes = try parameter(index, input: input).sizes
    let channels = Int(input.channels)
    let kernel: IntegerKernel
    switch kind {
    case .convolution where ecg_window.isColumn(input, output):
      kernel = IntegerKernel(
        segments: 1, depth: Int(window.height) &* channels, columns: Int(units), segmentStride: 0,
        start: Int(paddingBefore(input).width) &* channels, run: channels, runStride: Int(window.width) &* channels)
    case .convolution:
      let depth = Int(window.width) &* channels
      kernel = IntegerKernel(
        segments: Int(window.height), depth: depth, columns: Int(units), segmentStride: depth, start: 0, run: depth,
        runStride: 0)
    default:
      kernel = IntegerKernel(
        segments: 1, depth: sizes.0, columns: sizes.1, segmentStride: 0, start: 0, run: sizes.0, runStride: 0)
    }
    guard kernel.segments &* kernel.groups <= Int(ECG_MOST_GROUPS) else { throw .graph }
    return kernel
  }
}

extension Layer.Kind {
  var isRecurrent: Bool { self == .lstm || self == .gru }
}
