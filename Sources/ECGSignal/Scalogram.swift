import CECGKernels
import ECGCore

/// The Morlet scalogram of a beat: 64 scales × 64 instants, equal to what PyWavelets and scikit-image compute with
/// `resize(pywt.cwt(beat, numpy.arange(1, 65), "morl")[0], (64, 64))`.
///
/// Both steps are linear, so that each output is a weighted sum of the beat's samples. The instants of the output lie
/// n/64 samples apart; reduced to lowest terms that is shift/phases, and every `phases`-th instant has the same
/// weights, `shift` samples further on. (At 200 samples: 25/8, so that a scale needs 8 sets of weights instead of 64.)
/// Only the first and last instants, where the anti-aliasing filter meets the beat's end, have weights of their own.
public struct Scalogram {
  public static var scales: Int { 64 }
  public static var instants: Int { 64 }

  private let length: Int
  private let phases: Int
  private let windows: Int
  private let shift: Int
  /// Instants at either end that have weights of their own.
  private let edges: Int
  /// Weights by scale, by offset, by phase.
  private let table: UnsafeMutableBufferPointer<Float>
  /// Weights by scale, by edge instant, by sample.
  private let edgeTable: UnsafeMutableBufferPointer<Float>

  /// Prepares scalograms of beats of `length` samples (8 to 4096), with tables in the arena.
  public init(length: Int, arena: inout Arena) throws(Status) {
    guard (8...4096).contains(length) else { throw .configuration }
    self.length = length
    var (a, b) = (length, Self.instants)
    while b > 0 { (a, b) = (b, a % b) }
    windows = a
    phases = Self.instants / a
    shift = length / a
    let resize = Resize(length: length, instants: Self.instants)
    var edges = 0
    while edges < Self.instants / 2 && resize.support(edges).lowerBound < 0 { edges += 1 }
    self.edges = edges
    var total = 0
    for scale in 1...Self.scales {
      total += Self.offsets(scale, length: length, windows: windows, shift: shift, phases: phases, resize).count
    }
    table = try arena.take(Float.self, total * phases)
    edgeTable = try arena.take(Float.self, Self.scales * 2 * edges * length)
    let mark = arena.mark
    defer { arena.rewind(to: mark) }
    let wavelet = try arena.take(Double.self, Morlet.points)
    let weights = try arena.take(Double.self, 16 * Self.scales + 2)
    let shares = try arena.take(Double.self, phases * resize.support(0).count)
    guard !arena.isMeasuring else { return }
    fill(resize, wavelet, weights, shares)
  }

  /// The samples, relative to a window's start, that the instants of one scale see: the wavelet's and the resizing
  /// filter's support, within the beat for at least one window.
  private static func offsets(
    _ scale: Int, length: Int, windows: Int, shift: Int, phases: Int, _ resize: Resize
  ) -> Range<Int> {
    let low = resize.support(0).lowerBound - 8 * scale - 1
    let high = resize.support(phases - 1).upperBound + 8 * scale
    return max(low, -(windows - 1) * shift)..<min(high, length)
  }

  private func fill(
    _ resize: Resize, _ wavelet: UnsafeMutableBufferPointer<Double>, _ weights: UnsafeMutableBufferPointer<Double>,
    _ shares: UnsafeMutableBufferPointer<Double>
  ) {
    let width = resize.support(0).count
    for phase in 0..<phases {
      let first = resize.support(phase).lowerBound
      for i in 0..<width { shares[phase * width + i] = resize.weight(phase, first + i) }
    }
    Morlet.fillIntegral(wavelet)
    var start = 0
    for scale in 1...Self.scales {
      let reach = Morlet.fillWeights(weights, scale: scale, integral: wavelet)
      // The coefficient at instant t weighs sample j by weights[t − j + reach].
      let offsets = Self.offsets(
        scale, length: length, windows: windows, shift: shift, phases: phases, resize)
      for m in offsets {
        for phase in 0..<phases {
          let first = resize.support(phase).lowerBound - m + reach
          var sum = 0.0
          for i in max(0, -first)..<max(max(0, -first), min(width, 16 * scale + 2 - first)) {
            sum += shares[phase * width + i] * weights[first + i]
          }
          table[start + (m - offsets.lowerBound) * phases + phase] = Float(sum)
        }
      }
      start += offsets.count * phases
      for edge in 0..<2 * edges {
        let instant = edge < edges ? edge : Self.instants - 2 * edges + edge
        let row = ((scale - 1) * 2 * edges + edge) * length
        for j in 0..<length { edgeTable[row + j] = 0 }
        for t in resize.support(instant) {
          let mirrored = resize.mirror(t)
          let share = resize.weight(instant, t)
          for j in 0..<length {
            let k = mirrored - j + reach
            if k >= 0 && k <= 16 * scale + 1 { edgeTable[row + j] += Float(share * weights[k]) }
          }
        }
      }
    }
  }

