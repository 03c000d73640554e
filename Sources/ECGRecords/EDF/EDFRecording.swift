import Foundation

/// An opened EDF, EDF+ or BDF file.
struct EDFRecording: RecordingFile {
  var name: String { file.name }
  let leads: [LeadDescription]
  var date: RecordingDate? { header.date }

  private let file: FileReader
  private let header: EDFHeader
  /// The signals that are leads.
  private let signals: [EDFHeader.Signal]
  private let recordCount: Int
  /// Stretches without a gap.
  private let stretches: [Stretch]

  /// Data records that follow each other in time.
  private struct Stretch {
    var firstRecord: Int
    var recordCount: Int
    /// Seconds from the start of the first record of the file.
    var start: Double

    func end(_ recordDuration: Double) -> Double { start + Double(recordCount) * recordDuration }
  }

  /// - Throws: `RecordError.badField`, `.truncated`, `.unsupported`.
  init(_ file: FileReader) throws(RecordError) {
    header = try EDFHeader(file)
    self.file = file
    signals = header.signals.filter { !$0.isAnnotations }
    let available = header.recordSize > 0 ? (file.byteCount - header.size) / header.recordSize : 0
    recordCount = header.recordCount ?? available
    guard recordCount <= available else {
      let (needed, overflow) = recordCount.multipliedReportingOverflow(by: header.recordSize)
      let (promised, overflowInAll) = needed.addingReportingOverflow(header.size)
      throw .truncated(
        file: file.name, bytes: file.byteCount, promised: overflow || overflowInAll ? .max : promised)
    }
    stretches =
      header.isDiscontinuous
      ? try Self.stretches(header, Self.annotationWindow(file, header), recordCount: recordCount)
      : [Stretch(firstRecord: 0, recordCount: recordCount, start: 0)]

    let last = stretches.last
    leads = signals.map { [header, recordCount] signal in
      let rate = header.recordDuration > 0 ? Double(signal.sampleCount) / header.recordDuration : 0
      let count =
        header.isDiscontinuous
        ? last.map { Int(($0.start * rate).rounded()) + $0.recordCount * signal.sampleCount } ?? 0
        : recordCount * signal.sampleCount
      return LeadDescription(name: signal.label, unit: signal.unit, samplingRate: rate, sampleCount: count)
    }
  }

  // MARK: Time

  /// Finds the gaps of a discontinuous file: the first annotation list of every data record tells when it began (2.2.4).
  private static func stretches(
    _ header: EDFHeader, _ window: FileWindow, recordCount: Int
  ) throws(RecordError) -> [Stretch] {
    guard let signal = header.signals.first(where: \.isAnnotations) else {
      throw .badField(
        file: header.file, byte: 192, field: "kind of EDF", found: "EDF+D",
        expected: "a signal \"EDF Annotations\" with it, to tell the time of each data record")
    }
    let signals = header.signals.filter { !$0.isAnnotations }
    let fastest = signals.map { Double($0.sampleCount) / max(header.recordDuration, .leastNormalMagnitude) }.max() ?? 0
    // Deviations below half a sample of the fastest signal are no gaps.
    let tolerance = fastest > 0 ? 0.5 / fastest : 0
    var stretches: [Stretch] = []
    var first = 0.0
    for record in 0..<recordCount {
      let offset = header.size + record * header.recordSize + signal.offset
      let lists = try annotations(window, signal, offset, header)
      func bad(_ found: String, _ expected: String) -> RecordError {
        .badField(
          file: header.file, byte: offset, field: "time of data record \(record)", found: found, expected: expected)
      }
      guard let onset = lists.first?.onset, abs(onset) < 1e12 else { throw bad("", "an annotation list such as +12.5") }
      if record == 0 { first = onset }
      let start = onset - first
      let expected = stretches.last?.end(header.recordDuration) ?? 0
      if start < expected - tolerance {
        throw bad("\(onset) s", "at least \(expected + first) s, when the one before ends")
      }
      if stretches.isEmpty || start > expected + tolerance {
        stretches.append(Stretch(firstRecord: record, recordCount: 1, start: start))
      } else {
        stretches[stretches.count - 1].recordCount += 1
      }
    }

    // Gaps are filled, so their length must be bounded: it comes from the file.
    let stored = Double(recordCount) * header.recordDuration
    let length = stretches.last?.end(header.recordDuration) ?? 0
    guard (length - stored) * fastest <= max(Double(longestGaps), 9 * stored * fastest) else {
      throw .unsupported(
        file: header.file,
        what: "\(Int(stored)) s of signal with gaps of \(length - stored) s between; cut it into parts")
    }
    return stretches
  }

  /// How many missing samples a lead may have however short the signal is: a day at 1,000 Hz.
  private static let longestGaps = 86_400_000

  /// The annotations' texts with their times, which are read when somebody asks for them.
  var comments: [String] {
    let window = Self.annotationWindow(file, header)
    var comments: [String] = []
    for record in 0..<recordCount {
      for signal in header.signals where signal.isAnnotations {
        let offset = header.size + record * header.recordSize + signal.offset
        guard let lists = try? Self.annotations(window, signal, offset, header) else { return comments }
        for list in lists { comments += list.texts.map { "\(list.onset) s: \($0)" } }
      }
    }
    return comments
  }

  /// Holds all annotations of a data record.
  private static func annotationWindow(_ file: FileReader, _ header: EDFHeader) -> FileWindow {
    let longest = header.signals.filter(\.isAnnotations).map(\.sampleCount).max() ?? 0
    return FileWindow(file, size: max(1 << 16, longest * header.variant.sampleSize))
  }

