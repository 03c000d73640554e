import ECGCore

/// What a network sees of a beat: its samples, its scalogram, or its spectrogram.
public struct BeatRepresentation {
  public let beatLength: Int
  private let scalogram: Scalogram?
  private let spectrogram: Spectrogram?

  /// Prepares the representation; its tables lie in the arena (`tableSize` bytes) and must stay there.
  public init(_ configuration: PipelineConfiguration, arena: inout Arena) throws(Status) {
    try configuration.validate()
    beatLength = configuration.beatLength
    let kind = configuration.representation
    scalogram = kind == .scalogram ? try Scalogram(length: beatLength, arena: &arena) : nil
    spectrogram =
      kind == .spectrogram
      ? try Spectrogram(length: beatLength, samplingRate: configuration.samplingRate, arena: &arena) : nil
  }

  /// The bytes that `init` takes from its arena.
  public static func tableSize(_ configuration: PipelineConfiguration) throws(Status) -> Int {
    var arena = Arena.measuring()
    _ = try BeatRepresentation(configuration, arena: &arena)
    return arena.peak
  }

  /// The shape of one beat for a network, channels last; a beat of samples has height 1.
  public var height: Int { spectrogram?.frequencies ?? (scalogram == nil ? 1 : Scalogram.scales) }
  public var width: Int { spectrogram?.instants ?? (scalogram == nil ? beatLength : Scalogram.instants) }
  public var channels: Int { 1 }
  /// Values per beat.
  public var outputCount: Int { height * width * channels }

  /// Writes the representation of one beat, or of several that lie one after the other: `beats` holds a multiple of
  /// `beatLength` values, `output` takes `outputCount` for each. Needs no memory besides.
  ///
  /// Throws `argument` for a part of a beat, `bufferTooSmall` when `output` is.
  public func write(_ beats: Span<Float>, into output: inout MutableSpan<Float>) throws(Status) {
    guard beats.count % beatLength == 0 else { throw .argument }
    let count = beats.count / beatLength
    guard output.count / outputCount >= count else { throw .bufferTooSmall }
    beats.withUnsafeBufferPointer { source in
      output.withUnsafeMutableBufferPointer { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        if let scalogram {
          scalogram.compute(count: count, beats: from, into: to)
        } else if let spectrogram {
          spectrogram.compute(count: count, beats: from, into: to)
        } else {
          for i in 0..<count * beatLength { to[i] = from[i] }
        }
      }
    }
  }
}
