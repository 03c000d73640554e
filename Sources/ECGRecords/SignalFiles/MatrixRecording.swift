/// A matrix of numbers in a file, taken as a recording in millivolts: leads along one axis, samples along the other.
struct MatrixRecording: RecordingFile {
  /// Where the numbers lie and how they are stored.
  struct Storage {
    var type: NumberType
    var isBigEndian: Bool
    /// Of the first number, in bytes from the start of the file.
    var offset: Int
    /// Numbers from one lead to the next and from one sample to the next.
    var leadStride: Int
    var sampleStride: Int
  }

  var name: String { file.name }
  let leads: [LeadDescription]
  let comments: [String] = []
  let date: RecordingDate? = nil
  private let file: FileReader
  private let storage: Storage

  /// A matrix whose numbers follow each other column by column (`columnMajor`) or row by row. The leads lie along the
  /// shorter axis; a square has samples as rows.
  ///
  /// - Throws: `RecordError.truncated` when the file is too short for it.
  init(
    _ file: FileReader, rows: Int, columns: Int, columnMajor: Bool, type: NumberType, bigEndian: Bool,
    offset: Int, samplingRate: Double
  ) throws(RecordError) {
    guard let needed = Self.byteCount(rows: rows, columns: columns, type: type) else {
      throw .truncated(file: file.name, bytes: file.byteCount, promised: .max)
    }
    guard offset <= file.byteCount, needed <= file.byteCount - offset else {
      let (promised, overflow) = offset.addingReportingOverflow(needed)
      throw .truncated(file: file.name, bytes: file.byteCount, promised: overflow ? .max : promised)
    }
    let samplesAreRows = rows >= columns
    let leadsAreApart = samplesAreRows == columnMajor
    let (leadCount, sampleCount) = samplesAreRows ? (columns, rows) : (rows, columns)
    storage = Storage(
      type: type, isBigEndian: bigEndian, offset: offset, leadStride: leadsAreApart ? sampleCount : 1,
      sampleStride: leadsAreApart ? 1 : leadCount)
    leads = Array(
      repeating: LeadDescription(name: "", samplingRate: samplingRate, sampleCount: sampleCount), count: leadCount)
    self.file = file
  }

  /// Nil when that is more than a file can have.
  static func byteCount(rows: Int, columns: Int, type: NumberType) -> Int? {
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    let (size, overflowInBytes) = count.multipliedReportingOverflow(by: type.size)
    return overflow || overflowInBytes ? nil : size
  }

  func stream(lead: Int, verifying: Bool) -> any LeadStream { stream(lead, FileWindow(file)) }

  private func stream(_ lead: Int, _ window: FileWindow) -> Stream {
    Stream(
      window: window, storage: storage, sampleCount: leads[lead].sampleCount,
      first: storage.offset + lead * storage.leadStride * storage.type.size)
  }

  func read(leads chosen: Range<Int>, verifying: Bool) throws(RecordError) -> [Lead] {
    let shared = FileWindow(file)
    let alternate = storage.sampleStride > 1
    return try readTogether(
      chosen.map { stream($0, alternate ? shared : FileWindow(file)) }, names: leads[chosen].map(\.name),
      sampleCount: leads[chosen].first?.sampleCount ?? 0,
      step: alternate ? shared.size / (storage.sampleStride * storage.type.size) - 1 : 1 << 14)
  }

  private struct Stream: LeadStream {
    let window: FileWindow
    let storage: Storage
    let sampleCount: Int
    let first: Int
    var position = 0

    mutating func next(_ buffer: UnsafeMutableBufferPointer<Float>) throws(RecordError) -> Int {
      let count = min(buffer.count, sampleCount - position)
      var filled = 0
      while filled < count { filled += try fill(.init(rebasing: buffer[filled..<count])) }
      return filled
    }

    /// Fills the start of `output`, as much as one piece of the file has; returns how much that is.
    private mutating func fill(_ output: UnsafeMutableBufferPointer<Float>) throws(RecordError) -> Int {
      let size = storage.type.size
      let stride = storage.sampleStride * size
      let bytes = try window.bytes(at: first + position * stride, least: size)
      let count = min(output.count, (bytes.count - size) / stride + 1)
      let samples = UnsafeMutableBufferPointer(rebasing: output[..<count])
      storage.type.convert(bytes.baseAddress!, stride: stride, bigEndian: storage.isBigEndian, to: samples)
      var isInfinite: UInt32 = 0
      for k in samples.indices { isInfinite |= samples[k].bitPattern & 0x7FFF_FFFF == 0x7F80_0000 ? 1 : 0 }
      guard isInfinite == 0 else {
        throw .unsupported(file: window.file.name, what: "infinite values, so these are hardly millivolts")
      }
      position += count
      return count
    }
  }
}
