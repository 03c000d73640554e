extension WFDBHeader {
  /// The leads of a record of `frameCount` frames at this header's rate. `signals` describe them: this header's own, or
  /// those of a segment.
  ///
  /// - Throws: `RecordError.tooLarge` when their samples cannot be counted.
  func leadDescriptions(_ signals: [Signal], frameCount: Int, file: String) throws(RecordError) -> [LeadDescription] {
    var leads: [LeadDescription] = []
    for signal in signals {
      let (samples, overflow) = frameCount.multipliedReportingOverflow(by: signal.samplesPerFrame)
      guard !overflow else { throw .tooLarge(file: file, samples: .max, bytes: 0) }
      leads.append(
        LeadDescription(
          name: signal.description, unit: signal.unit, samplingRate: frameRate * Double(signal.samplesPerFrame),
          sampleCount: samples))
    }
    return leads
  }
}

/// The folder of a file, with the stroke at its end; empty for the current one.
func folderPart(of path: String) -> String { path.lastIndex(of: "/").map { String(path[...$0]) } ?? "" }
