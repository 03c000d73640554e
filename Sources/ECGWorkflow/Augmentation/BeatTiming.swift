import ECGSignal

/// Where things lie in a beat.
struct BeatTiming {
  /// Hertz.
  let samplingRate: Double
  /// The sample of the R peak.
  let rPeak: Double

  init(samplingRate: Double, rPeak: Double) {
    self.samplingRate = samplingRate
    self.rPeak = rPeak
  }

  init(_ configuration: PipelineConfiguration) {
    self.init(
      samplingRate: configuration.samplingRate,
      rPeak: (configuration.beatBefore * configuration.samplingRate).rounded())
  }
}
