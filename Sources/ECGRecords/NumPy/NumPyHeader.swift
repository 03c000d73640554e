/// What an `.npy` header says: `{'descr': '<f4', 'fortran_order': False, 'shape': (5000, 12), }`.
struct NumPyHeader {
  var type = NumberType.float32
  var isBigEndian = false
  var isColumnMajor = false
  var shape: [Int] = []

  /// - Parameter offset: where the text begins in the file, in bytes, for errors.
  init(_ text: [UInt8], offset: Int, file: String) throws(RecordError) {
    var literal = PythonLiteral(text, offset: offset, file: file)
    var missing: Set<String> = ["descr", "fortran_order", "shape"]
    try literal.expect("{")
    while !literal.skip("}") {
      let start = literal.byte
      let key = try literal.string("key")
      try literal.expect(":")
      guard missing.remove(key) != nil else {
        throw .badField(
          file: file, byte: start, field: "key", found: key, expected: "descr, fortran_order and shape, once each")
      }
      switch key {
      case "descr": try readType(&literal, file: file)
      case "fortran_order": isColumnMajor = try literal.bool(key)
      default: shape = try literal.tuple(key)
      }
      if !literal.skip(",") {
        try literal.expect("}")
        break
      }
    }
    if let key = missing.sorted().first {
      throw .badField(file: file, byte: literal.byte, field: key, found: "", expected: "a value for it in the header")
    }
  }

  private mutating func readType(_ literal: inout PythonLiteral, file: String) throws(RecordError) {
    guard !literal.isNext("[") else {
      throw .unsupported(file: file, what: "an array of records; save the field with the signal as an array of its own")
    }
    let start = literal.byte
    let description = try literal.string("descr")
    guard !description.contains("O") else {
      throw .unsupported(
        file: file, what: "an array of pickled Python objects; save it as numbers (array.astype('float32'))")
    }
    let known: [String: NumberType] = [
      "i1": .int8, "u1": .uint8, "i2": .int16, "u2": .uint16, "i4": .int32, "u4": .uint32, "i8": .int64, "u8": .uint64,
      "f2": .float16, "f4": .float32, "f8": .float64,
    ]
    guard let order = description.first, "<>|=".contains(order), let type = known[String(description.dropFirst())]
    else {
      throw .badField(
        file: file, byte: start, field: "type of the numbers", found: description,
        expected: "real numbers: i1 to i8, u1 to u8, f2, f4 or f8")
    }
    self.type = type
    isBigEndian = order == ">"
  }
}

/// The few kinds of Python literals that such a header has.
private struct PythonLiteral {
  private let text: [UInt8]
  private let offset: Int
  private let file: String
  private var position = 0

  init(_ text: [UInt8], offset: Int, file: String) {
    self.text = text
    self.offset = offset
    self.file = file
  }

  /// Where the next token begins in the file.
  var byte: Int { offset + (text[position...].firstIndex { !isBlank($0) } ?? text.count) }

  private func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

  func isNext(_ mark: Unicode.Scalar) -> Bool {
    let place = byte - offset
    return place < text.count && text[place] == UInt8(ascii: mark)
  }

  mutating func skip(_ mark: Unicode.Scalar) -> Bool {
    guard isNext(mark) else { return false }
    position = byte - offset + 1
    return true
  }

  mutating func expect(_ mark: Unicode.Scalar) throws(RecordError) {
    guard skip(mark) else { throw bad("header", "the mark \(mark)") }
  }

  mutating func string(_ field: String) throws(RecordError) -> String {
    for quote: Unicode.Scalar in ["'", "\""] where skip(quote) {
      guard let end = text[position...].firstIndex(of: UInt8(ascii: quote)) else { break }
      defer { position = end + 1 }
      return String(decoding: text[position..<end], as: UTF8.self)
    }
    throw bad(field, "a text in quotation marks")
  }

  mutating func bool(_ field: String) throws(RecordError) -> Bool {
    let start = position
    switch word() {
    case "True": return true
    case "False": return false
    default:
      position = start
      throw bad(field, "True or False")
    }
  }

  /// Python 2 wrote lengths as `5000L`.
  mutating func tuple(_ field: String) throws(RecordError) -> [Int] {
    var numbers: [Int] = []
    try expect("(")
    while !skip(")") {
      let start = position
      let digits = word().prefix { $0.isASCII && $0.isNumber }
      guard let number = Int(digits), numbers.count < 32 else {
        position = start
        throw bad(field, "up to 32 whole numbers")
      }
      numbers.append(number)
      if !skip(",") {
        try expect(")")
        break
      }
    }
    return numbers
  }

  /// Takes the letters and digits that come next.
  private mutating func word() -> String {
    let start = byte - offset
    let word = text[start...].prefix { (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) }
    position = word.endIndex
    return String(decoding: word, as: UTF8.self)
  }

  private func bad(_ field: String, _ expected: String) -> RecordError {
    let rest = String(decoding: text[(byte - offset)...].prefix(40), as: UTF8.self)
    return .badField(file: file, byte: byte, field: field, found: rest, expected: expected)
  }
}