  /// The annotation lists in one data record.
  private static func annotations(
    _ window: FileWindow, _ signal: EDFHeader.Signal, _ offset: Int, _ header: EDFHeader
  ) throws(RecordError) -> [EDFAnnotationList] {
    let size = signal.sampleCount * header.variant.sampleSize
    let bytes = try window.bytes(at: offset, least: size)
    return EDFAnnotationList.all(in: .init(rebasing: bytes[..<size]))
  }

  // MARK: Samples

  func stream(lead: Int, verifying: Bool) throws(RecordError) -> any LeadStream {
    try stream(lead, FileWindow(file))
  }

  func read(leads chosen: Range<Int>, verifying: Bool) throws(RecordError) -> [Lead] {
    let window = FileWindow(file)
    var streams: [Stream] = []
    for lead in chosen { streams.append(try stream(lead, window)) }
    let records = max(1, window.size / max(header.recordSize, 1))
    return try readTogether(
      streams, names: leads[chosen].map(\.name), sampleCount: leads[chosen].first?.sampleCount ?? 0,
      step: records * (signals[chosen].first?.sampleCount ?? 1))
  }

  private func stream(_ lead: Int, _ window: FileWindow) throws(RecordError) -> Stream {
    let signal = signals[lead]
    guard let scale = millivolts(perUnit: signal.unit) else {
      throw .notAVoltage(file: name, signal: signal.label, unit: signal.unit)
    }
    return Stream(
      window: window, recording: self, signal: signal,
      calibration: try Calibration(signal, millivoltsPerUnit: scale, file: name),
      samplingRate: leads[lead].samplingRate, sampleCount: leads[lead].sampleCount)
  }

  /// From stored values to millivolts.
  private struct Calibration {
    /// Millivolts per step.
    let gain: Double
    let digitalMinimum: Double
    let physicalMinimum: Double

    init(_ signal: EDFHeader.Signal, millivoltsPerUnit: Double, file: String) throws(RecordError) {
      digitalMinimum = try signal.digitalMinimum.number(file)
      let physicalMinimum = try signal.physicalMinimum.number(file)
      let digitalRange = try signal.digitalMaximum.number(file) - digitalMinimum
      guard digitalRange != 0 else { throw signal.digitalMaximum.bad("another number than the digital minimum", file) }
      let physicalRange = try signal.physicalMaximum.number(file) - physicalMinimum
      guard physicalRange != 0 else {
        throw signal.physicalMaximum.bad("another number than the physical minimum", file)
      }
      gain = physicalRange / digitalRange * millivoltsPerUnit
      self.physicalMinimum = physicalMinimum * millivoltsPerUnit
      // Samples become 32-bit floats; a sample has up to 24 bits. Written so that "not a number" is refused, too.
      let largest = (0x1p23 + abs(digitalMinimum)) * abs(gain) + abs(self.physicalMinimum)
      guard largest < Double(Float.greatestFiniteMagnitude) else {
        throw signal.physicalMaximum.bad("a range of values that 32-bit floats can hold", file)
      }
    }
  }

  private struct Stream: LeadStream {
    let window: FileWindow
    let recording: EDFRecording
    let signal: EDFHeader.Signal
    let calibration: Calibration
    let samplingRate: Double
    let sampleCount: Int
    var position = 0
    var stretch = 0

    mutating func next(_ buffer: UnsafeMutableBufferPointer<Float>) throws(RecordError) -> Int {
      let count = min(buffer.count, sampleCount - position)
      var filled = 0
      while filled < count {
        let length = try fill(.init(rebasing: buffer[filled..<count]))
        filled += length
        position += length
      }
      return count
    }

    /// Fills the start of `output`, as much as lies in one data record or gap; returns how much that is.
    private mutating func fill(_ output: UnsafeMutableBufferPointer<Float>) throws(RecordError) -> Int {
      let stretches = recording.stretches
      func start(_ stretch: Int) -> Int { Int((stretches[stretch].start * samplingRate).rounded()) }
      // A stretch may reach a fraction of a sample into the next one's place, which then begins that much later.
      while stretch + 1 < stretches.count, position >= start(stretch + 1) { stretch += 1 }
      let within = position - start(stretch)
      let end = stretch + 1 < stretches.count ? start(stretch + 1) - start(stretch) : Int.max
      let (record, sample) = within.quotientAndRemainder(dividingBy: signal.sampleCount)
      guard record < stretches[stretch].recordCount else {
        let length = min(output.count, end - within)
        output[..<length].update(repeating: .nan)
        return length
      }
      let header = recording.header
      let size = header.variant.sampleSize
      let offset =
        header.size + (stretches[stretch].firstRecord + record) * header.recordSize + signal.offset + sample * size
      let bytes = try window.bytes(at: offset, least: size)
      let length = min(output.count, signal.sampleCount - sample, end - within, bytes.count / size)
      decode(bytes.baseAddress!, to: .init(rebasing: output[..<length]))
      return length
    }

    private func decode(_ bytes: UnsafeRawPointer, to output: UnsafeMutableBufferPointer<Float>) {
      let (gain, digitalMinimum, physicalMinimum) =
        (calibration.gain, calibration.digitalMinimum, calibration.physicalMinimum)
      switch recording.header.variant {
      case .edf:
        for k in output.indices {
          let stored = Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: k &* 2, as: Int16.self))
          output[k] = Float((Double(stored) - digitalMinimum) * gain + physicalMinimum)
        }
      case .bdf:
        for k in output.indices {
          let low = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: k &* 3, as: UInt16.self))
          let high = bytes.loadUnaligned(fromByteOffset: k &* 3 &+ 2, as: Int8.self)
          let stored = Int32(high) << 16 | Int32(low)
          output[k] = Float((Double(stored) - digitalMinimum) * gain + physicalMinimum)
        }
      }
    }
  }
}
