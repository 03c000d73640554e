/// How the samples of a WFDB signal file are stored: one type per format of signal(5), listed in `signalFormats`.
///
/// A decoder walks through one signal's samples from the first to the last, whatever else is interleaved with them.
protocol SignalFormat: SendableMetatype {
  /// The format's number in signal(5).
  static var number: Int { get }
  /// The stored value that means "no valid sample here", if the format has one.
  static var missing: Int32? { get }
  /// How many bytes so many samples take; nil when that is beyond any file.
  static func byteCount(samples: Int) -> Int?
  /// How many samples so many bytes hold.
  static func sampleCount(bytes: Int) -> Int

  /// `bytes` holds all samples that `place` will ask for.
  init(bytes: UnsafeRawBufferPointer, place: SignalPlace)
  /// Decodes the signal's next `samples.count` samples.
  mutating func decode(into samples: UnsafeMutableBufferPointer<Int32>)
}

/// Where one signal's samples lie among the signals of its file: a file is a row of frames, and a frame has one sample
/// of each signal, or several of a signal that is sampled faster.
struct SignalPlace {
  /// Position of the signal's first sample in a frame.
  var first: Int
  var samplesPerFrame: Int
  /// Samples of all signals in a frame.
  var frameLength: Int
}

/// The formats that can be read.
let signalFormats: [any SignalFormat.Type] = [Format16.self, Format212.self]

/// A format in which every sample's place follows from its number.
protocol IndexedSignalFormat: SignalFormat {
  var bytes: UnsafeRawBufferPointer { get }
  var place: SignalPlace { get }
  /// How many of the signal's samples have been decoded.
  var decoded: Int { get set }
  /// The file's sample number `index`, all signals counted.
  static func sample(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int32
}

extension IndexedSignalFormat {
  @inline(__always)
  mutating func decodeIndexed(into samples: UnsafeMutableBufferPointer<Int32>) {
    let bytes = bytes
    let place = place
    if place.samplesPerFrame == 1 {
      var index = place.first &+ decoded &* place.frameLength
      for k in samples.indices {
        samples[k] = Self.sample(bytes, at: index)
        index &+= place.frameLength
      }
    } else {
      for k in samples.indices {
        let (frame, within) = (decoded &+ k).quotientAndRemainder(dividingBy: place.samplesPerFrame)
        samples[k] = Self.sample(bytes, at: frame &* place.frameLength &+ place.first &+ within)
      }
    }
    decoded &+= samples.count
  }
}
