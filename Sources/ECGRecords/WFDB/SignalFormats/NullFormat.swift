/// Format 0 of header(5): a signal without a file, all of whose samples are missing.
enum NullFormat: SignalFormat {
  static let number = 0
  static let bitCount = 32

  static func open(_ path: String, _ group: SignalGroup, promised: Int?) -> any SignalFile {
    NullSignalFile(frameCount: promised ?? 0)
  }
}

private final class NullSignalFile: SignalFile {
  let frameCount: Int
  let byteCount = 0
  private var read = 0

  init(frameCount: Int) { self.frameCount = frameCount }

  func next() -> Int {
    let frames = min(1024, frameCount - read)
    read += frames
    return frames
  }

  func decode(_ place: SignalPlace, from start: Int, into samples: UnsafeMutableBufferPointer<Int32>) {
    samples.update(repeating: .min)
  }
}
