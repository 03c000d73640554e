import ECGCore
import ECGExport
import ECGModelFile
import ECGTestSupport
import Foundation
import Testing

/// Whatever bytes come in, the reader returns or throws a `Status`: it never traps, and never runs on.
@Suite struct HostileBytesTests {
  @Test func everyTruncationIsFound() throws {
    let original = try smallModel()
    for length in 0..<original.count {
      let bytes = AlignedBytes(original.prefix(length))
      let error = #expect(throws: Status.self, "\(length) bytes") { try readEverything(bytes.content) }
      #expect(error == (length < 8 ? .notAModel : .truncated), "\(length) bytes")
    }
  }

  @Test func bytesBehindTheFileAreNotPartOfIt() throws {
    let original = try smallModel()
    let bytes = AlignedBytes(original + [1, 2, 3])
    try readEverything(bytes.content)
  }

  @Test func everyFlippedByteIsFound() throws {
    let original = try smallModel()
    var generator = SeededGenerator(seed: 1)
    let bytes = AlignedBytes(original)
    for place in original.indices {
      bytes.bytes[place] = original[place] ^ UInt8.random(in: 1...255, using: &generator)
      #expect(throws: Status.self, "byte \(place)") { try readEverything(bytes.content) }
      bytes.bytes[place] = original[place]
    }
    try readEverything(bytes.content)
  }

  /// Numbers of all sizes overwritten with those that break careless arithmetic. The digest is not looked at, so that
  /// everything behind it is reached.
  @Test func wrongNumbersNeverTrap() throws {
    let original = try smallModel()
    let bytes = AlignedBytes(original)
    let interesting: [UInt64] = [
      0, 1, 2, 7, 8, 16, 63, 255, 256, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 1 << 32, 1 << 40, 1 << 62, .max >> 1, .max,
      .max - 7, UInt64(original.count), UInt64(original.count - 1), UInt64(original.count - 8), 96,
    ]
    var generator = SeededGenerator(seed: 3)
    for place in stride(from: 8, to: original.count - 8, by: 2) {
      for width in [2, 4, 8] {
        let value = interesting.randomElement(using: &generator)!
        withUnsafeBytes(of: value.littleEndian) { number in
          for offset in 0..<width { bytes.bytes[place + offset] = number[offset] }
        }
        readWhatIsThere(bytes.content)
        for offset in 0..<width { bytes.bytes[place + offset] = original[place + offset] }
      }
    }
  }

  /// Several places at once, in our files and in those of h5py.
  @Test(arguments: ["small", "kinds", "many", "keras3"]) func randomDamageNeverTraps(_ name: String) throws {
    let original =
      name == "small"
      ? try smallModel()
      : try Array(Data(contentsOf: Vectors.folder.appending(path: "modelfile-\(name).h5")))
    var generator = SeededGenerator(seed: 2)
    let bytes = AlignedBytes(original)
    for _ in 0..<2000 {
      let places = (0..<Int.random(in: 1...20, using: &generator)).map { _ in
        Int.random(in: 96..<original.count, using: &generator)
      }
      for place in places { bytes.bytes[place] = UInt8.random(in: 0...255, using: &generator) }
      if name == "small" {
        readWhatIsThere(bytes.content)
      } else if let file = try? HDF5File(bytes.content) {
        walk(file, file.root, depth: 0)
      }
      for place in places { bytes.bytes[place] = original[place] }
    }
  }

