import ECGCore
import ECGRecords
import ECGSignal

/// The detectors that can be chosen; the raw values are the names that people type.
public enum RPeakMethod: String, Sendable, CaseIterable {
  /// Pan and Tompkins 1985 (`PanTompkins`); the lead has to fit in memory.
  case panTompkins = "pan-tompkins"
}

/// Finds the R peaks of one lead of an opened recording.
///
/// - Throws: `RecordError` when the recording cannot be read, `WorkflowError.signal` when no peaks can be sought in it.
public func findRPeaks(in file: any RecordingFile, lead: LeadChoice, method: RPeakMethod) throws -> FoundRPeaks {
  let recording = try file.read(lead: lead)
  do throws(Status) {
    let positions = try panTompkins(recording.leads[0].samples, samplingRate: recording.samplingRate)
    return FoundRPeaks(
      lead: recording.leads[0].name, samplingRate: recording.samplingRate, sampleCount: recording.sampleCount,
      positions: positions)
  } catch {
    throw WorkflowError.signal(recording: file.name, reason: error.message)
  }
}

private func panTompkins(_ samples: [Float], samplingRate: Double) throws(Status) -> [Int] {
  var samples = samples
  var bridged = samples.mutableSpan
  try MissingSamples.bridge(&bridged)
  let detector = try PanTompkins(samplingRate: samplingRate)
  let memory = AlignedMemory(byteCount: try detector.scratchSize(sampleCount: samples.count))
  var arena = memory.arena()
  var peaks = [Int](repeating: 0, count: detector.largestPeakCount(samples.count))
  var span = peaks.mutableSpan
  let count = try detector.detect(samples.span, into: &span, arena: &arena)
  return Array(peaks[..<count])
}
