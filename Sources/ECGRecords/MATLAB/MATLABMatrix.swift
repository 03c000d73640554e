/// The header of one matrix in a MATLAB file of version 4.
struct MATLABMatrix {
  enum Kind: Int {
    case numbers = 0
    case text = 1
    case sparse = 2
  }

  var name: String
  /// Nil for numbers of computers that are no more (VAX, Cray).
  var type: NumberType?
  var isBigEndian: Bool
  var kind: Kind
  var isComplex: Bool
  var rows: Int
  var columns: Int
  /// Of the first number, in bytes from the start of the file; numbers follow each other column by column.
  var dataOffset: Int
  private var numberSize: Int

  /// Five numbers of four bytes, and a name.
  static let longestHeader = 20 + longestName
  private static let longestName = 256

  /// - Parameters:
  ///   - header: the bytes from the header on.
  ///   - offset: where it begins in the file.
  init(_ header: [UInt8], at offset: Int, file: String) throws(RecordError) {
    func bad(_ field: String, _ index: Int, _ found: some CustomStringConvertible, _ expected: String) -> RecordError {
      .badField(file: file, byte: offset + 4 * index, field: field, found: "\(found)", expected: expected)
    }
    guard header.count >= 20 else { throw .truncated(file: file, bytes: offset + header.count, promised: offset + 20) }
    func number(_ index: Int, bigEndian: Bool) -> Int {
      let value = header.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self) }
      return Int(bigEndian ? Int32(bigEndian: value) : Int32(littleEndian: value))
    }

    // The first number has the digits MOPT: machine, zero, type of the numbers, kind of matrix. In the wrong byte order
    // it is none of these.
    let littleEndian = number(0, bigEndian: false)
    isBigEndian = !(0...4999).contains(littleEndian)
    let mopt = number(0, bigEndian: isBigEndian)
    let (machine, zero, precision, kindNumber) = (mopt / 1000, mopt / 100 % 10, mopt / 10 % 10, mopt % 10)
    let types: [NumberType] = [.float64, .float32, .int32, .int16, .uint16, .uint8]
    guard (0...4999).contains(mopt), zero == 0, types.indices.contains(precision),
      let kind = Kind(rawValue: kindNumber),
      machine >= 2 || (machine == 1) == isBigEndian
    else {
      throw bad("type of the matrix", 0, mopt, "the digits machine, 0, numbers (0 to 5), kind (0 to 2)")
    }
    self.kind = kind
    type = machine >= 2 ? nil : types[precision]
    numberSize = types[precision].size

    rows = number(1, bigEndian: isBigEndian)
    guard rows >= 0 else { throw bad("number of rows", 1, rows, "0 or more") }
    columns = number(2, bigEndian: isBigEndian)
    guard columns >= 0 else { throw bad("number of columns", 2, columns, "0 or more") }
    let imaginary = number(3, bigEndian: isBigEndian)
    guard imaginary == 0 || imaginary == 1 else { throw bad("mark of complex numbers", 3, imaginary, "0 or 1") }
    isComplex = imaginary == 1
    let length = number(4, bigEndian: isBigEndian)
    guard (1...Self.longestName).contains(length) else {
      throw bad("length of the name", 4, length, "from 1 to \(Self.longestName)")
    }
    dataOffset = offset + 20 + length
    guard header.count >= 20 + length else {
      throw .truncated(file: file, bytes: offset + header.count, promised: dataOffset)
    }
    // It ends in a zero, which some writers leave out.
    let letters = header[20..<20 + length].prefix { $0 != 0 }
    guard !letters.isEmpty, letters.allSatisfy({ $0 > 32 && $0 < 127 }) else {
      throw bad("name", 5, String(decoding: letters, as: UTF8.self), "letters, digits and underscores")
    }
    name = String(decoding: letters, as: UTF8.self)
  }

  /// Numbers in it, imaginary parts not counted; rows and columns have 31 bits each.
  var count: Int { rows * columns }

  /// Where the next matrix begins; nil when that is beyond any file.
  var end: Int? {
    let (size, overflow) = count.multipliedReportingOverflow(by: numberSize * (isComplex ? 2 : 1))
    let (end, overflowAtEnd) = dataOffset.addingReportingOverflow(size)
    return overflow || overflowAtEnd ? nil : end
  }

  var isReal: Bool { kind == .numbers && !isComplex }

  var isSamplingRate: Bool {
    let names = ["fs", "rate", "samplingrate", "samplerate", "samplingfrequency"]
    return isReal && type != nil && count == 1
      && names.contains(name.lowercased().filter { $0 != "_" })
  }

  func firstNumber(_ file: FileReader) throws(RecordError) -> Double {
    guard let type else { return 0 }
    let bytes = try file.bytes(at: dataOffset, count: numberSize)
    return bytes.withUnsafeBytes { bytes in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: 1) { value in
        type.convert(bytes.baseAddress!, stride: numberSize, bigEndian: isBigEndian, to: value)
        return Double(value[0])
      }
    }
  }

  /// What it is, for messages.
  var summary: String {
    switch (kind, type) {
    case (.text, _): "text"
    case (.sparse, _): "sparse"
    case (_, nil): "numbers of a VAX or Cray"
    default: "\(rows) x \(columns)\(isComplex ? ", complex" : "")"
    }
  }
}
