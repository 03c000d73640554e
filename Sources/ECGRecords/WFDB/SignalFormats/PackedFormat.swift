/// A format in which every sample's place in the file follows from its number.
protocol PackedFormat: SignalFormat {
  /// So many samples fill so many bytes; formats that pack samples across bytes have more than one.
  static var samplesPerCell: Int { get }
  static var bytesPerCell: Int { get }
  /// The bytes of a cell that has only so many samples, at the end of a file.
  static func byteCount(partialCell samples: Int) -> Int
  /// The sample with this number, all signals counted.
  static func sample(_ bytes: UnsafeRawPointer, at index: Int) -> Int32
}

extension PackedFormat {
  static var samplesPerCell: Int { 1 }
  static func byteCount(partialCell samples: Int) -> Int { 0 }

  /// How many bytes so many samples take; nil when that is beyond any file.
  static func byteCount(samples: Int) -> Int? {
    let (cells, rest) = samples.quotientAndRemainder(dividingBy: samplesPerCell)
    let (bytes, overflow) = cells.multipliedReportingOverflow(by: bytesPerCell)
    let (total, overflowAtEnd) = bytes.addingReportingOverflow(rest == 0 ? 0 : byteCount(partialCell: rest))
    return overflow || overflowAtEnd ? nil : total
  }

  /// How many samples so many bytes hold.
  static func sampleCount(bytes: Int) -> Int {
    let (cells, rest) = bytes.quotientAndRemainder(dividingBy: bytesPerCell)
    let partial = (1..<max(samplesPerCell, 1)).last { byteCount(partialCell: $0) <= rest } ?? 0
    return cells * samplesPerCell + partial
  }

  static func open(
    _ path: String, _ group: SignalGroup, promised: Int?
  ) throws(RecordError) -> any SignalFile {
    try PackedSignalFile<Self>(path, group, promised: promised)
  }

  /// Decodes samples of one signal; `start` and its place count from the first of `bytes`.
  @inline(__always)
  static func decode(
    _ bytes: UnsafeRawPointer, _ place: SignalPlace, frameLength: Int, from start: Int,
    into samples: UnsafeMutableBufferPointer<Int32>
  ) {
    if place.samplesPerFrame == frameLength {
      every(1, bytes, from: start, into: samples)
    } else if place.samplesPerFrame > 1 {
      for k in samples.indices {
        let (frame, within) = (start &+ k).quotientAndRemainder(dividingBy: place.samplesPerFrame)
        samples[k] = sample(bytes, at: frame &* frameLength &+ place.first &+ within)
      }
    } else if frameLength == 2 {
      // The usual record of two leads. The same loop as below, but the compiler knows the stride and can vectorise it.
      every(2, bytes, from: place.first &+ start &* 2, into: samples)
    } else {
      every(frameLength, bytes, from: place.first &+ start &* frameLength, into: samples)
    }
  }

  @inline(__always)
  private static func every(
    _ stride: Int, _ bytes: UnsafeRawPointer, from first: Int, into samples: UnsafeMutableBufferPointer<Int32>
  ) {
    for k in samples.indices { samples[k] = sample(bytes, at: first &+ k &* stride) }
  }
}

/// A signal file in a packed format. It holds a piece of the file in memory, small enough for the processor's cache.
final class PackedSignalFile<Format: PackedFormat>: SignalFile {
  let frameCount: Int
  private let file: FileReader
  private let frameLength: Int
  private let byteOffset: Int
  private let piece: UnsafeMutableRawBufferPointer
  private let framesPerPiece: Int
  private var read = 0

  init(_ path: String, _ group: SignalGroup, promised: Int?) throws(RecordError) {
    file = try FileReader(path)
    frameLength = group.frameLength
    byteOffset = group.byteOffset
    guard file.byteCount >= byteOffset else {
      throw .truncated(file: file.name, bytes: file.byteCount, promised: byteOffset)
    }
    let available = file.byteCount - byteOffset
    if let promised {
      // Compare before anything is allocated: the header may promise any number.
      let (samples, overflow) = promised.multipliedReportingOverflow(by: frameLength)
      let needed = overflow ? nil : Format.byteCount(samples: samples)
      guard let needed, needed <= available else {
        let total = needed?.addingReportingOverflow(byteOffset)
        throw .truncated(
          file: file.name, bytes: file.byteCount, promised: total.map { $0.overflow ? .max : $0.partialValue } ?? .max)
      }
      frameCount = promised
    } else {
      frameCount = Format.sampleCount(bytes: available) / frameLength
    }
    // Pieces begin with a frame and with a cell. A frame that is longer than a piece is read as a whole.
    let cells = max(pieceByteCount / Format.bytesPerCell / frameLength, 1)
    framesPerPiece = min(cells * Format.samplesPerCell, frameCount)
    let bytes = Format.byteCount(samples: framesPerPiece * frameLength) ?? 0
    piece = .allocate(byteCount: max(bytes, 1), alignment: 16)
  }

  deinit { piece.deallocate() }

  var byteCount: Int { file.byteCount }

  func next() throws(RecordError) -> Int {
    let frames = min(framesPerPiece, frameCount - read)
    guard frames > 0, let start = Format.byteCount(samples: read * frameLength),
      let bytes = Format.byteCount(samples: frames * frameLength)
    else { return 0 }
    try file.read(UnsafeMutableRawBufferPointer(rebasing: piece[..<bytes]), at: byteOffset + start)
    read += frames
    return frames
  }

  func decode(_ place: SignalPlace, from start: Int, into samples: UnsafeMutableBufferPointer<Int32>) {
    guard let bytes = piece.baseAddress else { return }
    Format.decode(bytes, place, frameLength: frameLength, from: start, into: samples)
  }
}

/// Bytes of a signal file that are in memory at a time.
private let pieceByteCount = 96 << 10
