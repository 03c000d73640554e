import ECGArchitectures
import ECGSignal

extension PipelineConfiguration {
  /// How recordings become beats for the network of this name; the usual settings for all but the embedders,
  /// which see P wave, QRS complex and T wave in a band from 0.5 to 40 Hz, without further smoothing.
  public init(for network: String) {
    self.init()
    frontEnd = .bandPass
    guard Architecture.named(network)?.isEmbedder == true else { return }
    samplingRate = 250
    bandPassLow = 0.5
    bandPassHigh = 40
    alignmentSearch = 0.024
    beatBefore = 0.25
    beatAfter = 0.45
    (smoothingWindow, smoothingOrder) = (0, 0)
  }
}
