import Foundation

/// Opens a recording of any format that is known, found out from the content.
///
/// A WFDB record may be named by its header, by its name without `.hea`, or by its signal file (`.dat`, `.mat`).
///
/// - Parameter samplingRate: hertz, for files that do not carry it; the others' own counts.
/// - Throws: `RecordError`.
public func openRecording(_ url: URL, samplingRate: Double? = nil) throws(RecordError) -> any RecordingFile {
  let url = headerOrItself(url)
  let head = try FileHead(url)
  guard let format = recordingFormats.first(where: { $0.recognises(head) }) else {
    throw .unknownFormat(file: shortName(url.path), known: recordingFormats.map { $0.name })
  }
  return try format.open(head, samplingRate: samplingRate)
}

/// Reads a recording into memory.
///
/// - Parameters:
///   - samplingRate: hertz, for files that do not carry it; the others' own counts.
///   - lead: the lead to read; nil reads all, which must have one sampling rate.
///   - verifying: compare the samples with what the header says of them, where the format has that.
/// - Throws: `RecordError`.
public func readRecording(
  _ url: URL, samplingRate: Double? = nil, lead: LeadChoice? = nil, verifying: Bool = true
) throws(RecordError) -> Recording {
  try openRecording(url, samplingRate: samplingRate).read(lead: lead, verifying: verifying)
}

extension RecordingFile {
  /// The lead that a choice means: its place in this recording, or the difference of two ("V5-V1", unless a lead is called so).
  ///
  /// - Throws: `RecordError.noSuchLead`, or `.differentRates` for two that were not sampled alike.
  public func chosen(_ choice: LeadChoice) throws(RecordError) -> (file: any RecordingFile, lead: Int) {
    let names = leads.map(\.name)
    if let position = choice.position(in: names) { return (self, position) }
    guard let (first, second) = choice.difference(in: names) else {
      throw .noSuchLead(file: name, choice: choice, available: names)
    }
    return (try LeadDifference(self, first, minus: second), 0)
  }

  /// Reads into memory the chosen lead, or all when none is chosen; those must have one sampling rate.
  ///
  /// - Throws: `RecordError`, `.noSuchLead`, `.differentRates` and `.empty` among them.
  public func read(lead: LeadChoice? = nil, verifying: Bool = true) throws(RecordError) -> Recording {
    var (file, wanted): (any RecordingFile, Range<Int>) = (self, leads.indices)
    if let lead {
      let chosen = try chosen(lead)
      (file, wanted) = (chosen.file, chosen.lead..<chosen.lead + 1)
    }
    let leads = file.leads[wanted]
    guard let samplingRate = leads.first?.samplingRate else { throw .empty(file: name) }
    guard leads.allSatisfy({ $0.samplingRate == samplingRate }) else { throw .differentRates(file: name) }
    let read = try file.read(leads: wanted, verifying: verifying)
    guard read.contains(where: { !$0.samples.isEmpty }) else { throw .empty(file: name) }
    return Recording(samplingRate: samplingRate, leads: read, comments: comments, date: date)
  }
}

/// The header of a WFDB record that is named without `.hea` or by its signal file; otherwise the file itself.
func headerOrItself(_ url: URL) -> URL {
  func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }
  if ["dat", "mat"].contains(url.pathExtension.lowercased()) {
    let header = url.deletingPathExtension().appendingPathExtension("hea")
    return exists(header) ? header : url
  }
  let header = url.appendingPathExtension("hea")
  return !exists(url) && exists(header) ? header : url
}
