import Foundation

/// WFDB records: a header file and the signal files that it names.
///
/// Values become millivolts (signals in V, uV and nV are converted); samples that the format marks as missing become NaN.
/// A header without a number of samples is read up to the end of its shortest signal file. A header whose checksum is 0
/// was written without one (its initial values are often stale, too) and is not verified; nor is one that leaves the
/// number of samples open.
enum WFDBFormat: RecordingFormat {
  static let name = "WFDB"

  /// A header has a record line and then a line for each signal. A file called `.hea` is one in any case, so that what
  /// is wrong in it gets told.
  static func recognises(_ head: FileHead) -> Bool {
    if head.fileExtension == "hea" { return true }
    let lines = head.lines.filter { !$0.hasPrefix("#") }.prefix(2).map { $0.split(whereSeparator: \.isWhitespace) }
    guard head.isText, lines.count == 2, lines[0].count >= 2, lines[1].count >= 2 else { return false }
    return Double(lines[0][0]) == nil && Int(lines[0][1]) != nil && Int(lines[1][1].prefix { $0.isNumber }) != nil
  }

  static func open(_ url: URL, samplingRate: Double?) throws(RecordError) -> any RecordingFile {
    try WFDBRecord(header: WFDBHeader(path: url.path), path: url.path)
  }
}

/// An opened WFDB record.
struct WFDBRecord: RecordingFile {
  let name: String
  let leads: [LeadDescription]
  private let header: WFDBHeader
  private let frameCount: Int
  /// A signal file that cannot be read stands in the way of its own signals only.
  private let files: [(signals: Range<Int>, file: Result<SignalFile, RecordError>)]

  var comments: [String] { header.comments }
  var date: RecordingDate? { header.date }

  /// `path` is the header's.
  init(header: WFDBHeader, path: String) throws(RecordError) {
    name = shortName(path)
    self.header = header
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
    files = try groups(of: header, path: path).map { group in
      (group.signals, Result { () throws(RecordError) in try SignalFile(group, header: header, folder: folder) })
    }
    let frameCount = files.compactMap { try? $0.file.get().frameCount }.min() ?? 0
    self.frameCount = frameCount
    leads = header.signals.map {
      LeadDescription(
        name: $0.description, unit: $0.unit, samplingRate: header.frameRate * Double($0.samplesPerFrame),
        sampleCount: frameCount * $0.samplesPerFrame)
    }
  }

  func stream(lead: Int, verifying: Bool) throws(RecordError) -> any LeadStream {
    let file = try files.first { $0.signals.contains(lead) }!.file.get()
    guard frameCount > 0 else { throw .empty(file: shortName(file.path)) }
    return try WFDBStream(
      file, signal: header.signals[lead], index: lead, frameCount: frameCount,
      verifying: verifying && header.frameCount != nil)
  }
}

/// The signals that share a signal file; they follow each other in the header.
private struct SignalGroup: Sendable {
  var file: String
  var format: Int
  var byteOffset: Int
  var signals: Range<Int>
  /// Where in a frame each signal's samples begin.
  var starts: [Int]
  /// Samples of all of them in a frame.
  var frameLength: Int
}

private func groups(of header: WFDBHeader, path: String) throws(RecordError) -> [SignalGroup] {
  var groups: [SignalGroup] = []
  var seen: Set<String> = []
  for (index, signal) in header.signals.enumerated() {
    let last = groups.count - 1
    if last >= 0, groups[last].file == signal.file {
      guard groups[last].format == signal.format, groups[last].byteOffset == signal.byteOffset else {
        throw .unsupported(
          file: shortName(path), what: "\(signal.file) is said to have several formats or byte offsets")
      }
      groups[last].signals = groups[last].signals.lowerBound..<index + 1
      groups[last].starts.append(groups[last].frameLength)
      groups[last].frameLength += signal.samplesPerFrame
    } else {
      guard seen.insert(signal.file).inserted else {
        throw .unsupported(
          file: shortName(path), what: "the signals of \(signal.file) are not listed one after the other")
      }
      groups.append(
        SignalGroup(
          file: signal.file, format: signal.format, byteOffset: signal.byteOffset, signals: index..<index + 1,
          starts: [0], frameLength: signal.samplesPerFrame))
    }
  }
  return groups
}

/// An open signal file that is known to hold `frameCount` frames.
private struct SignalFile: Sendable {
  let group: SignalGroup
  let format: any SignalFormat.Type
  let path: String
  let data: FileBytes
  let frameCount: Int

  init(_ group: SignalGroup, header: WFDBHeader, folder: Substring) throws(RecordError) {
    self.group = group
    path = folder + group.file
    guard let format = signalFormats.first(where: { $0.number == group.format }) else {
      let known = signalFormats.map { "\($0.number)" }.joined(separator: ", ")
      throw .unsupported(
        file: shortName(path), what: "is stored in format \(group.format), which cannot be read; readable are \(known)")
    }
    self.format = format
    data = try FileBytes(path)
    guard data.count >= group.byteOffset else {
      throw .truncated(file: shortName(path), bytes: data.count, promised: group.byteOffset)
    }
    let available = data.count - group.byteOffset
    guard let promised = header.frameCount else {
      frameCount = format.sampleCount(bytes: available) / group.frameLength
      return
    }
    // Compare before anything is allocated: the header may promise any number.
    let (samples, overflow) = promised.multipliedReportingOverflow(by: group.frameLength)
    guard !overflow, let needed = format.byteCount(samples: samples), needed <= available else {
      let needed = overflow ? nil : format.byteCount(samples: samples)
      let promised = needed.map { $0.addingReportingOverflow(group.byteOffset) }
      let total = promised.map { $0.overflow ? Int.max : $0.partialValue } ?? Int.max
      throw .truncated(file: shortName(path), bytes: data.count, promised: total)
    }
    frameCount = promised
  }

