/// A WFDB record that joins ordinary ones, its segments, one after the other, with gaps between them perhaps.
///
/// With a fixed layout all segments have the same signals. With a variable layout the first segment has no samples and
/// describes signals that the others have or lack, found by their names; gains may differ from segment to segment. The
/// samples of gaps, and of signals that a segment lacks, are missing (NaN).
struct WFDBMultiSegmentRecord: RecordingFile {
  let name: String
  let leads: [LeadDescription]
  let comments: [String]
  let date: RecordingDate?
  private let header: WFDBHeader
  private let folder: String
  private let hasVariableLayout: Bool
  /// Of each lead.
  private let samplesPerFrame: [Int]

  /// `path` is the header's.
  init(header: WFDBHeader, path: String) throws(RecordError) {
    let name = shortName(path)
    self.name = name
    self.header = header
    folder = folderPart(of: path)
    hasVariableLayout = header.segments.first?.frameCount == 0 && header.segments.first?.record != nil
    guard let describing = header.segments.lazy.compactMap(\.record).first else { throw .empty(file: name) }
    let described = try Self.segmentHeader(describing, folder: folder, of: name)

    leads = try header.leadDescriptions(described.signals, frameCount: header.frameCount ?? 0, file: name)
    samplesPerFrame = described.signals.map(\.samplesPerFrame)
    comments = header.comments.isEmpty ? described.comments : header.comments
    date = header.date ?? described.date
  }

  func stream(lead: Int, verifying: Bool) -> any LeadStream {
    WFDBMultiSegmentStream(record: self, lead: lead, verifying: verifying)
  }

  func read(leads chosen: Range<Int>, verifying: Bool) throws(RecordError) -> [Lead] {
    // Look at all segments before anything is allocated: the header may promise any number.
    var records: [String: WFDBRecord] = [:]
    var bytes = 0
    for segment in header.segments where segment.frameCount > 0 {
      guard let name = segment.record, records[name] == nil, let record = try record(of: segment) else { continue }
      records[name] = record
      var signals: [Int] = []
      for lead in chosen { if let signal = try signal(of: lead, in: record) { signals.append(signal) } }
      bytes = bytes.addingReportingOverflow(try record.byteCount(of: signals)).partialValue
    }
    try requirePlausible(samples: leads[chosen].map(\.sampleCount), bytes: bytes, file: name)

    var columns = Array(repeating: [Float](), count: chosen.count)
    for (column, lead) in chosen.enumerated() { columns[column].reserveLarge(leads[lead].sampleCount) }
    for segment in header.segments where segment.frameCount > 0 {
      var present: [(column: Int, signal: Int)] = []
      let record = segment.record.flatMap { records[$0] }
      if let record { try check(record, segment) }
      for (column, lead) in chosen.enumerated() {
        if let record, let signal = try signal(of: lead, in: record) {
          present.append((column, signal))
        } else {
          columns[column].append(contentsOf: repeatElement(.nan, count: segment.frameCount * samplesPerFrame[lead]))
        }
      }
      if let record { try record.append(present, verifying: verifying, to: &columns) }
    }
    return zip(chosen, columns).map { Lead(name: leads[$0].name, samples: $1) }
  }

  /// Nil for a gap.
  fileprivate func record(of segment: WFDBHeader.Segment) throws(RecordError) -> WFDBRecord? {
    guard let record = segment.record else { return nil }
    let opened = try WFDBRecord(
      header: Self.segmentHeader(record, folder: folder, of: name), path: "\(folder)\(record).hea")
    try check(opened, segment)
    return opened
  }

  private func check(_ record: WFDBRecord, _ segment: WFDBHeader.Segment) throws(RecordError) {
    guard record.frameCount == segment.frameCount else {
      throw .unsupported(
        file: record.name, what: "\(record.frameCount) samples per signal, \(name) says \(segment.frameCount)")
    }
    guard abs(record.header.frameRate - header.frameRate) <= 1e-6 * header.frameRate else {
      throw .unsupported(file: record.name, what: "\(record.header.frameRate) Hz, \(name) says \(header.frameRate)")
    }
  }

  /// Which of a segment's signals a lead is; nil if the segment lacks it.
  fileprivate func signal(of lead: Int, in record: WFDBRecord) throws(RecordError) -> Int? {
    let signals = record.header.signals
    let index = hasVariableLayout ? signals.firstIndex { $0.description == leads[lead].name } : lead
    guard let index else { return nil }
    guard index < signals.count else {
      throw .unsupported(file: record.name, what: "\(signals.count) signals, other segments of \(name) have more")
    }
    guard signals[index].samplesPerFrame == samplesPerFrame[lead] else {
      throw .unsupported(
        file: record.name,
        what: "signal \(index) has \(signals[index].samplesPerFrame) samples per frame, in other segments"
          + " \(samplesPerFrame[lead])")
    }
    return index
  }

  fileprivate var segments: [WFDBHeader.Segment] { header.segments }

  fileprivate func sampleCount(of segment: WFDBHeader.Segment, lead: Int) -> Int {
    segment.frameCount * samplesPerFrame[lead]
  }

  private static func segmentHeader(
    _ record: String, folder: String, of name: String
  ) throws(RecordError) -> WFDBHeader {
    let header = try WFDBHeader(path: "\(folder)\(record).hea")
    guard header.segments.isEmpty else {
      throw .unsupported(file: name, what: "its segment \(record) has segments itself, which header(5) does not allow")
    }
    return header
  }
}

/// The samples of one lead, segment after segment; one segment is open at a time.
private struct WFDBMultiSegmentStream: LeadStream {
  let record: WFDBMultiSegmentRecord
  let lead: Int
  let verifying: Bool
  private var segment = 0
  private var stream: WFDBStream?
  /// Samples of a gap that are still to be delivered.
  private var gap = 0

  init(record: WFDBMultiSegmentRecord, lead: Int, verifying: Bool) {
    self.record = record
    self.lead = lead
    self.verifying = verifying
  }

  mutating func next(_ buffer: UnsafeMutableBufferPointer<Float>) throws(RecordError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let rest = UnsafeMutableBufferPointer(rebasing: buffer[filled...])
      if gap > 0 {
        let count = min(gap, rest.count)
        for k in 0..<count { rest[k] = .nan }
        gap -= count
        filled += count
      } else if let count = try stream?.next(rest) {
        filled += count
        if count < rest.count { stream = nil }
      } else if segment < record.segments.count {
        try open(record.segments[segment])
        segment += 1
      } else {
        break
      }
    }
    return filled
  }

  private mutating func open(_ segment: WFDBHeader.Segment) throws(RecordError) {
    guard segment.frameCount > 0 else { return }
    if let opened = try record.record(of: segment), let signal = try record.signal(of: lead, in: opened) {
      stream = try opened.signalStream(signal, verifying: verifying)
    } else {
      gap = record.sampleCount(of: segment, lead: lead)
    }
  }
}
