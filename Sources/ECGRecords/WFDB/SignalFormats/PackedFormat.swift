/// A format in which every sample's place in the file follows from its number.
protocol PackedFormat: SignalFormat {
  /// So many samples fill so many bytes; formats that pack samples across bytes have more than one.
  static var samplesPerCell: Int { get }
  static var bytesPerCell: Int { get }
  /// The bytes of a cell that has only so many samples, at the end of a file.
  static func byteCount(partialCell samples: Int) -> Int
  /// The sample with this number, all signals counted.
  static func sample(_ bytes: UnsafeRawPointer, at index: Int) -> Int32
  /// Decodes every `stride`-th sample from the one with number `first` on. A requirement, so that its loops are compiled
  /// for each format by itself.
  static func decode(
    _ bytes: UnsafeRawPointer, every stride: Int, from first: Int, into samples: UnsafeMutableBufferPointer<Int32>)
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
    try PackedSignalFile(Self.self, path, group, promised: promised)
  }

  @inline(__always)
  static func decode(
    _ bytes: UnsafeRawPointer, every stride: Int, from first: Int, into samples: UnsafeMutableBufferPointer<Int32>
  ) {
    // Strides that the compiler knows let it vectorise the loop.
    switch stride {
    case 1: for k in samples.indices { samples[k] = sample(bytes, at: first &+ k) }
    case 2: for k in samples.indices { samples[k] = sample(bytes, at: first &+ k &* 2) }
    default: for k in samples.indices { samples[k] = sample(bytes, at: first &+ k &* stride) }
    }
  }
}

/// A signal file in a packed format. It holds a piece of the file in memory, small enough for the processor's cache.
final class PackedSignalFile: SignalFile {
  private let format: any PackedFormat.Type
  let frameCount: Int
  private let file: FileReader
  private let frameLength: Int
  private let byteOffset: Int
  private let piece: UnsafeMutableRawBufferPointer
  private let framesPerPiece: Int
  private var read = 0

  init(
    _ format: any PackedFormat.Type, _ path: String, _ group: SignalGroup, promised: Int?
  ) throws(RecordError) {
    self.format = format
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
      let needed = overflow ? nil : format.byteCount(samples: samples)
      guard let needed, needed <= available else {
        let total = needed?.addingReportingOverflow(byteOffset)
        throw .truncated(
          file: file.name, bytes: file.byteCount, promised: total.map { $0.overflow ? .max : $0.partialValue } ?? .max)
      }
      frameCount = promised
    } else {
      frameCount = format.sampleCount(bytes: available) / frameLength
    }
    // Pieces begin with a frame and with a cell. A frame that is longer than a piece is read as a whole.
    let cells = max(pieceByteCount / format.bytesPerCell / frameLength, 1)
    framesPerPiece = min(cells * format.samplesPerCell, frameCount)
    let bytes = format.byteCount(samples: framesPerPiece * frameLength) ?? 0
    piece = .allocate(byteCount: max(bytes, 1), alignment: 16)
  }

  deinit { piece.deallocate() }

  var byteCount: Int { file.byteCount }

  func next() throws(RecordError) -> Int {
    let frames = min(framesPerPiece, frameCount - read)
    guard frames > 0, let start = format.byteCount(samples: read * frameLength),
      let bytes = format.byteCount(samples: frames * frameLength)
    else { return 0 }
    try file.read(UnsafeMutableRawBufferPointer(rebasing: piece[..<bytes]), at: byteOffset + start)
    read += frames
    return frames
  }

  func decode(_ place: SignalPlace, from start: Int, into samples: UnsafeMutableBufferPointer<Int32>) {
    guard let bytes = piece.baseAddress else { return }
    let perFrame = place.samplesPerFrame
    if perFrame == frameLength {
      format.decode(bytes, every: 1, from: start, into: samples)
    } else if perFrame == 1 {
      format.decode(bytes, every: frameLength, from: place.first &+ start &* frameLength, into: samples)
    } else {
      var done = 0
      while done < samples.count {
        let (frame, within) = (start &+ done).quotientAndRemainder(dividingBy: perFrame)
        let count = min(perFrame &- within, samples.count &- done)
        format.decode(
          bytes, every: 1, from: frame &* frameLength &+ place.first &+ within,
          into: .init(rebasing: samples[done..<done + count]))
        done += count
      }
    }
  }
}

/// Bytes of a signal file that are in memory at a time.
private let pieceByteCount = 96 << 10
