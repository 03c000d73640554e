import ECGCore
import ECGRecords
import ECGSignal

/// Finds the R peaks of one lead of an opened recording. `RPeakMethod.beatPath` reads it piece by piece, so that a day's
/// recording takes no more memory than a minute's.
///
/// - Throws: `RecordError` when the recording cannot be read, `WorkflowError.signal` when no peaks can be sought in it.
public func findRPeaks(in file: any RecordingFile, lead: LeadChoice, method: RPeakMethod) throws -> FoundRPeaks {
  let chosen = try file.chosen(lead)
  do {
    switch method {
    case .beatPath: return try beatPath(chosen.file, lead: chosen.lead)
    case .panTompkins: return try panTompkins(file, lead: lead)
    }
  } catch let error as Status {
    throw WorkflowError.signal(recording: file.name, reason: error.message)
  }
}

private func beatPath(_ file: any RecordingFile, lead: Int) throws -> FoundRPeaks {
  let description = file.leads[lead]
  var stream = try file.stream(lead: lead, verifying: true)
  let memory = AlignedMemory(byteCount: try RPeakDetector.memorySize(samplingRate: description.samplingRate))
  var arena = memory.arena()
  var detector = try RPeakDetector(samplingRate: description.samplingRate, arena: &arena)
  var found = FoundRPeaks(
    lead: description.name, samplingRate: description.samplingRate, sampleCount: 0, positions: [], confidence: [])
  var isEmpty = true
  func take(_ peak: RPeak) {
    found.positions.append(Int(peak.position))
    found.confidence?.append(peak.confidence)
  }

  let piece = UnsafeMutableBufferPointer<Float>.allocate(capacity: 8192)
  defer { piece.deallocate() }
  while true {
    let count = try stream.next(piece)
    for sample in piece[..<count] {
      if !MissingSamples.isMissing(sample) { isEmpty = false }
      detector.push(sample)
      while let peak = detector.next() { take(peak) }
    }
    found.sampleCount += count
    if count < piece.count { break }
  }
  detector.finish()
  while let peak = detector.next() { take(peak) }
  if isEmpty { throw Status.missingSamples }
  return found
}

private func panTompkins(_ file: any RecordingFile, lead: LeadChoice) throws -> FoundRPeaks {
  let recording = try file.read(lead: lead)
  var samples = recording.leads[0].samples
  var bridged = samples.mutableSpan
  try MissingSamples.bridge(&bridged)
  let detector = try PanTompkins(samplingRate: recording.samplingRate)
  let memory = AlignedMemory(byteCount: try detector.scratchSize(sampleCount: samples.count))
  var arena = memory.arena()
  var peaks = [Int](repeating: 0, count: detector.largestPeakCount(samples.count))
  var span = peaks.mutableSpan
  let count = try detector.detect(samples.span, into: &span, arena: &arena)
  return FoundRPeaks(
    lead: recording.leads[0].name, samplingRate: recording.samplingRate, sampleCount: samples.count,
    positions: Array(peaks[..<count]))
}
