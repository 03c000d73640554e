import CECGKernels
import ECGCore

/// What the signal's usual QRS complex looks like, and how well others agree with it: in shape, and in how much slow and
/// fast waves they have for their height.
///
/// Running means over beats, on the reduced signal of the last seconds.
struct QRSTemplate {
  /// Samples on either side of a complex's middle that make its shape: 80 ms.
  private let reach: Int
  /// Shifts that are tried, either way: 10 ms.
  private let shifts: Int
  /// Steps of 25 ms, by which a complex is searched for its slow and fast waves.
  private let step: Int
  private let slowWave: MorletWavelet
  private let fastWave: MorletWavelet
  /// A ring whose length is a power of two.
  private let history: UnsafeMutableBufferPointer<Float>
  private let window: UnsafeMutableBufferPointer<Float>
  private var count: Int64 = 0
  private var previous: Float = 0

  /// The mean shape: without mean and slope, of unit length.
  private let shape: UnsafeMutableBufferPointer<Float>
  private var slow: Float = 0
  private var fast: Float = 0
  private var beatCount = 0
  /// How well beats agree with the shape, as a rule.
  private var consistency: Float = 0

  /// - Parameter memory: how many samples back complexes are asked for
  init(samplingRate: Double, memory: Int, arena: inout Arena) throws(Status) {
    reach = max(3, wholeNumber(0.08 * samplingRate))
    shifts = max(1, wholeNumber(0.01 * samplingRate))
    step = max(1, wholeNumber(0.025 * samplingRate))
    slowWave = try MorletWavelet(centre: 7, bandwidth: 3, samplingRate: samplingRate, arena: &arena)
    fastWave = try MorletWavelet(
      centre: min(25, 0.3 * samplingRate), bandwidth: 8, samplingRate: samplingRate, arena: &arena)
    let margin = max(reach + shifts, slowWave.reach + 2 * step)
    var slots = 64
    while slots < memory + margin { slots *= 2 }
    history = try arena.take(Float.self, slots)
    window = try arena.take(Float.self, 2 * margin + 1)
    shape = try arena.take(Float.self, 2 * reach + 1)
    for i in 0..<history.count { history[i] = 0 }
    for i in 0..<shape.count { shape[i] = 0 }
  }

  /// Takes the next sample of the reduced signal. Kept is a signal smoothed by 1 : 2 : 1.
  @inline(__always)
  mutating func push(_ value: Float) {
    let mask = Int64(history.count - 1)
    let half = 0.5 * (previous + value)
    history[Int((count - 1) & mask)] += 0.5 * half
    history[Int(count & mask)] = 0.5 * half
    previous = value
    count &+= 1
  }

  /// The `size` samples on either side of `time`, in one piece; its middle is returned.
  private func cut(around time: Int64, _ size: Int) -> UnsafePointer<Float>? {
    guard let samples = window.baseAddress, history.count > 0 else { return nil }
    let mask = Int64(history.count - 1)
    let first = time &- Int64(size)
    for k in 0...(2 * size) { samples[k] = history[Int((first &+ Int64(k)) & mask)] }
    return UnsafePointer(samples + size)
  }

  // MARK: Measuring

  /// Measures the slow and fast waves of a candidate: logarithms of their height, for the height of the complex.
  func measureWaves(_ candidate: inout QRSCandidate) {
    guard let middle = cut(around: candidate.time, slowWave.reach + 2 * step) else { return }
    var (slow, fast): (Float, Float) = (0, 0)
    for k in -2...2 {
      slow = max(slow, slowWave.power(middle + k * step))
      fast = max(fast, fastWave.power(middle + k * step))
    }
    let height = max(candidate.height, 1e-9)
    candidate.slow = ecg_logf(ecg_sqrtf(slow) / height + 1e-3)
    candidate.fast = ecg_logf(ecg_sqrtf(fast) / height + 1e-3)
  }

  /// What a candidate's looks add to its score in noise; 0 while nothing is known.
  func score(_ candidate: QRSCandidate) -> Float {
    guard beatCount >= 4 else { return 0 }
    let (slow, fast) = (candidate.slow - slow, candidate.fast - fast)
    var score = BeatRules.noiseBias
    score -= BeatRules.slowAbove * max(0, min(slow, 1)) + BeatRules.slowBelow * max(0, min(-slow, 1))
    score -= BeatRules.fastBelow * max(0, min(-fast, 1))
    let trust = max(0, min((consistency - 0.5) / 0.4, 1))
    if trust > 0 {
      let likeness = agreement(at: candidate.time).correlation - BeatRules.shapeMiddle
      score += BeatRules.shapeWeight * trust * max(likeness, -BeatRules.shapeFloor)
    }
    return score
  }

  /// The best correlation of the complex around `time` with the shape, and the shift that gives it.
  private func agreement(at time: Int64) -> (correlation: Float, shift: Int) {
    var best: (correlation: Float, shift: Int) = (-1, 0)
    guard let middle = cut(around: time, reach + shifts), let shape = shape.baseAddress else { return best }
    for shift in -shifts...shifts {
      let x = middle + shift
      let (level, slope) = line(x)
      var (energy, product, squares): (Float, Float, Float) = (0, 0, 0)
      for k in -reach...reach {
        let rest = x[k] - level - slope * Float(k)
        energy += rest * rest
        squares += x[k] * x[k]
        product += rest * shape[k + reach]
      }
      let correlation = energy > 1e-6 * squares ? product / ecg_sqrtf(energy) : 0
      if correlation > best.correlation { best = (correlation, shift) }
    }
    return best
  }

  /// The mean and the slope of a complex.
  private func line(_ x: UnsafePointer<Float>) -> (level: Float, slope: Float) {
    var (sum, moment): (Float, Float) = (0, 0)
    for k in -reach...reach {
      sum += x[k]
      moment += Float(k) * x[k]
    }
    let length = Float(2 * reach + 1)
    return (sum / length, 3 * moment / (Float(reach * (reach + 1)) * length))
  }

  // MARK: Learning

  /// Takes a beat into the means; less of it the less sure it is.
  mutating func learn(_ beat: QRSCandidate, confidence: Float) {
    let rate = confidence * max(0.1, 1 / Float(beatCount + 1))
    slow += rate * (beat.slow - slow)
    fast += rate * (beat.fast - fast)
    var centre = beat.time
    var share = rate
    if beatCount >= 4 {
      let fit = agreement(at: centre)
      consistency += 0.1 * confidence * (fit.correlation - consistency)
      if fit.correlation > 0.5 { centre += Int64(fit.shift) } else { share *= 0.25 }
    } else {
      consistency = 0.9
    }
    beatCount = min(beatCount + 1, 100)
    guard let x = cut(around: centre, reach), let shape = shape.baseAddress else { return }
    let (level, slope) = line(x)
    var energy: Float = 0
    for k in -reach...reach {
      let rest = x[k] - level - slope * Float(k)
      energy += rest * rest
    }
    guard energy > 0 else { return }
    let scale = share / ecg_sqrtf(energy)
    var total: Float = 0
    for k in -reach...reach {
      let mean = (1 - share) * shape[k + reach] + scale * (x[k] - level - slope * Float(k))
      shape[k + reach] = mean
      total += mean * mean
    }
    guard total > 0 else { return }
    let unit = 1 / ecg_sqrtf(total)
    for k in 0...(2 * reach) { shape[k] *= unit }
  }
}
