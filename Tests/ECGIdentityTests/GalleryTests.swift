import ECGCore
import ECGTestSupport
import Foundation
import Testing

@testable import ECGIdentity

/// Templates, scores and saved bytes of a gallery; expected numbers from `Tests/Vectors/gallery.py`.
@Suite struct GalleryTests {
  private static let dimensions = 37

  @Test func templatesAndScoresAreThoseOfNumPy() throws {
    let embeddings = try Vectors.float32("gallery-embeddings")
    let expected = try Vectors.float64("gallery-templates")
    let gallery = try Enrolled(capacity: 7, dimensions: Self.dimensions)
    for person in 0..<7 {
      try gallery.enrol("Person \(person)", Array(embeddings[(person * 5 * 37)...].prefix(5 * 37)))
    }
    for person in 0..<7 {
      for (value, number) in zip(gallery.gallery.embedding(person), expected[(person * 37)...]) {
        #expect(abs(Double(value) - number) < 1e-6)
      }
      #expect(gallery.gallery.beatCount(person) == 5)
    }
    let probes = try Vectors.float32("gallery-probes")
    let scores = try Vectors.float64("gallery-scores")
    for probe in 0..<3 {
      let row = scores[(probe * 7)...].prefix(7)
      let answer = try gallery.best(Array(probes[(probe * 3 * 37)...].prefix(3 * 37)))
      #expect(answer?.template == row.indices.max { row[$0] < row[$1] }! - probe * 7)
      #expect(abs(Double(answer?.score ?? 0) - row.max()!) < 1e-6)
      for person in 0..<7 {
        let one = try gallery.best(Array(probes[(probe * 3 * 37)...].prefix(3 * 37)), among: person..<person + 1)
        #expect(one?.template == person)
        #expect(abs(Double(one?.score ?? 0) - row[row.startIndex + person]) < 1e-6)
      }
    }
  }

