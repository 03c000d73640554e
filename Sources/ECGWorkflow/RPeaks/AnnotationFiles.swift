import ECGRecords
import Foundation

/// What the annotations of a WFDB record count, in hertz: frames of its header; nil when there is no header beside them.
/// A lead that is sampled faster than the frames has several samples for each.
///
/// - Parameter base: the record's path without `.hea`.
public func annotationRate(ofRecord base: URL) -> Double? {
  try? WFDBHeader(contentsOf: base.appendingPathExtension("hea")).frameRate
}

/// Reads the beats of a record's annotation file, as positions in a lead.
///
/// - Parameters:
///   - url: the annotation file.
///   - frameRate: the record's; the file's own time resolution counts before it.
///   - samplingRate: the lead's, in hertz.
/// - Throws: `RecordError`.
public func readReferenceBeats(
  _ url: URL, frameRate: Double?, samplingRate: Double
) throws(RecordError) -> ReferenceBeats {
  let file = try AnnotationFile(contentsOf: url)
  return ReferenceBeats(
    file.annotations, annotationRate: file.samplingRate ?? frameRate ?? samplingRate, samplingRate: samplingRate)
}

/// Writes peaks as a WFDB annotation file. Where the record's header does not count what the positions count, the file
/// says so.
///
/// - Throws: `RecordError.unwritable`.
public func writeAnnotations(_ peaks: FoundRPeaks, frameRate: Double?, to url: URL) throws(RecordError) {
  try writeAnnotations(
    peaks.annotations, samplingRate: frameRate == peaks.samplingRate ? nil : peaks.samplingRate, to: url)
}
