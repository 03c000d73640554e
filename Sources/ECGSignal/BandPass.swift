import CECGKernels
import ECGCore

/// A Butterworth band-pass in second-order sections, run forward and backward so that it shifts nothing: what
/// `scipy.signal.butter(order, [low, high], "bandpass", output="sos", fs=rate)` and `sosfiltfilt` compute.
public struct BandPass {
  /// One section of the cascade, with a₀ = 1: y = (b₀ + b₁z⁻¹ + b₂z⁻²) / (1 + a₁z⁻¹ + a₂z⁻²) x.
  struct Section: BitwiseCopyable {
    var b0 = 0.0
    var b1 = 0.0
    var b2 = 0.0
    var a1 = 0.0
    var a2 = 0.0
    // The state of the transposed direct form II.
    var first = 0.0
    var second = 0.0
  }

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

  /// Samples by which the signal is extended at either end, as an odd function about its end point.
  var padding: Int { 3 * (2 * order + 1) }
  /// The shortest signal, in samples.
  public var shortest: Int { padding + 1 }

  struct Workspace {
    let extended: UnsafeMutableBufferPointer<Double>
    let sections: UnsafeMutableBufferPointer<Section>

    init(count: Int, _ filter: BandPass, arena: inout Arena) throws(Status) {
      guard count <= Int.max / 16 else { throw .signalTooLong }
      extended = try arena.take(Double.self, count + 2 * filter.padding)
      sections = try arena.take(Section.self, filter.order)
    }
  }

  /// Filters in place. Throws `signalTooShort` below `shortest` samples, `bufferTooSmall` when the arena is.
  public func filter(_ samples: inout MutableSpan<Float>, arena: inout Arena) throws(Status) {
    let mark = arena.mark
    defer { arena.rewind(to: mark) }
    let workspace = try Workspace(count: samples.count, self, arena: &arena)
    guard samples.count >= shortest else { throw .signalTooShort }
    samples.withUnsafeMutableBufferPointer { filter($0, workspace) }
  }

  func filter(_ samples: UnsafeMutableBufferPointer<Float>, _ workspace: Workspace) {
    let count = samples.count
    let padding = self.padding
    guard count > padding, let x = samples.baseAddress, let work = workspace.extended.baseAddress else { return }
    design(workspace.sections)
    let first = 2 * Double(x[0])
    let last = 2 * Double(x[count - 1])
    for i in 0..<padding {
      work[i] = first - Double(x[padding - i])
      work[padding + count + i] = last - Double(x[count - 2 - i])
    }
    for i in 0..<count { work[padding + i] = Double(x[i]) }
    let length = count + 2 * padding
    run(workspace.sections, work, from: 0, step: 1, length)
    run(workspace.sections, work, from: length - 1, step: -1, length)
    for i in 0..<count { x[i] = Float(work[padding + i]) }
  }

  /// One pass over `values`, from the state in which the first value has been there for ever.
  private func run(
    _ sections: UnsafeMutableBufferPointer<Section>, _ values: UnsafeMutablePointer<Double>, from start: Int, step: Int,
    _ length: Int
  ) {
    var level = values[start]
    for k in 0..<order {
      var s = sections[k]
      let gain = (s.b0 + s.b1 + s.b2) / (1 + s.a1 + s.a2)
      s.second = (s.b2 - s.a2 * gain) * level
      s.first = (s.b1 - s.a1 * gain) * level + s.second
      sections[k] = s
      level *= gain
    }
    for k in 0..<order {
      let s = sections[k]
      var (first, second) = (s.first, s.second)
      var i = start
      for _ in 0..<length {
        let x = values[i]
        let y = s.b0 * x + first
        first = s.b1 * x - s.a1 * y + second
        second = s.b2 * x - s.a2 * y
        values[i] = y
        i += step
      }
    }
  }

  /// The sections, by the bilinear transform of the analogue prototype with pre-warped edges.
  private func design(_ sections: UnsafeMutableBufferPointer<Section>) {
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
  private func section(sum: Double, product: Double) -> Section {
    Section(b0: 1, b1: 0, b2: -1, a1: -sum, a2: product)
  }
}

/// The little complex arithmetic that filter design needs.
struct Complex: BitwiseCopyable {
  var re: Double
  var im: Double

  init(_ re: Double, _ im: Double) {
    self.re = re
    self.im = im
  }

  var squaredMagnitude: Double { re * re + im * im }
  var magnitude: Double { ecg_sqrt(squaredMagnitude) }

  /// The square root with a non-negative real part.
  var squareRoot: Complex {
    let size = magnitude
    let real = ecg_sqrt(max(0, (size + re) / 2))
    let imaginary = ecg_sqrt(max(0, (size - re) / 2))
    return Complex(real, im < 0 ? -imaginary : imaginary)
  }

  /// (4 + s) / (4 − s): the bilinear transform at a rate of 2.
  var bilinear: Complex {
    let (a, b) = (Complex(4 + re, im), Complex(4 - re, -im))
    let size = b.squaredMagnitude
    return Complex((a.re * b.re + a.im * b.im) / size, (a.im * b.re - a.re * b.im) / size)
  }

  static func + (a: Complex, b: Complex) -> Complex { Complex(a.re + b.re, a.im + b.im) }
  static func - (a: Complex, b: Complex) -> Complex { Complex(a.re - b.re, a.im - b.im) }
  static func * (a: Complex, b: Complex) -> Complex {
    Complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re)
  }
  static func * (a: Complex, b: Double) -> Complex { Complex(a.re * b, a.im * b) }
}