  /// Scores are computed a block at a time: none is lost at a border, and the first of equals wins.
  @Test(arguments: [1, 2, 255, 256, 257, 511, 512, 513]) func everyTemplateIsFound(count: Int) throws {
    let gallery = try Enrolled(capacity: count, dimensions: 8)
    var generator = SeededGenerator(seed: 5)
    var rows: [[Float]] = []
    for person in 0..<count {
      rows.append((0..<8).map { _ in Float(generator.normal()) })
      try gallery.enrol("P\(person)", rows[person])
    }
    for person in [0, count / 2, count - 1] { #expect(try gallery.best(rows[person])?.template == person) }
    #expect(try gallery.best(rows[0], among: 0..<0)?.template == nil)
  }

  @Test func templatesOfOnePersonLieSideBySideInTheOrderOfEnrolment() throws {
    let gallery = try Enrolled(capacity: 6, dimensions: 2)
    for (name, angle) in [("A", 1.0), ("B", 2.0), ("A", 3.0), ("C", 4.0), ("B", 5.0), ("A", 6.0)] {
      try gallery.enrol(name, [Float(cos(angle)), Float(sin(angle))])
    }
    #expect(gallery.names == ["A", "A", "A", "B", "B", "C"])
    #expect(gallery.gallery.personCount == 3)
    for (index, angle) in [1.0, 3, 6, 2, 5, 4].enumerated() {
      #expect(abs(Double(gallery.gallery.embedding(index)[0]) - cos(angle)) < 1e-6)
    }
    #expect(gallery.gallery.templates(of: try gallery.name("B")) == 3..<5)
    #expect(gallery.gallery.templates(of: try gallery.name("D")).isEmpty)
    #expect(throws: Status.bufferTooSmall) { try gallery.enrol("D", [1, 0]) }
  }

  @Test func removingOverwritesAndKeepsTheOthers() throws {
    let gallery = try Enrolled(capacity: 5, dimensions: 2)
    let empty = gallery.content
    for (name, angle) in [("A", 1.0), ("B", 2.0), ("A", 3.0), ("C", 4.0)] {
      try gallery.enrol(name, [Float(cos(angle)), Float(sin(angle))])
    }
    #expect(throws: Status.unknownPerson) { try gallery.remove("a") }
    try gallery.remove("A")
    #expect(gallery.names == ["B", "C"])
    #expect(abs(Double(gallery.gallery.embedding(1)[0]) - cos(4.0)) < 1e-6)
    try gallery.remove("C")
    try gallery.remove("B")
    #expect(gallery.content == empty && gallery.content.allSatisfy { $0 == 0 })
  }

  @Test func whatHasNoDirectionIsRefusedAndLeavesNothing() throws {
    let gallery = try Enrolled(capacity: 2, dimensions: 2)
    for values in [[0, 0], [.nan, 1], [.infinity, 0], [1e-20, 0], [], [1, 0, -1, 0]] as [[Float]] {
      #expect(throws: Status.argument) { try gallery.enrol("A", values) }
    }
    #expect(gallery.gallery.count == 0 && gallery.content.allSatisfy { $0 == 0 })
    for name in ["", String(repeating: "x", count: 48), "a\tb", "a\u{7f}"] {
      #expect(throws: Status.argument) { try gallery.enrol(name, [1, 0]) }
    }
    try gallery.enrol(String(repeating: "ü", count: 23) + "x", [1, 0])
    #expect(gallery.names == [String(repeating: "ü", count: 23) + "x"])
  }

  // MARK: Bytes

  @Test func savedBytesComeBack() throws {
    let gallery = try Enrolled(capacity: 4, dimensions: 3)
    for (name, values) in [("Ada", [1, 2, 3]), ("Eve", [0, 1, 0]), ("Ada", [3, 2, -1])] as [(String, [Float])] {
      try gallery.enrol(name, values)
    }
    let bytes = try gallery.save()
    #expect(bytes.count == 96 + 3 * (64 + 12))
    #expect(Array(bytes[..<8]) == Array("ecg-glry".utf8))
    #expect(Array(bytes[64..<68]) == Array("Ada".utf8) + [0])
    let other = try Enrolled(capacity: 3, dimensions: 3)
    try other.load(bytes)
    #expect(other.names == ["Ada", "Ada", "Eve"])
    #expect(try other.save() == bytes)
    for index in 0..<3 { #expect(Array(other.gallery.embedding(index)) == Array(gallery.gallery.embedding(index))) }
    let empty = try Enrolled(capacity: 1, dimensions: 3)
    #expect(throws: Status.bufferTooSmall) { try empty.load(bytes) }
    try other.load(try empty.save())
    #expect(other.gallery.count == 0)
  }

  /// The checksum is right here: what is behind it is looked at, too.
  @Test func sealedNonsenseIsRefused() throws {
    let gallery = try Enrolled(capacity: 2, dimensions: 3)
    try gallery.enrol("Ada", [1, 2, 3])
    let bytes = try gallery.save()
    func refuse(_ status: Status, _ change: (inout [UInt8]) -> Void) throws {
      var changed = Array(bytes.dropLast(32))
      change(&changed)
      var hash = SHA256()
      changed.withUnsafeBytes { hash.update($0) }
      let digest = hash.finish()
      let sealed = changed + (0..<32).map { digest[$0] }
      #expect(throws: status) { try gallery.load(sealed) }
    }
    try refuse(.notAGallery) { $0[0] ^= 1 }
    try refuse(.formatVersion) { $0[8] = 2 }
    try refuse(.notAGallery) { $0[8] = 0 }
    try refuse(.notAGallery) { $0[12] = 4 }
    try refuse(.notAGallery) { $0[16] = 2 }
    try refuse(.notAGallery) { $0[23] = 0xff }
    try refuse(.notAGallery) { $0[24] = 1 }
    try refuse(.otherModel) { $0[32] ^= 1 }
    try refuse(.notAGallery) { $0[64] = 0 }
    try refuse(.notAGallery) { $0[64] = 10 }
    try refuse(.notAGallery) { $0[70] = 65 }
    try refuse(.notAGallery) { for index in 64..<112 { $0[index] = 65 } }
    try refuse(.notAGallery) { $0[128 + 3] ^= 0x40 }
    try refuse(.notAGallery) { for index in 128..<140 { $0[index] = 0xff } }
    try refuse(.notAGallery) { for index in 128..<140 { $0[index] = 0 } }
    #expect(gallery.names == ["Ada"])
    #expect(try gallery.save() == bytes)
  }

  @Test func sizesBeyondMemoryAreRefused() {
    for (capacity, dimensions) in [(0, 1), (-1, 1), (1, 0), (1, -1), (1, 1 << 17), (.max, 1), (1 << 31, 1)] {
      var arena = Arena.measuring()
      #expect(throws: Status.argument) {
        _ = try Gallery(
          capacity: capacity, dimensions: dimensions, modelDigest: SHA256.Digest(repeating: 0), arena: &arena)
      }
    }
  }
}

/// A gallery with memory of its own.
private final class Enrolled {
  var gallery: Gallery
  private let memory: UnsafeMutableRawBufferPointer
  private let sum: UnsafeMutableBufferPointer<Float>
  private let probe: UnsafeMutableBufferPointer<Float>
  private let block: UnsafeMutableBufferPointer<Float>

