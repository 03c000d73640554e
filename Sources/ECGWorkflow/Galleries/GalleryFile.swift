import ECG
import ECGCore
import ECGFiles
import ECGIdentity
import ECGNetwork
import Foundation

/// Enrolled people in memory of their own, as a file keeps them: what `ecg_gallery_save` writes, nothing beside it.
public final class GalleryFile {
  private(set) var gallery: Gallery
  private var memory: AlignedMemory

  /// An empty gallery for embeddings of this model.
  public convenience init(for loaded: LoadedModel, room: Int) throws {
    try self.init(
      room: room, dimensions: loaded.model.network.embeddingCount, modelDigest: try loaded.embeddingDigest())
  }

  /// What a file keeps, with room for `room` templates more. Throws unless the gallery is of this model's embeddings.
  public static func read(_ url: URL, for loaded: LoadedModel, room: Int = 0) throws -> GalleryFile {
    let file = try read(url, room: room)
    let digest = try loaded.embeddingDigest()
    guard file.gallery.dimensions == loaded.model.network.embeddingCount,
      (0..<32).allSatisfy({ digest[$0] == file.gallery.modelDigest[$0] })
    else {
      throw WorkflowError.gallery(
        file: url.relativePath,
        reason: "it belongs to another model than \(loaded.url.path): enrol these people anew, in a gallery of its own")
    }
    return file
  }

  /// What a file keeps, whatever model it belongs to.
  public static func read(_ url: URL, room: Int = 0) throws -> GalleryFile {
    let content: Data
    do {
      content = try Data(contentsOf: url)
    } catch {
      throw WorkflowError.gallery(file: url.path, reason: error.localizedDescription)
    }
    do {
      let header = try content.withUnsafeBytes { try GalleryBytes.header($0) }
      let file = try GalleryFile(
        room: max(header.count + room, 1), dimensions: header.dimensions, modelDigest: header.modelDigest)
      try content.withUnsafeBytes { try GalleryBytes.load($0, into: &file.gallery) }
      return file
    } catch let status as Status {
      throw WorkflowError.gallery(file: url.path, reason: status.message)
    }
  }

  private init(room: Int, dimensions: Int, modelDigest: SHA256.Digest) throws {
    func make(_ arena: inout Arena) throws(Status) -> Gallery {
      try Gallery(capacity: room, dimensions: dimensions, modelDigest: modelDigest, arena: &arena)
    }
    var arena = Arena.measuring()
    _ = try make(&arena)
    memory = AlignedMemory(byteCount: arena.peak)
    arena = memory.arena()
    gallery = try make(&arena)
  }

  deinit { gallery.removeAll() }

  // MARK: People

  /// Somebody enrolled.
  public struct Person: Encodable, Sendable {
    public var person: String
    /// Beats that each template was made of.
    public var templates: [Int]
  }

  public var templateCount: Int { gallery.count }

  /// Everybody, in the order of enrolment.
  public var people: [Person] {
    var people: [Person] = []
    for index in 0..<gallery.count {
      let name = self.name(index)
      if people.last?.person != name { people.append(Person(person: name, templates: [])) }
      people[people.count - 1].templates.append(gallery.beatCount(index))
    }
    return people
  }

  func name(_ template: Int) -> String { gallery.nameText(template).map { String(cString: $0) } ?? "" }

  public func has(_ person: String) throws -> Bool { !gallery.templates(of: try personName(person)).isEmpty }

  /// Adds a template of one recording's beats.
  public func enrol(_ person: String, _ beats: [Float], by recogniser: LoadedModel.Recogniser) throws {
    let name = try personName(person)
    try beats.withUnsafeBufferPointer { (beats) throws(Status) in
      try recogniser.session.enrol(name, beats, in: &gallery)
    }
  }

  /// Removes a person and overwrites their templates.
  public func remove(_ person: String) throws {
    do throws(Status) {
      try gallery.remove(try personName(person))
    } catch {
      throw WorkflowError.option("nobody called “\(person)” is enrolled")
    }
  }

  // MARK: Who it is

  /// What a comparison came to.
  public struct Match: Encodable, Sendable {
    /// "accepted", "rejected" or "not sure".
    public var verdict: String
    /// Who was accepted.
    public var person: String?
    /// Whose template is the most similar, accepted or not.
    public var mostLike: String?
    public var score: Float
    /// Left out where no score is accepted.
    public var threshold: Float?
    public var falseAcceptanceProbability: Double
    public var beats: Int
    public var templates: Int
  }

  /// Compares beats with one person, or with everybody.
  public func match(
    _ beats: [Float], with person: String? = nil, by recogniser: LoadedModel.Recogniser
  ) throws -> Match {
    let candidates = try person.map { gallery.templates(of: try personName($0)) } ?? 0..<gallery.count
    if let person, candidates.isEmpty { throw WorkflowError.option("nobody called “\(person)” is enrolled") }
    let answer = try beats.withUnsafeBufferPointer { (beats) throws(Status) in
      try recogniser.session.compare(beats, with: candidates, of: gallery)
    }
    let mostLike = answer.template < 0 ? nil : name(answer.template)
    let verdict: String
    switch answer.verdict {
    case .accepted: verdict = "accepted"
    case .rejected: verdict = "rejected"
    case .notSure: verdict = "not sure"
    }
    return Match(
      verdict: verdict, person: answer.verdict == .accepted ? mostLike : nil, mostLike: mostLike, score: answer.score,
      threshold: answer.threshold < VerificationScale.unreachable ? answer.threshold : nil,
      falseAcceptanceProbability: answer.falseAcceptanceProbability, beats: answer.beatCount,
      templates: answer.templateCount)
  }

  // MARK: Keeping

  /// Runs `body`, which reads a gallery, changes it and writes it, while no other process does.
  public static func changing<Result>(_ url: URL, _ body: () throws -> Result) throws -> Result {
    try withLockedFolder(of: url, body)
  }

  /// Writes the file for its owner alone, whole or not at all, and overwrites the one that it replaces.
  public func write(to url: URL) throws {
    let size = GalleryBytes.size(count: gallery.count, dimensions: gallery.dimensions)
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 8)
    defer {
      bytes.initializeMemory(as: UInt8.self, repeating: 0)
      bytes.deallocate()
    }
    try GalleryBytes.save(gallery, to: bytes)
    try writeWhole(UnsafeRawBufferPointer(bytes), to: url, isPrivate: true)
  }
}

private func personName(_ text: String) throws(Status) -> PersonName {
  try text.utf8CString.withUnsafeBufferPointer { (text) throws(Status) in
    guard let start = text.baseAddress else { throw .argument }
    return try PersonName(start)
  }
}

/// Throws unless `text` can name a person in a gallery.
public func requirePersonName(_ text: String) throws {
  do throws(Status) {
    _ = try personName(text)
  } catch {
    throw WorkflowError.option("a person's name has 1 to 47 bytes of UTF-8 and no control characters")
  }
}
