import CECG
import CECGKernels
import ECGCore
import ECGIdentity
import ECGNetwork

// MARK: Making and closing

@c @implementation
public func ecg_gallery_open(
  _ model: OpaquePointer!, _ capacity: Int, _ gallery: UnsafeMutablePointer<OpaquePointer?>!
) -> ecg_status {
  status { () throws(Status) in
    guard let gallery else { throw .argument }
    let memory = try Memory.take(try galleryMemorySize(model, capacity))
    do throws(Status) {
      let handle = try makeGallery(model, capacity, memory)
      handle.pointee.isOwn = true
      gallery.pointee = OpaquePointer(handle)
    } catch {
      Memory.giveBack(memory)
      throw error
    }
  }
}

@c @implementation
public func ecg_gallery_close(_ pointer: OpaquePointer!) {
  guard let handle = try? gallery(pointer) else { return }
  let memory = handle.pointee.memory
  let isOwn = handle.pointee.isOwn
  ecg_overwrite(memory.baseAddress, memory.count)
  if isOwn { Memory.giveBack(memory) }
}

@c @implementation
public func ecg_gallery_size(
  _ model: OpaquePointer!, _ capacity: Int, _ size: UnsafeMutablePointer<Int>!
) -> ecg_status {
  status { () throws(Status) in
    guard let size else { throw .argument }
    size.pointee = try galleryMemorySize(model, capacity)
  }
}

@c @implementation
public func ecg_gallery_init(
  _ model: OpaquePointer!, _ capacity: Int, _ memory: UnsafeMutableRawPointer!, _ memorySize: Int,
  _ gallery: UnsafeMutablePointer<OpaquePointer?>!
) -> ecg_status {
  status { () throws(Status) in
    guard let gallery, let memory, memorySize > 0 else { throw .argument }
    let size = try galleryMemorySize(model, capacity)
    guard size <= memorySize else { throw .bufferTooSmall }
    let handle = try makeGallery(model, capacity, UnsafeMutableRawBufferPointer(start: memory, count: size))
    gallery.pointee = OpaquePointer(handle)
  }
}

// MARK: People

@c @implementation
public func ecg_gallery_enrol(
  _ pointer: OpaquePointer!, _ sessionPointer: OpaquePointer!, _ person: UnsafePointer<CChar>!,
  _ beats: UnsafePointer<Float>!, _ beatCount: Int
) -> ecg_status {
  status { () throws(Status) in
    let handle = try gallery(pointer)
    let session = try session(sessionPointer, of: handle)
    guard let person else { throw .argument }
    let name = try PersonName(person)
    try session.enrol(name, try session.given(beats, beatCount), in: &handle.pointee.gallery)
  }
}

@c @implementation
public func ecg_gallery_remove(_ pointer: OpaquePointer!, _ person: UnsafePointer<CChar>!) -> ecg_status {
  status { () throws(Status) in
    let handle = try gallery(pointer)
    guard let person else { throw .argument }
    try handle.pointee.gallery.remove(try PersonName(person))
  }
}

@c @implementation
public func ecg_gallery_count(
  _ pointer: OpaquePointer!, _ templateCount: UnsafeMutablePointer<Int>!, _ personCount: UnsafeMutablePointer<Int>!
) -> ecg_status {
  status { () throws(Status) in
    let handle = try gallery(pointer)
    if let personCount { personCount.pointee = handle.pointee.gallery.personCount }
    if let templateCount { templateCount.pointee = handle.pointee.gallery.count }
  }
}

@c @implementation
public func ecg_gallery_person(
  _ pointer: OpaquePointer!, _ index: Int, _ beatCount: UnsafeMutablePointer<UInt32>!
) -> UnsafePointer<CChar>! {
  guard let handle = try? gallery(pointer), let text = handle.pointee.gallery.nameText(index) else { return nil }
  if let beatCount { beatCount.pointee = UInt32(clamping: handle.pointee.gallery.beatCount(index)) }
  return text
}

// MARK: Keeping

@c @implementation
public func ecg_gallery_save(
  _ pointer: OpaquePointer!, _ bytes: UnsafeMutableRawPointer!, _ capacity: Int,
  _ byteCount: UnsafeMutablePointer<Int>!
) -> ecg_status {
  status { () throws(Status) in
    let handle = try gallery(pointer)
    guard let byteCount, capacity >= 0 else { throw .argument }
    let size = GalleryBytes.size(
      count: handle.pointee.gallery.count, dimensions: handle.pointee.gallery.dimensions)
    if let bytes {
      guard capacity >= size else { throw .bufferTooSmall }
      try GalleryBytes.save(handle.pointee.gallery, to: UnsafeMutableRawBufferPointer(start: bytes, count: size))
    }
    byteCount.pointee = size
  }
}

@c @implementation
public func ecg_gallery_load(_ pointer: OpaquePointer!, _ bytes: UnsafeRawPointer!, _ byteCount: Int) -> ecg_status {
  status { () throws(Status) in
    let handle = try gallery(pointer)
    guard let bytes, byteCount >= 0 else { throw .argument }
    try GalleryBytes.load(UnsafeRawBufferPointer(start: bytes, count: byteCount), into: &handle.pointee.gallery)
  }
}

