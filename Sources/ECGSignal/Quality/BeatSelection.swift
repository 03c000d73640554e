import ECGCore

/// Judges the beats of a recording, one reason after the other, and the recording by its beats.
///
/// A limit of 0 in the configuration turns its reason off.
struct BeatSelection {
  let before: Int
  let after: Int
  private let configuration: PipelineConfiguration

  init(_ configuration: PipelineConfiguration) {
    self.configuration = configuration
    before = configuration.samples(configuration.beatBefore)
    after = configuration.samples(configuration.beatAfter)
  }

  var length: Int { before + after }

  /// Memory that `assess` works in: per peak a quality and a number, and one beat.
  struct Workspace {
    let qualities: UnsafeMutableBufferPointer<BeatQuality>
    let numbers: UnsafeMutableBufferPointer<Float>
    let template: UnsafeMutableBufferPointer<Float>

    init(peaks: Int, beatLength: Int, arena: inout Arena) throws(Status) {
      qualities = try arena.take(BeatQuality.self, peaks)
      numbers = try arena.take(Float.self, peaks)
      template = try arena.take(Float.self, beatLength)
    }
  }

  /// Measures all beats, then moves those of the core to the front of `peaks` and of the workspace's qualities. Returns
  /// how many those are.
  ///
  /// - Parameters:
  ///   - signal: the cleaned signal
  ///   - core: positions in `signal`: beats outside are compared with, but neither counted nor kept
  ///   - report: receives the counts, the quality of the recording and its fault
  func assess(
    _ raw: RawSignal, _ signal: UnsafeBufferPointer<Float>, _ peaks: UnsafeMutableBufferPointer<Int>, count: Int,
    core: Range<Int>, _ workspace: Workspace, report: inout PipelineReport
  ) -> Int {
    let qualities = workspace.qualities
    let noise = FastNoise(rate: raw.rate)
    for k in 0..<count { qualities[k] = measure(raw, signal, peaks[k], noise) }
    compareHeights(qualities, count, workspace.numbers)
    let rhythm = Rhythm(
      peaks, count: count, duration: signal.count, rate: configuration.samplingRate, scratch: workspace.numbers)
    compareShapes(signal, peaks, count, qualities, rhythm, workspace.template)
    judge(peaks, count, core, qualities, rhythm, &report)

    var kept = 0
    for k in 0..<count where core.contains(peaks[k]) {
      peaks[kept] = peaks[k]
      qualities[kept] = qualities[k]
      kept += 1
    }
    return kept
  }

  // MARK: One beat

  private func measure(
    _ raw: RawSignal, _ signal: UnsafeBufferPointer<Float>, _ peak: Int, _ noise: FastNoise
  ) -> BeatQuality {
    var quality = BeatQuality()
    let (low, high) = (peak - before, peak + after)
    guard low >= 0, high <= signal.count else {
      quality.fault = .border
      return quality
    }
    let window = raw.range(low, high)
    let longestBridge = max(0, wholeNumber(configuration.longestBridge * raw.rate))
    guard !MissingSamples.gapTouches(window, of: raw.samples, longerThan: longestBridge) else {
      quality.fault = .gap
      return quality
    }
    var (least, most) = (Float.infinity, -Float.infinity)
    for i in low..<high {
      least = min(least, signal[i])
      most = max(most, signal[i])
    }
    quality.height = most - least
    quality.flatTime = raw.seconds(StandingSamples.longestRun(raw, window))
    guard quality.height >= Float(configuration.smallestAmplitude), quality.height > 0 else {
      quality.fault = .flat
      return quality
    }
    quality.clippedTime = raw.seconds(StandingSamples.longestRunAtLimit(raw, window))
    quality.noise = noise.measure(raw, window, peak: raw.position(peak)) / quality.height
    quality.wander = BaselineWander.measure(raw, signal, low, high) / quality.height
    if exceeds(quality.clippedTime, configuration.longestClip) {
      quality.fault = .clipped
    } else if exceeds(quality.flatTime, configuration.longestFlat) {
      quality.fault = .flat
    } else if exceeds(quality.noise, configuration.largestNoise) {
      quality.fault = .noisy
    } else if exceeds(quality.wander, configuration.largestWander) {
      quality.fault = .wandering
    }
    return quality
  }

