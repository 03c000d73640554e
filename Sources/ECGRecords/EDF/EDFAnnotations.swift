/// A time-stamped annotation list of EDF+ (2.2.2): `+12.5 ␕ 0.3 ␔ text ␔ text ␔ ␀`, where ␕ is byte 21 and ␔ byte 20.
struct EDFAnnotationList {
  /// Seconds from the start of the file.
  var onset: Double
  var texts: [String]

  /// The lists in the annotation signal of one data record, up to the first one that is damaged.
  static func all(in bytes: UnsafeRawBufferPointer) -> [EDFAnnotationList] {
    bytes.split(separator: 0).prefix { $0.contains(20) }.compactMap { EDFAnnotationList($0) }
  }

  private init?(_ bytes: Slice<UnsafeRawBufferPointer>) {
    let parts = bytes.split(separator: 20, omittingEmptySubsequences: false)
    let stamp = parts[0].prefix { $0 != 21 }
    guard let sign = stamp.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
      let onset = Double(String(decoding: stamp, as: UTF8.self)), onset.isFinite
    else { return nil }
    self.onset = onset
    texts = parts.dropFirst().filter { !$0.isEmpty }.map { String(decoding: $0, as: UTF8.self) }
  }
}
