/// How the samples of a WFDB signal file are stored: one type per format of signal(5) in the WFDB Applications Guide,
/// listed in `signalFormats`.
protocol SignalFormat: SendableMetatype {
  /// The format's number in signal(5).
  static var number: Int { get }
  /// Bits of a sample.
  static var bitCount: Int { get }
  /// The stored value that means "no valid sample here" (WFDB_INVALID_SAMPLE, the lowest one), if the format has one.
  static var missing: Int32? { get }
  /// Whether a stored value is the difference from the signal's sample before it, the first one from the header's
  /// initial value.
  static var isDifference: Bool { get }
  /// Opens a signal file.
  ///
  /// - Parameter promised: how many frames the header promises; the file must hold them. Nil where it leaves that open.
  static func open(
    _ path: String, _ group: SignalGroup, promised: Int?
  ) throws(RecordError) -> any SignalFile
}

extension SignalFormat {
  static var missing: Int32? { -1 << Int32(bitCount - 1) }
  static var isDifference: Bool { false }
}

/// The formats that can be read: all of signal(5), and those that the WFDB library added later (508, 516, 524).
let signalFormats: [Int: any SignalFormat.Type] = {
  let formats: [any SignalFormat.Type] = [
    NullFormat.self, Format8.self, Format16.self, Format24.self, Format32.self, Format61.self, Format80.self,
    Format160.self, Format212.self, Format310.self, Format311.self, Format508.self, Format516.self, Format524.self,
  ]
  return Dictionary(uniqueKeysWithValues: formats.map { ($0.number, $0) })
}()

/// An open signal file, read from its beginning to its end in pieces of whole frames.
protocol SignalFile: AnyObject {
  /// How many frames it has, as far as that is known without reading it.
  var frameCount: Int { get }
  /// Of the whole file.
  var byteCount: Int { get }
  /// Goes on to the next piece; returns how many frames it has, 0 behind the last one.
  func next() throws(RecordError) -> Int
  /// Decodes samples of one signal in the present piece, from its sample `start` in this piece on.
  func decode(_ place: SignalPlace, from start: Int, into samples: UnsafeMutableBufferPointer<Int32>)
}
