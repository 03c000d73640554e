/// The signals that share a signal file; they follow each other in the header.
struct SignalGroup: Sendable {
  var file: String
  /// The number of its format, see signal(5).
  var format: Int
  /// Bytes before the first sample.
  var byteOffset: Int
  /// Their numbers in the header.
  var signals: Range<Int>
  /// Where each signal's samples lie in a frame, in the order of `signals`.
  var places: [SignalPlace]
  /// Samples of all of them in a frame.
  var frameLength: Int { places.last.map { $0.first + $0.samplesPerFrame } ?? 0 }

  /// `path` is the header's.
  static func groups(of header: WFDBHeader, path: String) throws(RecordError) -> [SignalGroup] {
    var groups: [SignalGroup] = []
    var seen: Set<String> = []
    for (index, signal) in header.signals.enumerated() {
      let isNull = signal.format == NullFormat.number
      if let last = groups.last, last.file == signal.file, !isNull {
        guard last.format == signal.format, last.byteOffset == signal.byteOffset else {
          throw .unsupported(
            file: shortName(path), what: "\(signal.file) is said to have several formats or byte offsets")
        }
        let place = SignalPlace(
          position: last.places.count, first: last.frameLength, samplesPerFrame: signal.samplesPerFrame)
        groups[groups.count - 1].places.append(place)
        groups[groups.count - 1].signals = last.signals.lowerBound..<index + 1
      } else {
        guard isNull || seen.insert(signal.file).inserted else {
          throw .unsupported(
            file: shortName(path), what: "the signals of \(signal.file) are not listed one after the other")
        }
        groups.append(
          SignalGroup(
            file: signal.file, format: signal.format, byteOffset: signal.byteOffset, signals: index..<index + 1,
            places: [SignalPlace(position: 0, first: 0, samplesPerFrame: signal.samplesPerFrame)]))
      }
    }
    return groups
  }

  /// Opens the signal file; `header` is how errors name the header.
  ///
  /// - Parameter promised: how many frames the header promises; the file must hold them. Nil where it leaves that open.
  func open(promised: Int?, folder: String, header: String) throws(RecordError) -> any SignalFile {
    guard let format = signalFormats[format] else { throw unknownFormat(header: header) }
    return try format.open(folder + file, self, promised: promised)
  }

  func unknownFormat(header: String) -> RecordError {
    let known = signalFormats.keys.sorted().map { "\($0)" }.joined(separator: ", ")
    return .unsupported(
      file: header, what: "\(file) is said to have format \(format), which is unknown; known are \(known)")
  }
}

/// Where one signal's samples lie among the signals of its file: a file is a row of frames, and a frame has one sample
/// of each signal, or several of a signal that is sampled faster.
struct SignalPlace: Sendable {
  /// Position among the signals of the file.
  var position: Int
  /// Position of the signal's first sample in a frame.
  var first: Int
  var samplesPerFrame: Int
}
