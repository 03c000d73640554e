import ECG
import ECGExport
import ECGFiles
import ECGModelFile
import ECGSignal
import Foundation

/// A weights file as a C header: a constant array that `ecg_model_init` takes, the sizes of the static memory that goes
/// with it, and in a comment what it is. For devices without files.
public struct CArray {
  private let loaded: LoadedModel
  private let memory: StaticMemory
  private let name: String
  private let use: StaticMemory.Use

  /// - Parameters:
  ///   - name: a C identifier; the array is `<name>_bytes`, macros begin with it in capitals.
  ///   - use: what the memory is for.
  public init(of url: URL, name: String, for use: StaticMemory.Use) throws {
    guard name.wholeMatch(of: /[A-Za-z][A-Za-z0-9_]*/) != nil else {
      throw WorkflowError.option(
        "\(name) is no name for a C array: it must begin with a letter and have letters, digits and _ only")
    }
    self.name = name
    self.use = use
    loaded = try LoadedModel(contentsOf: url)
    memory = try StaticMemory(contentsOf: url, for: use)
  }

  /// Writes the whole header or nothing. Throws `WorkflowError.output`.
  public func write(to output: URL) throws {
    let file = try MappedFile(loaded.url)
    defer { withExtendedLifetime(file) {} }
    do throws(FileError) {
      let written = try AtomicFile(output)
      try write(head(byteCount: file.content.count), to: written)
      try writeWords(of: file.content, to: written)
      try write("};\n\n#endif\n", to: written)
      try written.finish()
    } catch {
      throw WorkflowError.output(file: error.path, reason: error.reason)
    }
  }

  private func head(byteCount: Int) -> String {
    let model = loaded.model
    let capitals = name.uppercased()
    let people =
      loaded.labels.isEmpty
      ? " *     none: they are enrolled in a gallery" : wrapped(loaded.labels.map(comment).joined(separator: ", "))
    func define(_ what: String, _ value: Int, _ meaning: String) -> String {
      "#define \(capitals)_\(what) \(value) /* \(meaning) */\n"
    }
    return """
      /* \(comment(loaded.url.lastPathComponent)) as a C array, written by `ecgid export`. Include it in one source file.
       *
       *   network   \(comment(String(cString: model.file.networkName))), \(model.parameterCount) parameters
       *   digest    \(loaded.digest)
       *   people    \(loaded.labels.count):
      \(people)
       */
      #ifndef \(capitals)_BYTES_H
      #define \(capitals)_BYTES_H

      #include <stdint.h>


      """
        + define("SIZE", byteCount, "bytes, for ecg_model_init")
        + define("PERSON_COUNT", model.personCount, "probabilities of ecg_identify")
        + define("BEAT_LENGTH", model.pipeline.beatLength, "values in a beat")
        + define("MEMORY_SIZE", memory.model, "bytes that ecg_model_init needs, or more")
        + "\n/* The session that these sizes are for. */\n"
        + "#define \(capitals)_SESSION_SECONDS \(use.longestSeconds)\n"
        + "#define \(capitals)_SESSION_RATE \(use.samplingRate) /* Hz */\n"
        + define("SESSION_SIZE", memory.session, "bytes that ecg_session_init needs, or more")
        + define("BEAT_CAPACITY", memory.beatCapacity, "the most beats that one recording can give")
        + "\n/* A stream at that rate; these are the options that its size is for, 0 being the default. */\n"
        + "#define \(capitals)_STREAM_OPTIONS {sizeof(ecg_stream_options), \(use.stream.beatCount),"
        + " \(use.stream.windowSeconds), \(use.stream.intervalSeconds), \(use.stream.lookaheadSeconds)}\n"
        + define("STREAM_SIZE", memory.stream, "bytes that ecg_stream_init needs, or more")
        + gallery(define)
          + """

          /* Little-endian words. Devices of the other byte order cannot use a weights file in place. */
          #if defined(__cplusplus)
          alignas(64)
          #elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
          _Alignas(64)
          #else
          __attribute__((aligned(64)))
          #endif
          static const uint64_t \(name)_bytes[\((byteCount + 7) / 8)] = {

          """
  }

  private func gallery(_ define: (String, Int, String) -> String) -> String {
    guard let size = memory.gallery, let templates = use.templates else { return "" }
    return "\n/* A gallery of people enrolled on the device. */\n"
      + define("GALLERY_CAPACITY", templates, "templates; a person may have several")
      + define("GALLERY_SIZE", size, "bytes that ecg_gallery_init needs, or more")
  }

  /// Text that cannot end a comment.
  private func comment(_ text: String) -> String {
    String(text.map { $0.isNewline || $0.asciiValue.map { $0 < 32 } == true ? " " : $0 })
      .replacingOccurrences(of: "*/", with: "* /").replacingOccurrences(of: "/*", with: "/ *")
  }

  private func wrapped(_ text: String) -> String {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + word.count < 110 {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(" *     \(word)")
      }
    }
    return lines.joined(separator: "\n")
  }

  private func writeWords(of bytes: UnsafeRawBufferPointer, to file: AtomicFile) throws(FileError) {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(1 << 16)
    for start in stride(from: 0, to: bytes.count, by: 8) {
      var word: UInt64 = 0
      for (place, byte) in bytes[start..<min(start + 8, bytes.count)].enumerated() {
        word |= UInt64(byte) << UInt64(8 * place)
      }
      text += [0x30, 0x78]
      for place in stride(from: 60, through: 0, by: -4) {
        text.append(digits[Int(truncatingIfNeeded: word >> UInt64(place)) & 15])
      }
      text += start % 40 == 32 ? [0x2c, 0x0a] : [0x2c]
      if text.count > 60000 {
        try write(text, to: file)
        text.removeAll(keepingCapacity: true)
      }
    }
    try write(text + [0x0a], to: file)
  }

  private func write(_ text: String, to file: AtomicFile) throws(FileError) { try write(Array(text.utf8), to: file) }

  private func write(_ text: [UInt8], to file: AtomicFile) throws(FileError) {
    try text.span.withUnsafeBytes { (bytes) throws(FileError) in try file.write(bytes) }
  }
}
