extension AnnotationFile {
  /// The file's bytes, fields in the order in which the WFDB library writes them.
  ///
  /// - Throws: `RecordError.unwritable` for what the format cannot hold; the text names the annotation.
  func encoded(file: String) throws(RecordError) -> [UInt8] {
    var bytes: [UInt8] = []
    let remarks = remarks
    for remark in remarks {
      try append(Annotation(sample: 0, code: .note, text: remark), interval: 0, to: &bytes, file: file)
    }
    // A step back and a placeholder a step on end the remarks, so that readers which do not know them go right.
    if !remarks.isEmpty {
      append(skip: -1, to: &bytes)
      append(word: 0, 1, to: &bytes)
    }

    var previous = Annotation(sample: 0, code: .normal)
    for (index, annotation) in annotations.enumerated() {
      guard annotation.sample >= 0 else {
        throw unwritable(file, index, "lies at sample \(annotation.sample), before the record's beginning")
      }
      let interval = annotation.sample - previous.sample
      guard interval >= -Int(Int32.max) else { throw unwritable(file, index, "lies too long before the one before it") }
      guard annotation.sample < 1 << 40 else { throw unwritable(file, index, "lies at sample \(annotation.sample)") }
      try append(annotation, after: previous, interval: interval, index: index, to: &bytes, file: file)
      previous = annotation
    }
    append(word: 0, 0, to: &bytes)
    return bytes
  }

  private var remarks: [String] {
    var remarks: [String] = []
    if let samplingRate { remarks.append(Self.samplingRateRemark + shortest(samplingRate)) }
    if !definitions.isEmpty {
      remarks.append(Self.definitionsRemark)
      remarks += definitions.map { "\($0.code.rawValue) \($0.symbol) \($0.meaning)" }
      remarks.append(Self.endOfDefinitionsRemark)
    }
    return remarks
  }

  /// "360" rather than "360.0".
  private func shortest(_ number: Double) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private func append(
    _ annotation: Annotation, after previous: Annotation? = nil, interval: Int, index: Int = 0, to bytes: inout [UInt8],
    file: String
  ) throws(RecordError) {
    var interval = interval
    while interval > 1023 || interval < 0 {
      let step = min(interval, Int(Int32.max))
      append(skip: step, to: &bytes)
      interval -= step
    }
    append(word: Int(annotation.code.rawValue), interval, to: &bytes)
    if annotation.subtype != 0 { append(word: Word.subtype, Int(annotation.subtype) & 0x3FF, to: &bytes) }
    if annotation.channel != previous?.channel ?? 0 { append(word: Word.channel, Int(annotation.channel), to: &bytes) }
    if annotation.number != previous?.number ?? 0 {
      append(word: Word.number, Int(annotation.number) & 0x3FF, to: &bytes)
    }
    let text = annotation.auxiliary
    // The field has room for more, but the WFDB library keeps the length in a byte.
    guard text.count <= 255 else { throw unwritable(file, index, "has \(text.count) bytes of text; 255 are possible") }
    if !text.isEmpty {
      append(word: Word.auxiliary, text.count, to: &bytes)
      bytes += text
      if text.count % 2 == 1 { bytes.append(0) }
    }
  }

  private func append(skip interval: Int, to bytes: inout [UInt8]) {
    append(word: Word.skip, 0, to: &bytes)
    let interval = UInt32(bitPattern: Int32(interval))
    for shift: UInt32 in [16, 24, 0, 8] { bytes.append(UInt8(truncatingIfNeeded: interval >> shift)) }
  }

  private func append(word code: Int, _ value: Int, to bytes: inout [UInt8]) {
    bytes.append(UInt8(truncatingIfNeeded: value))
    bytes.append(UInt8(truncatingIfNeeded: code << 2 | value >> 8))
  }

  private func unwritable(_ file: String, _ index: Int, _ what: String) -> RecordError {
    .unwritable(file: file, reason: "annotation \(index), counted from 0, \(what)")
  }
}
