import CECG
import ECGCore
import ECGExport
import ECGIdentity
import ECGTestSupport
import Foundation
import Testing

@testable import ECG

/// Galleries by way of `ecg.h`: what sessions enrol and compare are the embeddings of ECGNetwork.
@Suite struct GalleryInterfaceTests {
  /// The unit mean of beats' unit embeddings, in double precision.
  private func direction(_ beats: [Float], _ contents: ModelContents) -> [Double] {
    let runner = PlainRunner(contents.network, contents.parameters)
    func unit(_ values: [Double]) -> [Double] {
      let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return values.map { $0 / length }
    }
    var sum = [Double](repeating: 0, count: 6)
    for beat in 0..<beats.count / TinyModel.beatLength {
      for (index, value) in unit(runner.run(TinyModel.beat(beat, of: beats)).embedding.map(Double.init)).enumerated() {
        sum[index] += value
      }
    }
    return unit(sum)
  }

  @Test(arguments: [1, 2, 15, 16, 17, 33]) func scoresAreCosinesOfMeanEmbeddings(count: Int) throws {
    let contents = TinyModel.contents()
    let opened = try CModel(contents)
    let people = (0..<4).map { TinyModel.beats(count: count, seed: UInt64(100 + $0)) }
    for (person, beats) in people.enumerated() { try opened.enrol("Person \(person)", beats) }
    let probe = TinyModel.beats(count: 3, seed: 77)
    let direction = direction(probe, contents)
    let cosines = people.map { zip(self.direction($0, contents), direction).reduce(0) { $0 + $1.0 * $1.1 } }
    let match = try opened.identify(probe)
    #expect(Int(match.template_index) == cosines.indices.max { cosines[$0] < cosines[$1] })
    #expect(abs(Double(match.score) - cosines.max()!) < 1e-5)
    #expect(match.beat_count == 3 && match.template_count == 4)
    for person in 0..<4 {
      #expect(abs(Double(try opened.verify("Person \(person)", probe).score) - cosines[person]) < 1e-5)
    }
    // Not calibrated: nothing is promised, so nobody is accepted.
    #expect(match.verdict == ECG_VERDICT_NOT_SURE && match.false_acceptance_probability == 1 && match.threshold == 2)
  }

  /// What changes no embedding changes no gallery; what changes one refuses it.
  @Test func galleriesMeetNoOtherModelsEmbeddings() throws {
    let contents = TinyModel.contents()
    let first = try CModel(contents)
    try first.enrol("Ada", TinyModel.beats(count: 9, seed: 1))
    let saved = first.save()
    var others: [(String, Bool, ModelContents)] = [("the same", true, contents)]
    others.append(("without outliers", true, TinyModel.contents(features: .none)))
    var changed = contents
    changed.labels[0] = "Somebody else"
    others.append(("other labels", true, changed))
    changed = contents
    changed.provenance.append((name: "note", text: "calibrated anew"))
    others.append(("other provenance", true, changed))
    changed = contents
    changed.parameters[0][0][0] += 1e-6
    others.append(("another weight", false, changed))
    changed = contents
    changed.preprocessing[3].value += 1e-6
    others.append(("another signal chain", false, changed))
    for (what, fits, contents) in others {
      let model = try CModel(contents)
      #expect(model.load(saved) == (fits ? 0 : Status.otherModel.code), "\(what)")
    }
  }
}

/// A model, a session and a gallery, made by way of `ecg.h`.
private final class CModel {
  let file: AlignedBytes
  private var memory: [AlignedBytes] = []
  let session: OpaquePointer
  let gallery: OpaquePointer

  init(_ contents: ModelContents) throws {
    file = try TinyModel.bytes(contents)
    var size = 0
    var model: OpaquePointer?
    var session: OpaquePointer?
    var gallery: OpaquePointer?
    try #require(ecg_model_size(file.content.baseAddress, file.content.count, &size) == 0)
    memory.append(AlignedBytes(count: size))
    try #require(
      ecg_model_init(file.content.baseAddress, file.content.count, memory[0].bytes.baseAddress, size, &model) == 0)
    try #require(ecg_session_size(model, 10, 500, &size) == 0)
    memory.append(AlignedBytes(count: size))
    try #require(ecg_session_init(model, 10, 500, memory[1].bytes.baseAddress, size, &session) == 0)
    try #require(ecg_gallery_size(model, 5, &size) == 0)
    memory.append(AlignedBytes(count: size))
    try #require(ecg_gallery_init(model, 5, memory[2].bytes.baseAddress, size, &gallery) == 0)
    self.session = try #require(session)
    self.gallery = try #require(gallery)
  }

  func enrol(_ person: String, _ beats: [Float]) throws {
    try #require(ecg_gallery_enrol(gallery, session, person, beats, beats.count / TinyModel.beatLength) == 0)
  }

  func identify(_ beats: [Float]) throws -> ecg_match {
    var match = ecg_match()
    match.struct_size = UInt32(MemoryLayout<ecg_match>.size)
    try #require(ecg_gallery_identify(session, gallery, beats, beats.count / TinyModel.beatLength, &match) == 0)
    return match
  }

  func verify(_ person: String, _ beats: [Float]) throws -> ecg_match {
    var match = ecg_match()
    match.struct_size = UInt32(MemoryLayout<ecg_match>.size)
    try #require(ecg_verify(session, gallery, person, beats, beats.count / TinyModel.beatLength, &match) == 0)
    return match
  }

  func save() -> [UInt8] {
    var size = 0
    #expect(ecg_gallery_save(gallery, nil, 0, &size) == 0)
    var bytes = [UInt8](repeating: 0, count: size)
    #expect(ecg_gallery_save(gallery, &bytes, size, &size) == 0)
    return bytes
  }

  func load(_ bytes: [UInt8]) -> Int32 { ecg_gallery_load(gallery, bytes, bytes.count) }
}
