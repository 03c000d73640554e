import Foundation

/// The European Data Format and its kin: EDF (Kemp et al. 1992), EDF+ (Kemp and Olivan 2003; continuous and
/// discontinuous) and BioSemi's BDF with samples of 24 bits; https://www.edfplus.info/specs.
///
/// Signals may have different sampling rates. Annotations are no leads; their texts are the recording's comments. Gaps
/// of a discontinuous file are filled with NaN, so that samples stay where they belong in time.
enum EDFFormat: RecordingFormat {
  static let name = "EDF"

  static func recognises(_ head: FileHead) -> Bool { EDFHeader.Variant(head.bytes) != nil }

  static func open(_ url: URL, samplingRate: Double?) throws(RecordError) -> any RecordingFile {
    try EDFRecording(FileReader(url.path))
  }
}
