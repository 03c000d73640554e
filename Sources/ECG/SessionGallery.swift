import ECGCore
import ECGIdentity
import ECGNetwork
import ECGSignal

extension Session {
  /// Adds a template of these beats to a gallery. Throws `argument` for what is no beat or gets no embedding,
  /// `bufferTooSmall` when the gallery is full.
  public func enrol(
    _ name: PersonName, _ beats: UnsafeBufferPointer<Float>, in gallery: inout Gallery
  ) throws(Status) {
    guard gallery.dimensions == embeddingSum.count else { throw .otherModel }
    guard gallery.count < gallery.capacity else { throw .bufferTooSmall }
    var mean = MeanEmbedding(embeddingSum)
    try recogniser.forEachEmbedding(of: beats) { (embedding) throws(Status) in try mean.add(embedding) }
    try gallery.enrol(name, mean)
  }

  /// Compares these beats, in their order, with some templates of a gallery: look by look until one meets the promise,
  /// or without a calibrated scale all at once.
  public func compare(
    _ beats: UnsafeBufferPointer<Float>, with candidates: Range<Int>, of gallery: Gallery
  ) throws(Status) -> GalleryAnswer {
    guard gallery.dimensions == embeddingSum.count else { throw .otherModel }
    let length = model.pointee.pipeline.beatLength
    var comparison = GalleryComparison(embeddingSum)
    guard let scale = model.pointee.verification else {
      try add(beats, to: &comparison)
      try look(&comparison, candidates, gallery, nil)
      return comparison.answer
    }
    // From look to look, so that the network runs on no beat that is not looked at.
    while let end = comparison.nextLook(scale), end &* length <= beats.count {
      try add(UnsafeBufferPointer(rebasing: beats[comparison.beatCount &* length..<end &* length]), to: &comparison)
      try look(&comparison, candidates, gallery, scale)
    }
    return comparison.answer
  }

  private func add(_ beats: UnsafeBufferPointer<Float>, to comparison: inout GalleryComparison) throws(Status) {
    try recogniser.forEachEmbedding(of: beats) { (embedding) throws(Status) in try comparison.add(embedding) }
  }

  private func look(
    _ comparison: inout GalleryComparison, _ candidates: Range<Int>, _ gallery: Gallery, _ scale: VerificationScale?
  ) throws(Status) {
    var arena = try Arena(recogniser.scratch)
    try comparison.look(at: candidates, of: gallery, scale, arena: &arena)
  }
}
