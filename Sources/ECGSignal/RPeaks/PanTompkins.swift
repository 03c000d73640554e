import CECGKernels
import ECGCore

/// R-peak detection after Pan and Tompkins (1985, "A real-time QRS detection algorithm", doi
/// 10.1109/TBME.1985.325532): band-pass, derivative, squaring and moving-window integration, then adaptive thresholds
/// on both signals, search-back and a T-wave check.
///
/// The paper's filters are sums over 200 Hz samples; here the same sums are taken over the same times at any rate, and
/// centred, so that nothing is delayed. `QRSDecision` holds the paper's rules and sees one candidate after the other.
public struct PanTompkins {
  /// No two beats lie closer than this, in seconds.
  public static var refractoryPeriod: Double { 0.2 }

  private let rate: Double
  /// Half-widths, in samples, of the centred sums: low-pass (two of 30 ms), high-pass (160 ms), integration (150 ms).
  private let smoothHalf: Int
  private let driftHalf: Int
  private let integrationHalf: Int
  /// The derivative's step: 5 ms.
  private let step: Int
  private let refractory: Int

  public init(samplingRate: Double) throws(Status) {
    guard PipelineConfiguration.samplingRates.contains(samplingRate) else { throw .samplingRate }
    rate = samplingRate
    smoothHalf = Int(0.030 * rate / 2)
    driftHalf = Int(0.160 * rate / 2)
    integrationHalf = Int(0.150 * rate / 2)
    step = max(1, wholeNumber(0.005 * rate))
    refractory = wholeNumber(Self.refractoryPeriod * rate)
  }

  /// The shortest signal, in samples: 1 s.
  public var shortest: Int { wholeNumber(rate) }

  /// The most peaks that `count` samples can have.
  public func largestPeakCount(_ count: Int) -> Int { count <= 0 ? 0 : (count - 1) / refractory + 1 }

  /// The bytes of an arena that `detect` needs, exactly.
  public func scratchSize(sampleCount: Int) throws(Status) -> Int {
    var arena = Arena.measuring()
    _ = try Workspace(count: sampleCount, self, arena: &arena)
    return arena.peak
  }

  struct Workspace {
    let filtered, integrated, scratch: UnsafeMutableBufferPointer<Float>
    let candidates: UnsafeMutableBufferPointer<QRSDecision.Candidate>

    init(count: Int, _ detector: PanTompkins, arena: inout Arena) throws(Status) {
      filtered = try arena.take(Float.self, count)
      integrated = try arena.take(Float.self, count)
      scratch = try arena.take(Float.self, count)
      candidates = try arena.take(QRSDecision.Candidate.self, detector.largestPeakCount(count))
    }
  }

  /// Finds the QRS complexes of `signal`; `peaks` receives their positions in samples, in order. Returns how many.
  ///
  /// Throws `signalTooShort` below `shortest` samples, `bufferTooSmall` when `peaks` holds less than
  /// `largestPeakCount(signal.count)` or the arena is too small.
  public func detect(_ signal: Span<Float>, into peaks: inout MutableSpan<Int>, arena: inout Arena) throws(Status)
    -> Int
  {
    let mark = arena.mark
    defer { arena.rewind(to: mark) }
    let workspace = try Workspace(count: signal.count, self, arena: &arena)
    guard signal.count >= shortest else { throw .signalTooShort }
    guard peaks.count >= largestPeakCount(signal.count) else { throw .bufferTooSmall }
    return signal.withUnsafeBufferPointer { source in
      peaks.withUnsafeMutableBufferPointer { detect(source, workspace, into: $0) }
    }
  }

  func detect(
    _ signal: UnsafeBufferPointer<Float>, _ workspace: Workspace, into peaks: UnsafeMutableBufferPointer<Int>
  ) -> Int {
    guard let source = signal.baseAddress, let filtered = workspace.filtered.baseAddress,
      let integrated = workspace.integrated.baseAddress, let scratch = workspace.scratch.baseAddress
    else { return 0 }
    let count = signal.count
    // Band-pass: a smoothed signal minus its own slow mean.
    movingMean(source, into: integrated, count, half: smoothHalf)
    movingMean(integrated, into: filtered, count, half: smoothHalf)
    movingMean(filtered, into: integrated, count, half: driftHalf)
    for i in 0..<count { filtered[i] -= integrated[i] }
    // Slope, squared, integrated.
    for i in 0..<count {
      let slope = slope(filtered, count, at: i)
      scratch[i] = slope * slope
    }
    movingMean(scratch, into: integrated, count, half: integrationHalf)

    let found = candidates(filtered, integrated, count, workspace.candidates)
    var decision = QRSDecision(rate: rate)
    learn(&decision, filtered, integrated, count)
    return decision.decide(workspace.candidates, found, count: count, into: peaks)
  }