@c @implementation
public func ecg_gallery_saved_count(
  _ bytes: UnsafeRawPointer!, _ byteCount: Int, _ templateCount: UnsafeMutablePointer<Int>!
) -> ecg_status {
  status { () throws(Status) in
    guard let bytes, byteCount >= 0, let templateCount else { throw .argument }
    templateCount.pointee = try GalleryBytes.header(UnsafeRawBufferPointer(start: bytes, count: byteCount)).count
  }
}

// MARK: Who it is

@c @implementation
public func ecg_verify(
  _ sessionPointer: OpaquePointer!, _ pointer: OpaquePointer!, _ person: UnsafePointer<CChar>!,
  _ beats: UnsafePointer<Float>!, _ beatCount: Int, _ match: UnsafeMutablePointer<ecg_match>!
) -> ecg_status {
  status { () throws(Status) in
    let handle = try gallery(pointer)
    let session = try session(sessionPointer, of: handle)
    guard let person, let match else { throw .argument }
    let candidates = handle.pointee.gallery.templates(of: try PersonName(person))
    guard !candidates.isEmpty else { throw .unknownPerson }
    let answer = try session.compare(
      try session.given(beats, beatCount), with: candidates, of: handle.pointee.gallery)
    try write(answer, of: handle.pointee.gallery, to: match)
  }
}

@c @implementation
public func ecg_gallery_identify(
  _ sessionPointer: OpaquePointer!, _ pointer: OpaquePointer!, _ beats: UnsafePointer<Float>!, _ beatCount: Int,
  _ match: UnsafeMutablePointer<ecg_match>!
) -> ecg_status {
  status { () throws(Status) in
    let handle = try gallery(pointer)
    let session = try session(sessionPointer, of: handle)
    guard let match else { throw .argument }
    let answer = try session.compare(
      try session.given(beats, beatCount), with: 0..<handle.pointee.gallery.count, of: handle.pointee.gallery)
    try write(answer, of: handle.pointee.gallery, to: match)
  }
}

/// Writes an answer to a C caller; `person` is who was accepted.
func write(
  _ answer: GalleryAnswer, person: PersonName?, to target: UnsafeMutablePointer<ecg_match>
) throws(Status) {
  let size = target.pointee.struct_size
  var match = ecg_match()
  match.struct_size = size
  match.verdict = answer.verdict.rawValue
  match.template_index = Int32(truncatingIfNeeded: answer.template)
  match.score = answer.score
  match.threshold = answer.threshold
  match.false_acceptance_probability = Float(answer.falseAcceptanceProbability)
  match.beat_count = UInt32(clamping: answer.beatCount)
  match.template_count = UInt32(clamping: answer.templateCount)
  if let person {
    withUnsafeMutableBytes(of: &match.person) { text in
      for index in 0..<min(text.count, PersonName.size) { text[index] = person[index] }
    }
  }
  try write(match, to: target, size: size, required: MemoryLayout<ecg_match>.size)
}

private func write(
  _ answer: GalleryAnswer, of gallery: Gallery, to target: UnsafeMutablePointer<ecg_match>
) throws(Status) {
  try write(answer, person: answer.verdict == .accepted ? gallery.name(answer.template) : nil, to: target)
}

// MARK: Handles

/// The session behind a pointer from C; throws `otherModel` when it is not of the gallery's model.
private func session(
  _ pointer: OpaquePointer?, of gallery: UnsafeMutablePointer<GalleryHandle>
) throws(Status) -> Session {
  let session = try session(pointer).pointee.session
  guard session.model == gallery.pointee.model else { throw .otherModel }
  return session
}

private func galleryMemorySize(_ pointer: OpaquePointer?, _ capacity: Int) throws(Status) -> Int {
  let handle = try model(pointer)
  var arena = Arena.measuring()
  _ = try arena.take(UInt8.self, MemoryLayout<GalleryHandle>.size)
  do throws(Status) {
    _ = try Gallery(
      capacity: capacity, dimensions: handle.pointee.model.network.embeddingCount,
      modelDigest: SHA256.Digest(repeating: 0), arena: &arena)
  } catch {
    // Of a measuring arena: beyond what memory can hold.
    throw .argument
  }
  return arena.used
}

private func makeGallery(
  _ pointer: OpaquePointer?, _ capacity: Int, _ memory: UnsafeMutableRawBufferPointer
) throws(Status) -> UnsafeMutablePointer<GalleryHandle> {
  let model = try model(pointer)
  var arena = try Arena(memory)
  let start = try place(GalleryHandle.self, &arena)
  let gallery = try Gallery(
    capacity: capacity, dimensions: model.pointee.model.network.embeddingCount,
    modelDigest: try model.pointee.model.embeddingDigest(), arena: &arena)
  let handle = start.bindMemory(to: GalleryHandle.self, capacity: 1)
  let place = withUnsafeMutablePointer(to: &model.pointee.model) { UnsafePointer($0) }
  handle.initialize(to: GalleryHandle(gallery: gallery, model: place, memory: memory))
  return handle
}