  func verify(_ signal: WFDBHeader.Signal, _ totals: Totals) throws(RecordError) {
    guard let checksum = signal.checksum, checksum != 0 else { return }
    if let initial = signal.initialValue, let first = totals.first, initial != Int(first) {
      throw .wrongInitialValue(
        file: shortName(path), signal: signal.description, found: Int(first), promised: initial)
    }
    let sum = Int16(truncatingIfNeeded: totals.sum)
    guard sum == Int16(truncatingIfNeeded: checksum) else {
      throw .wrongChecksum(file: shortName(path), signal: signal.description, found: Int(sum), promised: checksum)
    }
  }

  /// How many of the signal's units make a millivolt.
  func scale(of signal: WFDBHeader.Signal) throws(RecordError) -> Double {
    switch signal.unit.lowercased() {
    case "mv", "": 1
    case "v": 1e-3
    case "uv", "\u{B5}v", "\u{3BC}v": 1e3
    case "nv": 1e6
    default: throw .notAVoltage(file: shortName(path), signal: signal.description, unit: signal.unit)
    }
  }
}

private struct Totals {
  var first: Int32?
  var sum: Int32 = 0
}

/// Decodes one signal piece by piece: stored values, checksum, millivolts.
private struct WFDBStream: LeadStream {
  private let file: SignalFile
  private let signal: WFDBHeader.Signal
  private let conversion: Conversion
  private let verifying: Bool
  private var decoder: any SignalFormat
  private var totals = Totals()
  private var left: Int
  /// Samples that skew takes from the start and that are missing at the end.
  private var skipped: Int
  private var missing: Int

  init(
    _ file: SignalFile, signal: WFDBHeader.Signal, index: Int, frameCount: Int, verifying: Bool
  ) throws(RecordError) {
    self.file = file
    self.signal = signal
    self.verifying = verifying
    let place = SignalPlace(
      first: file.group.starts[index - file.group.signals.lowerBound], samplesPerFrame: signal.samplesPerFrame,
      frameLength: file.group.frameLength)
    conversion = Conversion(
      baseline: Double(signal.baseline), stepsPerMillivolt: signal.gain * (try file.scale(of: signal)),
      missing: file.format.missing)
    // The decoder reads from the file's bytes, which live as long as `file`.
    decoder = file.data.withBytes(from: file.group.byteOffset) { file.format.init(bytes: $0, place: place) }
    left = frameCount * signal.samplesPerFrame
    skipped = min(signal.skew * signal.samplesPerFrame, left)
    missing = skipped
  }

  mutating func next(_ buffer: UnsafeMutableBufferPointer<Float>) throws(RecordError) -> Int {
    while skipped > 0 {
      let count = withUnsafeTemporaryAllocation(of: Float.self, capacity: pieceLength) { piece in
        decode(UnsafeMutableBufferPointer(rebasing: piece[..<min(pieceLength, skipped)]))
      }
      skipped -= count
    }
    var filled = 0
    while filled < buffer.count, left > 0 {
      filled += decode(UnsafeMutableBufferPointer(rebasing: buffer[filled..<min(buffer.count, filled + pieceLength)]))
    }
    if left == 0, verifying { try file.verify(signal, totals) }
    while filled < buffer.count, missing > 0 {
      buffer[filled] = .nan
      filled += 1
      missing -= 1
    }
    return filled
  }

  /// Decodes at most `pieceLength` samples into `buffer`; returns how many.
  private mutating func decode(_ buffer: UnsafeMutableBufferPointer<Float>) -> Int {
    let count = min(buffer.count, left)
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: pieceLength) { piece in
      let values = UnsafeMutableBufferPointer(rebasing: piece[..<count])
      decoder.decode(into: values)
      if totals.first == nil { totals.first = values.first }
      totals.sum &+= conversion.millivolts(from: values, to: buffer)
    }
    left -= count
    return count
  }
}

/// Samples decoded at a time; small enough to stay in the nearest cache.
private let pieceLength = 2048

/// From stored values to millivolts.
private struct Conversion {
  let baseline: Double
  let stepsPerMillivolt: Double
  let missing: Int32?

  /// Whether `Float` is enough to give the same result: stored values of 16 bits less the baseline are exact in it.
  private var fitsFloat: Bool { abs(baseline) < 0x1p23 && Double(Float(stepsPerMillivolt)) == stepsPerMillivolt }

  /// Returns the sum of the stored values, modulo 2³².
  func millivolts(
    from values: UnsafeMutableBufferPointer<Int32>, to samples: UnsafeMutableBufferPointer<Float>
  ) -> Int32 {
    var sum: Int32 = 0
    // No format whose samples fill 32 bits lacks a value for missing ones.
    let missing = missing ?? .min
    if fitsFloat {
      let (baseline, steps) = (Float(baseline), Float(stepsPerMillivolt))
      for k in values.indices {  // over indices, since loops over elements are not vectorised
        let value = values[k]
        sum &+= value
        let sample = (Float(value) - baseline) / steps
        samples[k] = value == missing ? .nan : sample
      }
    } else {
      for k in values.indices {
        let value = values[k]
        sum &+= value
        let sample = Float((Double(value) - baseline) / stepsPerMillivolt)
        samples[k] = value == missing ? .nan : sample
      }
    }
    return sum
  }
}