  init(capacity: Int, dimensions: Int) throws {
    var measured = Arena.measuring()
    _ = try Gallery(
      capacity: capacity, dimensions: dimensions, modelDigest: SHA256.Digest(repeating: 7), arena: &measured)
    memory = .allocate(byteCount: measured.peak, alignment: Arena.alignment)
    memory.initializeMemory(as: UInt8.self, repeating: 0)
    var arena = try Arena(memory)
    gallery = try Gallery(
      capacity: capacity, dimensions: dimensions, modelDigest: SHA256.Digest(repeating: 7), arena: &arena)
    sum = .allocate(capacity: dimensions)
    probe = .allocate(capacity: dimensions)
    block = .allocate(capacity: Gallery.blockCount)
  }

  deinit {
    memory.deallocate()
    sum.deallocate()
    probe.deallocate()
    block.deallocate()
  }

  var content: [UInt8] { Array(memory) }
  var names: [String] { (0..<gallery.count).map { String(cString: gallery.nameText($0)!) } }
  func name(_ text: String) throws(Status) -> PersonName {
    try text.utf8CString.withUnsafeBufferPointer { (text) throws(Status) in try PersonName(text.baseAddress!) }
  }

  private func mean(_ values: [Float]) throws(Status) -> MeanEmbedding {
    var mean = MeanEmbedding(sum)
    let dimensions = sum.count
    for start in stride(from: 0, to: values.count, by: dimensions) {
      try values.withUnsafeBufferPointer { (values) throws(Status) in
        try mean.add(UnsafeBufferPointer(rebasing: values[start..<min(start + dimensions, values.count)]))
      }
    }
    return mean
  }

  func enrol(_ name: String, _ values: [Float]) throws { try gallery.enrol(self.name(name), mean(values)) }
  func remove(_ name: String) throws { try gallery.remove(self.name(name)) }
  func best(_ values: [Float], among candidates: Range<Int>? = nil) throws -> Gallery.Best? {
    try mean(values).write(to: probe)
    return try gallery.best(UnsafeBufferPointer(probe), among: candidates ?? 0..<gallery.count, block: block)
  }

  func save() throws -> [UInt8] {
    let size = GalleryBytes.size(count: gallery.count, dimensions: gallery.dimensions)
    var bytes = [UInt8](repeating: 0xaa, count: size)
    try bytes.withUnsafeMutableBytes { try GalleryBytes.save(gallery, to: $0) }
    var short = [UInt8](repeating: 0, count: size - 1)
    #expect(throws: Status.bufferTooSmall) {
      try short.withUnsafeMutableBytes { try GalleryBytes.save(gallery, to: $0) }
    }
    return bytes
  }

  func load(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try GalleryBytes.load($0, into: &gallery) } }
}