  private func exceeds(_ value: Float, _ limit: Double) -> Bool { limit > 0 && value > Float(limit) }

  // MARK: All beats together

  private func compareHeights(
    _ qualities: UnsafeMutableBufferPointer<BeatQuality>, _ count: Int, _ heights: UnsafeMutableBufferPointer<Float>
  ) {
    var candidates = 0
    for k in 0..<count where qualities[k].fault == .none {
      heights[candidates] = qualities[k].height
      candidates += 1
    }
    let middle = median(heights, candidates)
    let ratio = Float(configuration.amplitudeRatio)
    for k in 0..<count where qualities[k].fault == .none {
      let height = qualities[k].height
      if !(height <= middle * ratio && height * ratio >= middle) { qualities[k].fault = .oddAmplitude }
    }
  }

  private func compareShapes(
    _ signal: UnsafeBufferPointer<Float>, _ peaks: UnsafeMutableBufferPointer<Int>, _ count: Int,
    _ qualities: UnsafeMutableBufferPointer<BeatQuality>, _ rhythm: Rhythm, _ sum: UnsafeMutableBufferPointer<Float>
  ) {
    var template = BeatTemplate(signal, before: before, after: after, sum: sum)
    for k in 0..<count where qualities[k].fault == .none { template.add(peaks[k]) }
    template.finish()
    for k in 0..<count where qualities[k].fault == .none {
      qualities[k].correlation = template.correlation(peaks[k], isMember: true)
    }
    // Once more without those that fit badly, if any two are left.
    let badly: Float = 0.5
    var left = 0
    for k in 0..<count where qualities[k].fault == .none && qualities[k].correlation >= badly { left += 1 }
    let isSecond = left >= 2
    if isSecond {
      template.clear()
      for k in 0..<count where qualities[k].fault == .none && qualities[k].correlation >= badly {
        template.add(peaks[k])
      }
      template.finish()
    }
    for k in 0..<count {
      switch qualities[k].fault {
      case .border, .gap: continue
      default: break
      }
      let isMember = qualities[k].fault == .none && (!isSecond || qualities[k].correlation >= badly)
      qualities[k].correlation = template.correlation(peaks[k], isMember: isMember)
      guard qualities[k].fault == .none, configuration.leastCorrelation > 0,
        qualities[k].correlation < Float(configuration.leastCorrelation)
      else { continue }
      qualities[k].isMisshapen = true
      qualities[k].fault = cause(qualities[k], isEarly: k > 0 && rhythm.isEarly(peaks[k] - peaks[k - 1]))
    }
  }

  /// What to blame for a beat of another shape.
  private func cause(_ quality: BeatQuality, isEarly: Bool) -> SignalFault {
    if quality.noise > Self.disturbingNoise { return .noisy }
    if quality.wander > Self.disturbingWander { return .wandering }
    return isEarly ? .ectopic : .unlike
  }

  /// From here on, in heights of the beat, a disturbance is what changes a beat's shape.
  private static var disturbingNoise: Float { 0.1 }
  private static var disturbingWander: Float { 0.3 }

  // MARK: The recording

  /// The recording's quality: the mean quality of its beats, times the plausibility of their rhythm. Beats that the
  /// recording's ends cut, and those from another place in the heart, say nothing about the signal.
  private func judge(
    _ peaks: UnsafeMutableBufferPointer<Int>, _ count: Int, _ core: Range<Int>,
    _ qualities: UnsafeMutableBufferPointer<BeatQuality>, _ rhythm: Rhythm, _ report: inout PipelineReport
  ) {
    var (sum, judged, shaped): (Float, Float, Int) = (0, 0, 0)
    for k in 0..<count {
      let fault = qualities[k].fault
      if fault != .border && fault != .ectopic {
        sum += qualities[k].value
        judged += 1
      }
      if fault != .border && fault != .gap && fault != .flat { shaped += 1 }
      guard core.contains(peaks[k]) else { continue }
      report.peakCount += 1
      report[fault] += 1
    }
    let mean = judged > 0 ? sum / judged : 0
    report.quality = rhythm.plausibility * mean
    guard configuration.leastQuality > 0, shaped > 0, report.quality < Float(configuration.leastQuality) else { return }
    report.fault = rhythm.plausibility < mean ? .rhythm : report.mostFrequentFault
  }
}
