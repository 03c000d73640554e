import Foundation

/// Reads a WFDB record: the header and, of its signal files, what is needed.
///
/// Values become millivolts (signals in V, uV and nV are converted); samples that the format marks as missing become NaN.
/// A header without a number of samples is read up to the end of its shortest signal file.
///
/// - Parameters:
///   - header: the `.hea` file.
///   - lead: the lead to read; nil reads all.
///   - verifying: compare the first sample and the checksum with the header's. A header whose checksum is 0 was written
///     without one (its initial values are often stale, too) and is not compared; nor is one that leaves the number of
///     samples open.
/// - Throws: `RecordError`.
public func readWFDB(
  header url: URL, lead: LeadChoice? = nil, verifying: Bool = true
) throws(RecordError) -> Recording {
  let path = url.path
  return try readSignals(of: WFDBHeader(path: path), path: path, lead: lead, verifying: verifying)
}

/// Reads what a header describes; `path` is the header's.
func readSignals(
  of header: WFDBHeader, path: String, lead: LeadChoice?, verifying: Bool
) throws(RecordError) -> Recording {
  let names = header.signals.map(\.description)
  var chosen = names.indices
  if let lead {
    guard let position = lead.position(in: names) else {
      throw .noSuchLead(file: shortName(path), choice: lead, available: names)
    }
    chosen = position..<position + 1
  }

  let samplesPerFrame = header.signals[chosen.lowerBound].samplesPerFrame
  guard header.signals[chosen].allSatisfy({ $0.samplesPerFrame == samplesPerFrame }) else {
    throw .differentRates(file: shortName(path))
  }

  let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
  var files: [SignalFile] = []
  for group in try groups(of: header, path: path) where group.signals.overlaps(chosen) {
    files.append(try SignalFile(group, header: header, folder: folder))
  }
  let frameCount = files.map(\.frameCount).min() ?? 0
  guard frameCount > 0 else { throw .empty(file: shortName(files.first?.path ?? path)) }

  var leads: [Lead] = []
  for file in files {
    for index in chosen.clamped(to: file.group.signals) {
      leads.append(try file.lead(index, of: header, frameCount: frameCount, verifying: verifying))
    }
  }
  return Recording(
    samplingRate: header.frameRate * Double(samplesPerFrame), leads: leads, comments: header.comments,
    date: header.date)
}

/// The signals that share a signal file; they follow each other in the header.
private struct SignalGroup {
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
private struct SignalFile {
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

  /// Decodes one signal piece by piece: stored values, checksum, millivolts.
  func lead(
    _ index: Int, of header: WFDBHeader, frameCount: Int, verifying: Bool
  ) throws(RecordError) -> Lead {
    let signal = header.signals[index]
    let unitsPerMillivolt = try scale(of: signal)
    let place = SignalPlace(
      first: group.starts[index - group.signals.lowerBound], samplesPerFrame: signal.samplesPerFrame,
      frameLength: group.frameLength)
    let conversion = Conversion(
      baseline: Double(signal.baseline), stepsPerMillivolt: signal.gain * unitsPerMillivolt,
      missing: format.missing)

    var totals = Totals()
    var samples = [Float](unsafeUninitializedCapacity: frameCount * signal.samplesPerFrame) { samples, count in
      count = frameCount * signal.samplesPerFrame
      data.withBytes(from: group.byteOffset) { bytes in
        var decoder = format.init(bytes: bytes, place: place)
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: pieceLength) { piece in
          var start = 0
          while start < count {
            let length = min(pieceLength, count - start)
            let values = UnsafeMutableBufferPointer(rebasing: piece[..<length])
            decoder.decode(into: values)
            if start == 0 { totals.first = values[0] }
            totals.sum &+= conversion.millivolts(from: values, to: .init(rebasing: samples[start..<start + length]))
            start += length
          }
        }
      }
    }
    if verifying, header.frameCount != nil { try verify(signal, totals) }

    if signal.skew > 0 {
      let late = min(signal.skew * signal.samplesPerFrame, samples.count)
      samples.removeFirst(late)
      samples.append(contentsOf: repeatElement(.nan, count: late))
    }
    return Lead(name: signal.description, samples: samples)
  }

  private struct Totals {
    var first: Int32 = 0
    var sum: Int32 = 0
  }

  private func verify(_ signal: WFDBHeader.Signal, _ totals: Totals) throws(RecordError) {
    guard let checksum = signal.checksum, checksum != 0 else { return }
    if let initial = signal.initialValue, initial != Int(totals.first) {
      throw .wrongInitialValue(
        file: shortName(path), signal: signal.description, found: Int(totals.first), promised: initial)
    }
    let sum = Int16(truncatingIfNeeded: totals.sum)
    guard sum == Int16(truncatingIfNeeded: checksum) else {
      throw .wrongChecksum(file: shortName(path), signal: signal.description, found: Int(sum), promised: checksum)
    }
  }

  /// How many of the signal's units make a millivolt.
  private func scale(of signal: WFDBHeader.Signal) throws(RecordError) -> Double {
    switch signal.unit.lowercased() {
    case "mv", "": 1
    case "v": 1e-3
    case "uv", "\u{B5}v", "\u{3BC}v": 1e3
    case "nv": 1e6
    default: throw .notAVoltage(file: shortName(path), signal: signal.description, unit: signal.unit)
    }
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
