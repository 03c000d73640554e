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

  let name: String
  let leads: [LeadDescription]
  let comments: [String] = []
  let date: RecordingDate? = nil
  private let bytes: FileBytes
  private let storage: Storage

  /// A matrix whose numbers follow each other column by column (`columnMajor`) or row by row. The leads lie along the
  /// shorter axis; a square has samples as rows.
  ///
  /// - Throws: `RecordError.truncated` when the file is too short for it.
  init(
    _ bytes: FileBytes, name: String, rows: Int, columns: Int, columnMajor: Bool, type: NumberType, bigEndian: Bool,
    offset: Int, samplingRate: Double
  ) throws(RecordError) {
    guard let needed = Self.byteCount(rows: rows, columns: columns, type: type) else {
      throw .truncated(file: name, bytes: bytes.count, promised: .max)
    }
    guard offset <= bytes.count, needed <= bytes.count - offset else {
      let (promised, overflow) = offset.addingReportingOverflow(needed)
      throw .truncated(file: name, bytes: bytes.count, promised: overflow ? .max : promised)
    }
    let samplesAreRows = rows >= columns
    let leadsAreApart = samplesAreRows == columnMajor
    let (leadCount, sampleCount) = samplesAreRows ? (columns, rows) : (rows, columns)
    storage = Storage(
      type: type, isBigEndian: bigEndian, offset: offset, leadStride: leadsAreApart ? sampleCount : 1,
      sampleStride: leadsAreApart ? 1 : leadCount)
    leads = Array(
      repeating: LeadDescription(name: "", samplingRate: samplingRate, sampleCount: sampleCount), count: leadCount)
    self.bytes = bytes
    self.name = name
  }

  /// Nil when that is more than a file can have.
  static func byteCount(rows: Int, columns: Int, type: NumberType) -> Int? {
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    let (size, overflowInBytes) = count.multipliedReportingOverflow(by: type.size)
    return overflow || overflowInBytes ? nil : size
  }

  func stream(lead: Int, verifying: Bool) -> any LeadStream {
    Stream(
      bytes: bytes, storage: storage, file: name, sampleCount: leads[lead].sampleCount,
      first: storage.offset + lead * storage.leadStride * storage.type.size)
  }

  private struct Stream: LeadStream {
    let bytes: FileBytes
    let storage: Storage
    let file: String
    let sampleCount: Int
    let first: Int
    var position = 0

    mutating func next(_ buffer: UnsafeMutableBufferPointer<Float>) throws(RecordError) -> Int {
      let count = min(buffer.count, sampleCount - position)
      guard count > 0 else { return 0 }
      let stride = storage.sampleStride * storage.type.size
      let output = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
      bytes.withBytes(from: first + position * stride) {
        storage.type.convert($0.baseAddress!, stride: stride, bigEndian: storage.isBigEndian, to: output)
      }
      var largest: Float = 0
      for k in output.indices { largest = max(largest, abs(output[k])) }
      guard largest < .infinity else {
        throw .unsupported(file: file, what: "infinite values, so these are hardly millivolts")
      }
      position += count
      return count
    }
  }
}