  @Test func objectsThatContainThemselvesEnd() throws {
    let original = try smallModel()
    let bytes = AlignedBytes(original)
    // Every address in turn points to every other structure.
    let addresses = original.indices.filter { place in
      place % 8 == 0 && place + 4 <= original.count
        && ["TREE", "SNOD", "HEAP"].contains(String(decoding: original[place..<place + 4], as: UTF8.self))
    }
    #expect(addresses.count > 10)
    for place in stride(from: 24, to: original.count - 8, by: 8) {
      let value = original[place..<place + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard value > 0, value < UInt64(original.count), value % 8 == 0 else { continue }
      for address in addresses {
        withUnsafeBytes(of: UInt64(address).littleEndian) { number in
          for offset in 0..<8 { bytes.bytes[place + offset] = number[offset] }
        }
        readWhatIsThere(bytes.content)
      }
      for offset in 0..<8 { bytes.bytes[place + offset] = original[place + offset] }
    }
  }

  @Test func misalignedBytesAreRefused() throws {
    let original = try smallModel()
    let bytes = AlignedBytes([0] + original)
    let shifted = UnsafeRawBufferPointer(rebasing: bytes.content[1...])
    #expect(throws: Status.alignment) { try readEverything(shifted) }
  }

  @Test func emptyAndForeignBytesAreNoModel() {
    #expect(throws: Status.notAModel) { try readEverything(UnsafeRawBufferPointer(start: nil, count: 0)) }
    let text = AlignedBytes(Array(repeating: UInt8(ascii: "x"), count: 5000))
    #expect(throws: Status.notAModel) { try readEverything(text.content) }
  }

  @Test func aNewerFormatVersionSaysSo() throws {
    var original = try smallModel()
    // The attribute's name, its type (16 bytes) and its shape (8), then the version.
    let name = Array("format_version\0\0".utf8)
    let place = try #require((0..<original.count - 16).first { Array(original[$0..<$0 + 16]) == name })
    #expect(original[place + 16 + 16 + 8] == 1)
    original[place + 16 + 16 + 8] = UInt8(ModelFile.newestFormatVersion + 1)
    let bytes = AlignedBytes(original)
    #expect(throws: Status.formatVersion) { _ = try ModelFile(bytes.content) }
  }

  // MARK: Reading on, whatever fails

  private func readWhatIsThere(_ content: UnsafeRawBufferPointer) {
    guard let file = try? ModelFile(content) else { return }
    var sum: Double = 0
    for index in 0..<file.personCount { sum += Double((try? file.label(index))?[0] ?? 0) }
    for index in 0..<file.layerCount {
      _ = try? file.layerName(index)
      for name in ["kernel", "bias", "gamma"] as [StaticString] {
        guard let values = try? file.parameter(layer: index, name: name).float32() else { continue }
        for value in values { sum += Double(value) }
      }
    }
    _ = try? file.preprocessing("sampling_rate_hz")
    _ = try? file.preprocessing("beat_after_s")
    if let outlier = try? file.outlierReference() {
      let features = outlier.features.floats
      for values in [features, Array(outlier.kDistances), Array(outlier.reachabilityDensities)] {
        for value in values { sum += Double(value) }
      }
      precondition(features.count == outlier.count * outlier.dimensions)
      precondition(1...outlier.count ~= outlier.neighbourCount)
    }
    if let answer = try? file.knownAnswer() {
      for value in answer.input { sum += Double(value) }
      for value in answer.output { sum += Double(value) }
    }
    if let provenance = try? file.provenance() { walk(file.file, provenance, depth: 0) }
    if sum == 0.123_456_789 { print("the values were read") }
  }

  /// Looks at a group's known members and all its attributes.
  private func walk(_ file: HDF5File, _ object: HDF5File.Object, depth: Int) {
    if var attributes = try? file.attributes(of: object) {
      for _ in 0..<5000 {
        do {
          guard let (_, value) = try attributes.next() else { break }
          _ = try? value.number()
          _ = try? value.text()
        } catch {
          guard error == .unsupportedHDF5 else { break }
        }
      }
    }
    guard depth < 4 else { return }
    let names: [StaticString] = [
      "types", "shapes", "outside", "named", "f4", "i8", "text", "cube", "compact", "chunked", "variable_text",
      "values",
      "many", "member_17", "member_399", "attributes", "model_weights", "conv2d", "dense", "sequential", "kernel",
      "bias",
    ]
    for name in names {
      if let entry = try? file.dataset(name, of: object) {
        _ = try? entry.float32().reduce(0, +)
        _ = try? entry.text()
      }
      if let member = try? file.member(name, of: object) { walk(file, member, depth: depth + 1) }
    }
  }
}
