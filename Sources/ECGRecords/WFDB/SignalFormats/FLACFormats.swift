import CFLAC

/// Format 508: samples of up to 8 bits, compressed as a FLAC stream with one channel per signal.
enum Format508: FLACFormat {
  static let number = 508
  static let bitCount = 8
}

/// Format 516: samples of up to 16 bits, compressed as a FLAC stream with one channel per signal.
enum Format516: FLACFormat {
  static let number = 516
  static let bitCount = 16
}

/// Format 524: samples of up to 24 bits, compressed as a FLAC stream with one channel per signal.
enum Format524: FLACFormat {
  static let number = 524
  static let bitCount = 24
}

/// A FLAC stream (RFC 9639) that holds all signals of a group, sampled equally fast. What header(5) calls a byte offset
/// counts samples here, as a compressed sample has no byte of its own.
protocol FLACFormat: SignalFormat {}

extension FLACFormat {
  static func open(
    _ path: String, _ group: SignalGroup, promised: Int?
  ) throws(RecordError) -> any SignalFile {
    try FLACSignalFile(path, group, promised: promised, bitCount: bitCount)
  }
}

/// An open FLAC stream; it holds one block of it in memory.
private final class FLACSignalFile: SignalFile {
  private(set) var frameCount = 0
  private let file: FileReader
  private let channelCount: Int
  private let samplesPerFrame: Int
  private let bitCount: Int
  private let decoder: UnsafeMutablePointer<FLAC__StreamDecoder>
  /// Where the decoder reads on in the file.
  private var position = 0
  /// Samples to leave out at the beginning.
  private var skipped: Int
  private var read = 0

  /// Decoded samples, channel by channel: a present piece of whole frames and what has been decoded beyond it.
  private let samples: UnsafeMutablePointer<Int32>
  /// Room for each channel: a part of a frame and a block.
  private let capacity: Int
  private var decoded = 0
  private var present = 0
  /// Samples per channel as the stream's header says, 0 where it does not. Nil before that has been read.
  private var sampleCount: Int?
  /// What went wrong within libFLAC's calls to us.
  private var failure: RecordError?

  private static let largestBlock = 65_535

  init(_ path: String, _ group: SignalGroup, promised: Int?, bitCount: Int) throws(RecordError) {
    file = try FileReader(path)
    channelCount = group.places.count
    samplesPerFrame = group.places[0].samplesPerFrame
    self.bitCount = bitCount
    skipped = group.byteOffset
    let samplesPerFrame = samplesPerFrame
    guard group.places.allSatisfy({ $0.samplesPerFrame == samplesPerFrame }) else {
      throw .unsupported(file: file.name, what: "signals of one FLAC file have different numbers of samples per frame")
    }
    guard channelCount <= 8 else {
      throw .unsupported(file: file.name, what: "\(channelCount) signals; a FLAC file has at most 8")
    }
    guard let decoder = FLAC__stream_decoder_new() else {
      throw .unreadable(file: file.name, reason: "there is not enough memory for a FLAC decoder")
    }
    self.decoder = decoder
    capacity = samplesPerFrame + Self.largestBlock
    samples = .allocate(capacity: capacity * channelCount)
    try open(promised: promised)
  }

  deinit {
    FLAC__stream_decoder_delete(decoder)
    samples.deallocate()
  }

  var byteCount: Int { file.byteCount }

  private func open(promised: Int?) throws(RecordError) {
    let status = FLAC__stream_decoder_init_stream(
      decoder,
      { _, buffer, count, client in FLACSignalFile.of(client).provide(buffer!, count!) },
      nil, nil, nil, nil,
      { _, frame, channels, client in FLACSignalFile.of(client).take(frame!.pointee.header, channels!) },
      { _, metadata, client in FLACSignalFile.of(client).describe(metadata!.pointee) },
      { _, status, client in FLACSignalFile.of(client).damaged(status) },
      Unmanaged.passUnretained(self).toOpaque())
    guard status == FLAC__STREAM_DECODER_INIT_STATUS_OK,
      FLAC__stream_decoder_process_until_end_of_metadata(decoder) != 0, failure == nil, let total = sampleCount
    else { throw failure ?? .unsupported(file: file.name, what: "is no FLAC stream") }
    if let promised {
      let (needed, overflow) = promised.multipliedReportingOverflow(by: samplesPerFrame)
      guard !overflow, total == 0 || needed <= total - skipped else { throw tooShort(total, promised) }
      frameCount = promised
    } else {
      guard total > 0 else {
        throw .unsupported(file: file.name, what: "neither the header nor the FLAC stream says how long it is")
      }
      frameCount = max(total - skipped, 0) / samplesPerFrame
    }
  }

