extension AnnotationFile {
  /// Reads a file's bytes; errors name it `file`.
  ///
  /// - Throws: `RecordError.badAnnotations`.
  public init(bytes: [UInt8], file: String) throws(RecordError) {
    self.init([])
    var sample = 0
    var channel: UInt8 = 0
    var number: Int8 = 0
    var position = 0
    var current: Annotation?
    // Code 0 with an interval is no annotation; what belongs to it is passed over.
    var isPlaceholder = false

    func bad(_ what: String) -> RecordError { .badAnnotations(file: file, byte: position, what: what) }
    func number16(at byte: Int) throws(RecordError) -> Int {
      guard byte + 1 < bytes.count else { throw bad("the file ends before the two zero bytes that mark its end") }
      return Int(bytes[byte]) | Int(bytes[byte + 1]) << 8
    }

    while true {
      let word = try number16(at: position)
      if word == 0 { break }
      let (code, value) = (word >> 10, word & 0x3FF)
      var length = 2
      if code > Word.skip, current == nil, !isPlaceholder { throw bad("a field comes before the first annotation") }
      switch code {
      case Word.skip:
        let interval = try number16(at: position + 2) << 16 | number16(at: position + 4)
        sample += Int(Int32(truncatingIfNeeded: interval))
        length = 6
      case Word.number:
        number = Int8(truncatingIfNeeded: value)
        current?.number = number
      case Word.subtype:
        current?.subtype = Int8(truncatingIfNeeded: value)
      case Word.channel:
        channel = UInt8(truncatingIfNeeded: value)
        current?.channel = channel
      case Word.auxiliary:
        let start = position + 2
        guard start + value <= bytes.count else {
          throw bad("\(value) bytes of text are promised, the file ends before")
        }
        current?.auxiliary = Array(bytes[start..<start + value])
        length += value + value % 2
      default:
        if let current { annotations.append(current) }
        sample += value
        current = AnnotationCode(rawValue: UInt8(code)).map {
          var annotation = Annotation(sample: sample, code: $0)
          annotation.channel = channel
          annotation.number = number
          return annotation
        }
        isPlaceholder = current == nil
        if current != nil, sample < 0 { throw bad("an annotation \(-sample) samples before the record's beginning") }
      }
      position += length
    }
    if let current { annotations.append(current) }
    takeRemarks()
  }

  /// Takes the notes apart that concern the whole file: those at its beginning, at sample 0.
  private mutating func takeRemarks() {
    var isDefining = false
    var count = 0
    for annotation in annotations {
      let text = annotation.text
      guard annotation.sample == 0, annotation.code == .note, isDefining || text.utf8.starts(with: Self.remark.utf8)
      else { break }
      count += 1
      if text == Self.definitionsRemark {
        isDefining = true
      } else if text == Self.endOfDefinitionsRemark {
        isDefining = false
      } else if text.utf8.starts(with: Self.samplingRateRemark.utf8) {
        let rate = Double(text.dropFirst(Self.samplingRateRemark.count).prefix { $0 != " " })
        if let rate, rate > 0, rate.isFinite { samplingRate = rate }
      } else if isDefining, let definition = AnnotationDefinition(text) {
        definitions.append(definition)
      }
    }
    annotations.removeFirst(count)
  }
}

extension AnnotationDefinition {
  /// Reads "42 w waveform of some kind"; nil where the text is something else.
  fileprivate init?(_ text: String) {
    let parts = text.split(separator: " ", maxSplits: 2)
    guard parts.count >= 2, let code = UInt8(parts[0]).flatMap(AnnotationCode.init(rawValue:)) else { return nil }
    self.init(code: code, symbol: String(parts[1]), meaning: parts.count > 2 ? String(parts[2]) : "")
  }
}