  /// Computes `count` scalograms: `beats` holds count × length samples, `output` takes count × 64 × 64 values,
  /// scale by scale.
  func compute(count: Int, beats: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>) {
    guard let weights = table.baseAddress else { return }
    let resize = Resize(length: length, instants: Self.instants)
    let size = Self.scales * Self.instants
    var start = 0
    for scale in 1...Self.scales {
      let offsets = Self.offsets(scale, length: length, windows: windows, shift: shift, phases: phases, resize)
      var row = ecg_scalogram_scale(
        table: weights + start, low: offsets.lowerBound, high: offsets.upperBound, n: length, shift: shift,
        phases: phases, windows: windows)
      let target = output + (scale - 1) * Self.instants
      ecg_scalogram_row(&row, count, beats, length, target, size)
      start += offsets.count * phases
      guard let edgeWeights = edgeTable.baseAddress else { continue }
      for edge in 0..<2 * edges {
        let instant = edge < edges ? edge : Self.instants - 2 * edges + edge
        let from = edgeWeights + ((scale - 1) * 2 * edges + edge) * length
        for beat in 0..<count { target[beat * size + instant] = ecg_dot(length, from, beats + beat * length) }
      }
    }
  }
}

/// The real Morlet wavelet exp(−t²/2) cos 5t on [−8, 8], as PyWavelets' "morl" samples it.
enum Morlet {
  static var points: Int { 4096 }

  /// Its running integral at 4096 points.
  static func fillIntegral(_ integral: UnsafeMutableBufferPointer<Double>) {
    let step = spacing
    var sum = 0.0
    for i in 0..<points {
      let t = i == points - 1 ? 8 : Double(i) * (16.0 / Double(points - 1)) - 8
      sum += ecg_cos(5 * t) * ecg_exp(-t * t / 2)
      integral[i] = sum * step
    }
  }

  /// The distance of the first two points, with the rounding of a table that starts at −8: it decides which of two
  /// neighbouring points a scaled wavelet takes.
  private static var spacing: Double { (16.0 / Double(points - 1) - 8) - (-8) }

  /// The weights of a scale, which samples the integral at 16 · scale + 1 points: weights[k] belongs to the sample that
  /// lies k − reach before the coefficient. Returns reach.
  static func fillWeights(
    _ weights: UnsafeMutableBufferPointer<Double>, scale: Int, integral: UnsafeMutableBufferPointer<Double>
  ) -> Int {
    let taps = 16 * scale + 1
    let factor = -ecg_sqrt(Double(scale))
    func value(_ k: Int) -> Double {
      guard k >= 0 && k < taps else { return 0 }
      let index = Int(Double(taps - 1 - k) / (Double(scale) * spacing))
      return integral[min(index, points - 1)]
    }
    for k in 0...taps { weights[k] = factor * (value(k) - value(k - 1)) }
    return 8 * scale
  }
}

/// scikit-image's `resize` along one axis: Gaussian anti-aliasing when it shrinks (σ = (factor − 1)/2, cut at 4 σ), then
/// linear interpolation at pixel centres; beyond the ends the signal is mirrored about its first and last sample.
struct Resize {
  let length: Int
  private let factor: Double
  private let sigma: Double
  private let radius: Int
  private let total: Double

  init(length: Int, instants: Int) {
    self.length = length
    factor = Double(length) / Double(instants)
    sigma = max(0, (factor - 1) / 2)
    radius = sigma > 0 ? Int(4 * sigma + 0.5) : 0
    var sum = 0.0
    for i in -radius...radius { sum += Resize.bell(i, sigma) }
    total = sum
  }

  private static func bell(_ i: Int, _ sigma: Double) -> Double {
    i == 0 ? 1 : ecg_exp(-0.5 * Double(i * i) / (sigma * sigma))
  }

  private func centre(_ instant: Int) -> Double { (Double(instant) + 0.5) * factor - 0.5 }

  /// The samples, some perhaps beyond the ends, that an instant is made of.
  func support(_ instant: Int) -> Range<Int> {
    let below = Int(centre(instant).rounded(.down))
    return (below - radius)..<(below + radius + 2)
  }

  /// How much sample t counts for an instant.
  func weight(_ instant: Int, _ t: Int) -> Double {
    let position = centre(instant)
    let below = position.rounded(.down)
    let part = position - below
    func gauss(_ distance: Int) -> Double { abs(distance) <= radius ? Resize.bell(distance, sigma) / total : 0 }
    let offset = t - Int(below)
    return (1 - part) * gauss(offset) + part * gauss(offset - 1)
  }

  func mirror(_ t: Int) -> Int {
    guard length > 1 else { return 0 }
    let period = 2 * (length - 1)
    let place = ((t % period) + period) % period
    return place < length ? place : period - place
  }
}
