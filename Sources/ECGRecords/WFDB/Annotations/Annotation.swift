/// A mark at one sample of a record: a heartbeat, a change of rhythm, a remark.
public struct Annotation: Sendable, Hashable {
  /// Counted from 0 at the record's beginning.
  public var sample: Int
  public var code: AnnotationCode
  /// Its meaning depends on the code.
  public var subtype: Int8
  /// The signal that is meant, counted from 0.
  public var channel: UInt8
  /// Its meaning is the annotator's affair.
  public var number: Int8
  /// The attached bytes as the file has them, with a zero at the end in many files.
  public var auxiliary: [UInt8]

  public init(
    sample: Int, code: AnnotationCode, subtype: Int8 = 0, channel: UInt8 = 0, number: Int8 = 0, text: String = ""
  ) {
    self.sample = sample
    self.code = code
    self.subtype = subtype
    self.channel = channel
    self.number = number
    auxiliary = Array(text.utf8)
  }

  /// The attached text: "(AFIB" with a change of rhythm.
  public var text: String {
    get { String(decoding: auxiliary.prefix { $0 != 0 }, as: UTF8.self) }
    set { auxiliary = Array(newValue.utf8) }
  }
}

/// A code that a file defines for itself.
public struct AnnotationDefinition: Sendable, Hashable {
  public var code: AnnotationCode
  public var symbol: String
  public var meaning: String

  public init(code: AnnotationCode, symbol: String, meaning: String) {
    self.code = code
    self.symbol = symbol
    self.meaning = meaning
  }
}
