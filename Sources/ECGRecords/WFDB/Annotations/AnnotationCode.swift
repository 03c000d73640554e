/// What an annotation marks: one of the codes of `ecgcodes.h` in the WFDB library, or a code that a file defines.
public struct AnnotationCode: RawRepresentable, Sendable, Hashable {
  public let rawValue: UInt8

  /// Nil unless the code is from 1 to 58; annot(5) uses 0 and the ones above for other purposes.
  public init?(rawValue: UInt8) {
    guard (1...58).contains(rawValue) else { return nil }
    self.rawValue = rawValue
  }

  fileprivate init(_ rawValue: UInt8) { self.rawValue = rawValue }

  /// The code with this symbol ("N", "V"), if it is one of the library's.
  public init?(symbol: String) {
    guard let entry = codes.first(where: { $0.value.symbol == symbol }) else { return nil }
    self.init(entry.key)
  }

  /// As PhysioNet prints it ("N"); the number in brackets for codes that only a file gives a meaning.
  public var symbol: String { codes[rawValue]?.symbol ?? "[\(rawValue)]" }

  /// In words; empty for codes that only a file gives a meaning.
  public var meaning: String { codes[rawValue]?.meaning ?? "" }

  /// Whether a heartbeat is marked: the codes of the macro `isqrs` in `ecgmap.h`.
  public var isBeat: Bool { codes[rawValue]?.isBeat ?? false }

  public static let normal = AnnotationCode(1)
  public static let prematureVentricular = AnnotationCode(5)
  public static let noise = AnnotationCode(14)
  public static let artefact = AnnotationCode(16)
  public static let note = AnnotationCode(22)
  public static let rhythm = AnnotationCode(28)
}

extension AnnotationCode: CustomStringConvertible {
  public var description: String { symbol }
}

private struct Meaning {
  let symbol: String
  let meaning: String
  let isBeat: Bool
}

/// `ecgcodes.h` for the numbers, `ecgmap.h` and PhysioNet's table of annotations for the rest.
private let codes: [UInt8: Meaning] = {
  func beat(_ symbol: String, _ meaning: String) -> Meaning { Meaning(symbol: symbol, meaning: meaning, isBeat: true) }
  func mark(_ symbol: String, _ meaning: String) -> Meaning { Meaning(symbol: symbol, meaning: meaning, isBeat: false) }
  return [
    1: beat("N", "normal beat"),
    2: beat("L", "left bundle branch block beat"),
    3: beat("R", "right bundle branch block beat"),
    4: beat("a", "aberrated atrial premature beat"),
    5: beat("V", "premature ventricular contraction"),
    6: beat("F", "fusion of ventricular and normal beat"),
    7: beat("J", "nodal (junctional) premature beat"),
    8: beat("A", "atrial premature contraction"),
    9: beat("S", "premature or ectopic supraventricular beat"),
    10: beat("E", "ventricular escape beat"),
    11: beat("j", "nodal (junctional) escape beat"),
    12: beat("/", "paced beat"),
    13: beat("Q", "unclassifiable beat"),
    14: mark("~", "signal quality change"),
    16: mark("|", "isolated QRS-like artefact"),
    18: mark("s", "ST change"),
    19: mark("T", "T-wave change"),
    20: mark("*", "systole"),
    21: mark("D", "diastole"),
    22: mark("\"", "comment"),
    23: mark("=", "measurement"),
    24: mark("p", "P-wave peak"),
    25: beat("B", "left or right bundle branch block"),
    26: mark("^", "non-conducted pacer spike"),
    27: mark("t", "T-wave peak"),
    28: mark("+", "rhythm change"),
    29: mark("u", "U-wave peak"),
    30: beat("?", "learning"),
    31: beat("!", "ventricular flutter wave"),
    32: mark("[", "start of ventricular flutter or fibrillation"),
    33: mark("]", "end of ventricular flutter or fibrillation"),
    34: beat("e", "atrial escape beat"),
    35: beat("n", "supraventricular escape beat"),
    36: mark("@", "link to external data"),
    37: mark("x", "non-conducted P-wave (blocked atrial premature beat)"),
    38: beat("f", "fusion of paced and normal beat"),
    39: mark("(", "waveform onset"),
    40: mark(")", "waveform end"),
    41: beat("r", "R-on-T premature ventricular contraction"),
  ]
}()