  /// The mean of the 2 · half + 1 samples around each one; beyond the ends the first or last sample is repeated.
  private func movingMean(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, _ count: Int, half: Int
  ) {
    let last = count - 1
    let scale = 1 / Double(2 * half + 1)
    var sum = Double(source[0]) * Double(half + 1)
    for i in 1...max(1, half) where i <= half { sum += Double(source[min(i, last)]) }
    for i in 0..<count {
      target[i] = Float(sum * scale)
      sum += Double(source[min(i + half + 1, last)]) - Double(source[max(i - half, 0)])
    }
  }

  /// The paper's five-point derivative, without its delay and scale.
  @inline(__always)
  private func slope(_ x: UnsafePointer<Float>, _ count: Int, at i: Int) -> Float {
    guard i >= 2 * step && i + 2 * step < count else { return 0 }
    return (2 * (x[i + step] - x[i - step]) + x[i + 2 * step] - x[i - 2 * step]) / 8
  }

  /// Local maxima of the integrated signal, at least the refractory period apart, the larger winning.
  private func candidates(
    _ filtered: UnsafePointer<Float>, _ integrated: UnsafePointer<Float>, _ count: Int,
    _ list: UnsafeMutableBufferPointer<QRSDecision.Candidate>
  ) -> Int {
    var found = 0
    var best = -1
    func emit() {
      guard best >= 0, found < list.count else { return }
      list[found] = measure(filtered, integrated, count, at: best)
      found += 1
    }
    var i = 1
    while i < count - 1 {
      let value = integrated[i]
      if value > integrated[i - 1] && value >= integrated[i + 1] {
        if best >= 0 && i - best < refractory {
          if value > integrated[best] { best = i }
        } else {
          emit()
          best = i
        }
      }
      i += 1
    }
    emit()
    return found
  }

  private func measure(
    _ filtered: UnsafePointer<Float>, _ integrated: UnsafePointer<Float>, _ count: Int, at position: Int
  ) -> QRSDecision.Candidate {
    var candidate = QRSDecision.Candidate(position: position, integrated: integrated[position])
    for i in max(0, position - integrationHalf)...min(count - 1, position + integrationHalf) {
      let height = abs(filtered[i])
      if height > candidate.filtered {
        candidate.filtered = height
        candidate.peak = i
      }
      candidate.slope = max(candidate.slope, abs(slope(filtered, count, at: i)))
    }
    return candidate
  }

  /// First levels: the median over the first 2-second pieces (up to nine) of their largest value, so that an artefact
  /// in one of them does no harm, and the mean for the noise.
  private func learn(
    _ decision: inout QRSDecision, _ filtered: UnsafePointer<Float>, _ integrated: UnsafePointer<Float>, _ count: Int
  ) {
    let piece = min(count, wholeNumber(2 * rate))
    let pieces = min(9, count / piece)
    var (highI, highF) = (SIMD16<Float>(repeating: .infinity), SIMD16<Float>(repeating: .infinity))
    var (sumI, sumF) = (0.0, 0.0)
    for k in 0..<pieces {
      var (mostI, mostF): (Float, Float) = (0, 0)
      for i in (k * piece)..<((k + 1) * piece) {
        mostI = max(mostI, integrated[i])
        mostF = max(mostF, abs(filtered[i]))
        sumI += Double(integrated[i])
        sumF += Double(abs(filtered[i]))
      }
      insert(mostI, &highI, k)
      insert(mostF, &highF, k)
    }
    let samples = Double(pieces * piece)
    decision.start(
      signal: (highI[pieces / 2], highF[pieces / 2]), noise: (Float(sumI / samples), Float(sumF / samples)))
  }

  private func insert(_ value: Float, _ sorted: inout SIMD16<Float>, _ count: Int) {
    var at = count
    while at > 0 && sorted[at - 1] > value {
      sorted[at] = sorted[at - 1]
      at -= 1
    }
    sorted[at] = value
  }
}