  func next() throws(RecordError) -> Int {
    // What was decoded beyond the last piece goes to the beginning.
    for channel in 0..<channelCount {
      (samples + channel * capacity).update(from: samples + channel * capacity + present, count: decoded - present)
    }
    decoded -= present
    present = 0
    guard read < frameCount else { return 0 }
    while decoded < samplesPerFrame {
      let isFine = FLAC__stream_decoder_process_single(decoder) != 0
      if let failure { throw failure }
      let state = FLAC__stream_decoder_get_state(decoder)
      if state == FLAC__STREAM_DECODER_END_OF_STREAM, decoded < samplesPerFrame {
        throw tooShort(read * samplesPerFrame + decoded, frameCount)
      }
      guard isFine else {
        throw .unsupported(file: file.name, what: "the FLAC stream is damaged; fetch the file again")
      }
    }
    let frames = min(decoded / samplesPerFrame, frameCount - read)
    present = frames * samplesPerFrame
    read += frames
    return frames
  }

  func decode(_ place: SignalPlace, from start: Int, into output: UnsafeMutableBufferPointer<Int32>) {
    output.baseAddress?.update(from: samples + place.position * capacity + start, count: output.count)
  }

  private func check(channels: UInt32, bits: UInt32) throws(RecordError) {
    guard channels == channelCount else {
      throw .unsupported(file: file.name, what: "\(channels) channels, the header promises \(channelCount) signals")
    }
    guard bits <= bitCount else {
      throw .unsupported(file: file.name, what: "samples of \(bits) bits, the header's format has at most \(bitCount)")
    }
  }

  private func tooShort(_ found: Int, _ promised: Int) -> RecordError {
    let (samples, overflow) = promised.multipliedReportingOverflow(by: samplesPerFrame)
    return .tooFewSamples(file: file.name, found: found, promised: overflow ? .max : samples)
  }

  // MARK: - What libFLAC calls

  private static func of(_ client: UnsafeMutableRawPointer?) -> FLACSignalFile {
    Unmanaged.fromOpaque(client!).takeUnretainedValue()
  }

  private func provide(
    _ buffer: UnsafeMutablePointer<UInt8>, _ count: UnsafeMutablePointer<Int>
  ) -> FLAC__StreamDecoderReadStatus {
    do {
      count.pointee = try file.readSome(.init(start: buffer, count: count.pointee), at: position)
    } catch {
      failure = error
      return FLAC__STREAM_DECODER_READ_STATUS_ABORT
    }
    position += count.pointee
    return count.pointee == 0
      ? FLAC__STREAM_DECODER_READ_STATUS_END_OF_STREAM : FLAC__STREAM_DECODER_READ_STATUS_CONTINUE
  }

  private func describe(_ metadata: FLAC__StreamMetadata) {
    guard metadata.type == FLAC__METADATA_TYPE_STREAMINFO else { return }
    let stream = metadata.data.stream_info
    do {
      try check(channels: stream.channels, bits: stream.bits_per_sample)
      sampleCount = Int(clamping: stream.total_samples)
    } catch {
      failure = error
    }
  }

  private func take(
    _ header: FLAC__FrameHeader, _ channels: UnsafePointer<UnsafePointer<Int32>?>
  ) -> FLAC__StreamDecoderWriteStatus {
    let count = Int(header.blocksize)
    do {
      try check(channels: header.channels, bits: header.bits_per_sample)
    } catch {
      failure = error
    }
    let left = min(skipped, count)
    guard failure == nil, decoded + count - left <= capacity else { return FLAC__STREAM_DECODER_WRITE_STATUS_ABORT }
    for channel in 0..<channelCount {
      guard let block = channels[channel] else { return FLAC__STREAM_DECODER_WRITE_STATUS_ABORT }
      (samples + channel * capacity + decoded).update(from: block + left, count: count - left)
    }
    decoded += count - left
    skipped -= left
    return FLAC__STREAM_DECODER_WRITE_STATUS_CONTINUE
  }

  private func damaged(_ status: FLAC__StreamDecoderErrorStatus) {
    failure = .unsupported(
      file: file.name, what: "the FLAC stream is damaged near byte \(position); fetch the file again")
  }
}
