import ECGTestSupport
import Foundation
import Testing

@testable import ECGRecords

private func file(_ name: String) -> URL { Vectors.folder.appending(path: "annotations/\(name).atr") }

/// What the Python package wfdb reads: `Tests/Vectors/annotations.py`.
private func expected(_ name: String) throws -> [Annotation] {
  let data = try Data(contentsOf: Vectors.folder.appending(path: "annotations/\(name).json"))
  let rows = try #require(try JSONSerialization.jsonObject(with: data) as? [[Any]])
  return try rows.map { row in
    func number(_ column: Int) throws -> Int { try #require(row[column] as? Int) }
    return Annotation(
      sample: try number(0), code: try #require(AnnotationCode(rawValue: UInt8(try number(1)))),
      subtype: Int8(try number(2)), channel: UInt8(try number(3)), number: Int8(try number(4)),
      text: try #require(row[5] as? String))
  }
}

/// Texts without the zero at their end, which wfdb's golden values leave out.
private func trimmed(_ annotations: [Annotation]) -> [Annotation] {
  annotations.map { annotation in
    var annotation = annotation
    annotation.text = annotation.text
    return annotation
  }
}

@Suite struct AnnotationTests {
  let scratch = Scratch()

  @Test(arguments: ["everything", "specification", "remarks", "rate"])
  func readsWhatWFDBReads(_ name: String) throws {
    #expect(trimmed(try readAnnotations(file(name))) == (try expected(name)))
  }

  @Test func readsWhatConcernsTheWholeFile() throws {
    let remarks = try AnnotationFile(contentsOf: file("remarks"))
    #expect(remarks.samplingRate == 257.5)
    #expect(remarks.definitions.map(\.code.rawValue) == [42, 43])
    #expect(remarks.definitions.map(\.symbol) == ["w", "y"])
    #expect(remarks.definitions.map(\.meaning) == ["some wave", "another one, odd"])
    #expect(try AnnotationFile(contentsOf: file("everything")).samplingRate == nil)
    #expect(try AnnotationFile(contentsOf: file("rate")).samplingRate == 500)
  }

  /// `specification` is built from annot(5) by the script beside it; the others were written by wfdb, which differs only
  /// in the order of fields of one annotation.
  @Test(arguments: ["specification", "remarks", "rate"])
  func writesWhatItReadByteForByte(_ name: String) throws {
    try AnnotationFile(contentsOf: file(name)).write(to: scratch.url("copy.atr"))
    #expect(try Data(contentsOf: scratch.url("copy.atr")) == Data(contentsOf: file(name)))
  }

  @Test func writesWhatTheSpecificationAsksFor() throws {
    let file = AnnotationFile(
      try expected("specification"), samplingRate: 360,
      definitions: [.init(code: try #require(AnnotationCode(rawValue: 42)), symbol: "w", meaning: "some wave")])
    let bytes = try file.encoded(file: "")
    #expect(trimmed(try AnnotationFile(bytes: bytes, file: "").annotations) == file.annotations)
    // Texts with a zero at the end take two bytes more where that changes their parity.
    let original = Array(try Data(contentsOf: ECGRecordsTests.file("specification")))
    #expect(bytes == original)
  }

  @Test func knowsTheCodes() {
    let beats = "NLRaVFJASEj/QB?!enfr"
    #expect(
      Set((1...58).compactMap(AnnotationCode.init(rawValue:)).filter(\.isBeat).map(\.symbol).joined()) == Set(beats))
    #expect(AnnotationCode(symbol: "V") == .prematureVentricular)
    #expect(AnnotationCode(symbol: "V")?.rawValue == 5)
    #expect(AnnotationCode(rawValue: 42)?.symbol == "[42]")
    #expect(AnnotationCode(rawValue: 0) == nil && AnnotationCode(rawValue: 59) == nil)
  }

  private func words(_ words: [(code: Int, value: Int)]) -> [UInt8] {
    words.flatMap { [UInt8($0.value & 255), UInt8($0.code << 2 | $0.value >> 8)] }
  }

  /// Where wfdb and annot(5) disagree, annot(5) decides: text of more than 255 bytes; a remark of a person at sample 0
  /// is an annotation; the file ends at the first zero word.
  @Test func followsTheSpecificationWhereWFDBDoesNot() throws {
    let text = [UInt8](repeating: 65, count: 301)
    let long = words([(1, 3), (63, 301)]) + text + [0] + words([(5, 4), (0, 0)])
    let annotations = try AnnotationFile(bytes: long, file: "").annotations
    #expect(annotations.map(\.sample) == [3, 7])
    #expect(annotations[0].auxiliary == text)

    let remark = words([(22, 0), (63, 4)]) + Array("well".utf8) + words([(1, 9), (0, 0), (1, 1), (0, 0)])
    let remarked = try AnnotationFile(bytes: remark, file: "").annotations
    #expect(remarked.map(\.text) == ["well", ""])
    #expect(remarked.map(\.sample) == [0, 9])
  }

  @Test func carriesChannelsAndNumbersOnButNoSubtypes() throws {
    let bytes = words([(1, 10), (60, 3), (61, 2), (62, 1), (1, 10), (62, 0), (60, 0x3FF), (1, 10), (0, 0)])
    let annotations = try AnnotationFile(bytes: bytes, file: "").annotations
    #expect(annotations.map(\.number) == [3, -1, -1])
    #expect(annotations.map(\.channel) == [1, 0, 0])
    #expect(annotations.map(\.subtype) == [2, 0, 0])
    #expect(annotations.map(\.sample) == [10, 20, 30])
  }

  @Test func namesTheByteThatIsWrong() throws {
    func byte(_ bytes: [UInt8]) -> Int? {
      do {
        _ = try AnnotationFile(bytes: bytes, file: "100.atr")
      } catch {
        if case .badAnnotations(_, let byte, _) = error { return byte }
      }
      return nil
    }
    #expect(byte([]) == 0)
    #expect(byte([0]) == 0)
    #expect(byte(words([(1, 10)])) == 2)
    #expect(byte(words([(1, 10), (59, 0), (0, 1)])) == 2)
    #expect(byte(words([(1, 10), (63, 5), (0, 0), (0, 0)])) == 2)
    #expect(byte(words([(61, 1), (1, 10), (0, 0)])) == 0)
    #expect(byte(words([(59, 0)]) + [255, 255, 0, 0] + words([(1, 10), (0, 0)])) == 6)
    #expect(byte(words([(0, 0)])) == nil)
  }

  @Test func refusesToWriteWhatTheFormatCannotHold() throws {
    let good = Annotation(sample: 1, code: .normal)
    for bad in [
      Annotation(sample: -1, code: .normal), Annotation(sample: .max, code: .normal),
      Annotation(sample: 5, code: .note, text: String(repeating: "x", count: 256)),
    ] {
      #expect(throws: RecordError.self) { try writeAnnotations([good, bad], to: scratch.url("bad.atr")) }
    }
    #expect(!FileManager.default.fileExists(atPath: scratch.url("bad.atr").path))
    #expect(throws: RecordError.self) { try writeAnnotations([good], to: scratch.url("absent/a.atr")) }
    try writeAnnotations([], to: scratch.url("none.atr"))
    #expect(try readAnnotations(scratch.url("none.atr")) == [])
    // Steps back are possible.
    let back = [Annotation(sample: 5000, code: .normal), good]
    try writeAnnotations(back, to: scratch.url("back.atr"))
    #expect(try readAnnotations(scratch.url("back.atr")) == back)
  }

  /// Annotations or a `RecordError`, and what was read is written and read again.
  @Test(arguments: ["everything", "specification", "remarks"])
  func survivesTruncationAndByteFlips(_ name: String) throws {
    let good = Array(try Data(contentsOf: file(name)))
    for length in 0..<good.count {
      #expect(throws: RecordError.self) { try AnnotationFile(bytes: Array(good[..<length]), file: "") }
    }
    var generator = LinearGenerator(state: 100)
    for _ in 0..<20_000 {
      var damaged = good
      for _ in 0...generator.next() % 4 {
        damaged[Int(generator.next() % UInt64(damaged.count))] = UInt8(truncatingIfNeeded: generator.next())
      }
      guard let read = try? AnnotationFile(bytes: damaged, file: "") else { continue }
      #expect(read.annotations.count <= damaged.count / 2)
      guard let written = try? read.encoded(file: "") else { continue }
      let again = try AnnotationFile(bytes: written, file: "")
      #expect(again.annotations == read.annotations)
    }
  }

  @Test(.enabled(if: RealData.has("mitdb"), "needs ../shared/data/mitdb"))
  func readsAndWritesMITBIH() throws {
    let folder = RealData.folder.appending(path: "mitdb")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".atr") }
      .sorted()
    let figures = try Vectors.int32("annotations-mitdb")
    #expect(figures.count == 2 * names.count)
    for (index, name) in names.enumerated() {
      let file = try AnnotationFile(contentsOf: folder.appending(path: name))
      var hash: UInt32 = 0
      func add(_ value: Int) { hash = hash &* 31 &+ UInt32(truncatingIfNeeded: value) }
      for annotation in file.annotations {
        add(annotation.sample)
        add(Int(annotation.code.rawValue))
        add(Int(annotation.subtype))
        add(Int(annotation.channel))
        add(Int(annotation.number))
        for byte in annotation.auxiliary { add(Int(byte)) }
      }
      #expect(file.annotations.count == Int(figures[2 * index]), "\(name)")
      #expect(hash == UInt32(bitPattern: figures[2 * index + 1]), "\(name)")
      let original = Array(try Data(contentsOf: folder.appending(path: name)))
      #expect(try file.encoded(file: "") == original, "\(name)")
    }
  }
}
