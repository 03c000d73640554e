import ArgumentParser
import ECGSignal

/// What a network on images sees of a beat.
enum ImageChoice: String, ExpressibleByArgument, CaseIterable {
  case scalogram, spectrogram

  var representation: PipelineConfiguration.Representation { self == .scalogram ? .scalogram : .spectrogram }
}
