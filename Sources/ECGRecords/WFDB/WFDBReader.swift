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
  let header = try WFDBHeader(contentsOf: url)
  let names = header.signals.map(\.description)
  let chosen: [Int]
  if let lead {
    guard let position = lead.position(in: names) else {
      throw .noSuchLead(file: shortName(url), choice: lead, available: names)
    }
    chosen = [position]
  } else {
    chosen = Array(names.indices)
  }

  let samplesPerFrame = header.signals[chosen[0]].samplesPerFrame
  guard chosen.allSatisfy({ header.signals[$0].samplesPerFrame == samplesPerFrame }) else {
    throw .differentRates(file: shortName(url))
  }

  var files: [SignalFile] = []
  for group in try groups(of: header, file: shortName(url)) where chosen.contains(where: group.signals.contains) {
    files.append(try SignalFile(group, header: header, folder: url.deletingLastPathComponent()))
  }
  let frameCount = files.map(\.frameCount).min() ?? 0
  guard frameCount > 0 else { throw .empty(file: files.first?.name ?? shortName(url)) }

  var leads: [Lead] = []
  for file in files {
    for index in chosen where file.group.signals.contains(index) {
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
  /// Samples of all of them in a frame.
  var frameLength: Int
}

private func groups(of header: WFDBHeader, file: String) throws(RecordError) -> [SignalGroup] {
  var groups: [SignalGroup] = []
  for (index, signal) in header.signals.enumerated() {
    if let last = groups.last, last.file == signal.file {
      guard last.format == signal.format, last.byteOffset == signal.byteOffset else {
        throw .unsupported(file: file, what: "\(signal.file) is said to have several formats or byte offsets")
      }
      groups[groups.count - 1].signals = last.signals.lowerBound..<index + 1
      groups[groups.count - 1].frameLength += signal.samplesPerFrame
    } else {
      guard !groups.contains(where: { $0.file == signal.file }) else {
        throw .unsupported(file: file, what: "the signals of \(signal.file) are not listed one after the other")
      }
      groups.append(
        SignalGroup(
          file: signal.file, format: signal.format, byteOffset: signal.byteOffset, signals: index..<index + 1,
          frameLength: signal.samplesPerFrame))
    }
  }
  return groups
}

/// An open signal file that is known to hold `frameCount` frames.
private struct SignalFile {
  let group: SignalGroup
  let format: any SignalFormat.Type
  let name: String
  let data: Data
  let frameCount: Int

  init(_ group: SignalGroup, header: WFDBHeader, folder: URL) throws(RecordError) {
    let url = folder.appending(path: group.file)
    self.group = group
    name = shortName(url)
    guard let format = signalFormats.first(where: { $0.number == group.format }) else {
      let known = signalFormats.map { "\($0.number)" }.joined(separator: ", ")
      throw .unsupported(
        file: name, what: "is stored in format \(group.format), which cannot be read; readable are \(known)")
    }
    self.format = format
    data = try mapFile(url)
    guard data.count >= group.byteOffset else {
      throw .truncated(file: name, bytes: data.count, promised: group.byteOffset)
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
      throw .truncated(file: name, bytes: data.count, promised: total)
    }
    frameCount = promised
  }

  /// Decodes one signal piece by piece: stored values, checksum, millivolts.
  func lead(
    _ index: Int, of header: WFDBHeader, frameCount: Int, verifying: Bool
  ) throws(RecordError) -> Lead {
    let signal = header.signals[index]
    let unitsPerMillivolt = try scale(of: signal)
    let first = header.signals[group.signals.lowerBound..<index].reduce(0) { $0 + $1.samplesPerFrame }
    let place = SignalPlace(first: first, samplesPerFrame: signal.samplesPerFrame, frameLength: group.frameLength)
    let conversion = Conversion(
      baseline: Double(signal.baseline), stepsPerMillivolt: signal.gain * unitsPerMillivolt,
      missing: format.missing)

    var totals = Totals()
    var samples = [Float](unsafeUninitializedCapacity: frameCount * signal.samplesPerFrame) { samples, count in
      count = frameCount * signal.samplesPerFrame
      data.withUnsafeBytes { bytes in
        var decoder = format.init(bytes: .init(rebasing: bytes[group.byteOffset...]), place: place)
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
        file: name, signal: signal.description, found: Int(totals.first), promised: initial)
    }
    let sum = Int16(truncatingIfNeeded: totals.sum)
    guard sum == Int16(truncatingIfNeeded: checksum) else {
      throw .wrongChecksum(file: name, signal: signal.description, found: Int(sum), promised: checksum)
    }
  }

  /// How many of the signal's units make a millivolt.
  private func scale(of signal: WFDBHeader.Signal) throws(RecordError) -> Double {
    switch signal.unit.lowercased() {
    case "mv", "": 1
    case "v": 1e-3
    case "uv", "\u{B5}v", "\u{3BC}v": 1e3
    case "nv": 1e6
    default: throw .notAVoltage(file: name, signal: signal.description, unit: signal.unit)
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

  /// Returns the sum of the stored values, modulo 2³².
  func millivolts(from values: UnsafeMutableBufferPointer<Int32>, to samples: UnsafeMutableBufferPointer<Float>)
    -> Int32
  {
    var sum: Int32 = 0
    var missingCount = 0
    let missing = missing ?? .min
    for k in values.indices {
      let value = values[k]
      sum &+= value
      missingCount &+= value == missing ? 1 : 0
      samples[k] = Float((Double(value) - baseline) / stepsPerMillivolt)
    }
    if self.missing != nil, missingCount > 0 {
      for k in values.indices where values[k] == missing { samples[k] = .nan }
    }
    return sum
  }
}
