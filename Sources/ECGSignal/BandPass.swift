import CECGKernels
import ECGCore

/// A Butterworth band-pass in second-order sections, run forward and backward so that it shifts nothing: what
/// `scipy.signal.butter(order, [low, high], "bandpass", output="sos", fs=rate)` and `sosfiltfilt` compute.
public struct BandPass {
  private let low: Double
  private let high: Double
  private let order: Int

  /// - Parameters:
  ///   - low, high: the −3 dB frequencies (each way) in cycles per sample
  ///   - order: of the low-pass prototype, 1 to 6; the cascade has as many sections
  public init(low: Double, high: Double, order: Int) throws(Status) {
    guard low > 0, low < high, high < 0.5, (1...6).contains(order) else { throw .configuration }
    self.low = low
    self.high = high
    self.order = order
  }

  public init(_ configuration: PipelineConfiguration) throws(Status) {
    try self.init(
      low: configuration.bandPassLow / configuration.samplingRate,
      high: configuration.bandPassHigh / configuration.samplingRate, order: Int(configuration.bandPassOrder))
  }

  private var zeroPhase: ZeroPhaseFilter { ZeroPhaseFilter(sections: order, padding: 3 * (2 * order + 1)) }
  /// The shortest signal, in samples.
  public var shortest: Int { zeroPhase.padding + 1 }

  func workspace(count: Int, arena: inout Arena) throws(Status) -> ZeroPhaseFilter.Workspace {
    try ZeroPhaseFilter.Workspace(count: count, zeroPhase, arena: &arena)
  }

  /// Filters in place. Throws `signalTooShort` below `shortest` samples, `bufferTooSmall` when the arena is.
  public func filter(_ samples: inout MutableSpan<Float>, arena: inout Arena) throws(Status) {
    let mark = arena.mark
    defer { arena.rewind(to: mark) }
    let workspace = try workspace(count: samples.count, arena: &arena)
    guard samples.count >= shortest else { throw .signalTooShort }
    samples.withUnsafeMutableBufferPointer { filter($0, workspace) }
  }

  func filter(_ samples: UnsafeMutableBufferPointer<Float>, _ workspace: ZeroPhaseFilter.Workspace) {
    guard workspace.sections.count >= order else { return }
    design(workspace.sections)
    zeroPhase.filter(samples, workspace)
  }

  /// The sections, by the bilinear transform of the analogue prototype with pre-warped edges.
  private func design(_ sections: UnsafeMutableBufferPointer<ZeroPhaseFilter.Section>) {
    let lower = 4 * ecg_tan(.pi * low)
    let upper = 4 * ecg_tan(.pi * high)
    let width = upper - lower
    let centre = lower * upper
    var next = 0
    // Poles of the prototype in the upper half plane, each standing for its conjugate as well; a real one stands alone.
    for k in 0..<(order + 1) / 2 {
      let angle = Double.pi * Double(2 * k + order + 1) / Double(2 * order)
      let isReal = 2 * k + 1 == order
      let pole = Complex(isReal ? -1 : ecg_cos(angle), isReal ? 0 : ecg_sin(angle))
      let shifted = pole * (width / 2)
      let root = (shifted * shifted - Complex(centre, 0)).squareRoot
      let (a, b) = ((shifted + root).bilinear, (shifted - root).bilinear)
      if isReal {
        sections[next] = section(sum: a.re + b.re, product: (a * b).re)
        next += 1
      } else {
        sections[next] = section(sum: 2 * a.re, product: a.squaredMagnitude)
        sections[next + 1] = section(sum: 2 * b.re, product: b.squaredMagnitude)
        next += 2
      }
    }
    // Unit gain at the centre frequency, where the prototype's is 1.
    let angle = 2 * ecg_atan(ecg_sqrt(centre) / 4)
    let z = Complex(ecg_cos(angle), -ecg_sin(angle))
    var gain = 1.0
    for k in 0..<order {
      let s = sections[k]
      let top = Complex(1, 0) - z * z
      let bottom = Complex(1, 0) + z * s.a1 + z * z * s.a2
      gain *= top.magnitude / bottom.magnitude
    }
    sections[0].b0 /= gain
    sections[0].b2 /= gain
  }

  /// Zeros at 1 and −1, and two poles given by their sum and product.
  private func section(sum: Double, product: Double) -> ZeroPhaseFilter.Section {
    ZeroPhaseFilter.Section(b0: 1, b1: 0, b2: -1, a1: -sum, a2: product)
  }
}
