import ECGCore
import ECGIdentity

/// What the usable beats of a signal come to, compared with a gallery; and the template that would enrol who they are of.
struct StreamGallery {
  /// Beats beyond so many change neither a template nor a score without a calibrated scale any more.
  static var mostBeats: Int { 1000 }

  private let sum: UnsafeMutableBufferPointer<Float>
  private let enrolmentSum: UnsafeMutableBufferPointer<Float>
  private var comparison: GalleryComparison
  private var enrolment: MeanEmbedding
  /// Belongs to the caller; nil: beats are compared with nobody.
  private(set) var gallery: UnsafePointer<Gallery>?
  /// Whose templates alone are compared; nil: everybody's.
  private var claimedPerson: PersonName?
  /// Copied when it is accepted: the gallery may change afterwards.
  private(set) var acceptedPerson: PersonName?

  init(dimensions: Int, arena: inout Arena) throws(Status) {
    sum = try arena.take(Float.self, dimensions)
    enrolmentSum = try arena.take(Float.self, dimensions)
    comparison = GalleryComparison(sum)
    enrolment = MeanEmbedding(enrolmentSum)
  }

  var answer: GalleryAnswer { comparison.answer }

  /// Compares beats from now on with this gallery. Throws `otherModel` for embeddings of another length.
  mutating func compare(with gallery: UnsafePointer<Gallery>?, person: PersonName?) throws(Status) {
    if let gallery, gallery.pointee.dimensions != sum.count { throw .otherModel }
    (self.gallery, claimedPerson) = (gallery, person)
    restartComparison()
  }

  /// Forgets all beats: the next may be another person's.
  mutating func restart() {
    restartComparison()
    enrolment = MeanEmbedding(enrolmentSum)
  }

  private mutating func restartComparison() {
    comparison = GalleryComparison(sum)
    acceptedPerson = nil
  }

  /// Takes the embedding of the next usable beat, and looks when it is time to. A beat whose embedding has no direction is
  /// passed over.
  mutating func add(
    _ embedding: UnsafeBufferPointer<Float>, _ scale: VerificationScale?, scratch: UnsafeMutableRawBufferPointer
  ) throws(Status) {
    do throws(Status) {
      if enrolment.count < StreamGallery.mostBeats { try enrolment.add(embedding) }
      guard let gallery else { return }
      if let scale {
        guard let end = comparison.nextLook(scale) else { return }
        try comparison.add(embedding)
        guard comparison.beatCount == end else { return }
      } else {
        guard comparison.beatCount < StreamGallery.mostBeats else { return }
        try comparison.add(embedding)
      }
      try look(at: gallery.pointee, scale, scratch)
    } catch {
      // No direction, or none in common: neither says that it is somebody, nor that it is nobody.
      guard error == .argument else { throw error }
    }
  }

  private mutating func look(
    at gallery: Gallery, _ scale: VerificationScale?, _ scratch: UnsafeMutableRawBufferPointer
  ) throws(Status) {
    let candidates = claimedPerson.map { gallery.templates(of: $0) } ?? 0..<gallery.count
    var arena = try Arena(scratch)
    try comparison.look(at: candidates, of: gallery, scale, arena: &arena)
    if answer.verdict == .accepted { acceptedPerson = gallery.name(answer.template) }
  }

  /// Adds a template of the beats since the last restart. Returns how many they are.
  ///
  /// Throws `noBeats`, `otherModel` for embeddings of another length, `bufferTooSmall` when the gallery is full,
  /// `argument` when those of the beats cancel out.
  func enrol(_ name: PersonName, in gallery: inout Gallery) throws(Status) -> Int {
    guard gallery.dimensions == sum.count else { throw .otherModel }
    guard enrolment.count > 0 else { throw .noBeats }
    try gallery.enrol(name, enrolment)
    return enrolment.count
  }
}
