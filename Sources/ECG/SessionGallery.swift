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
    var mean = MeanEmbedding(embeddingSum)
    var answer = GalleryAnswer()
    guard let scale = model.pointee.verification else {
      try recogniser.forEachEmbedding(of: beats) { (embedding) throws(Status) in try mean.add(embedding) }
      if let best = try best(mean, candidates, gallery) {
        answer = GalleryAnswer(best, beats: mean.count, templates: candidates.count)
      }
      return answer
    }
    var look = 0
    var first = 0
    // From look to look, so that the network runs on no beat that is not looked at.
    while look < scale.lookCount, answer.verdict != .accepted {
      let end = Int(scale.beatCounts[look])
      guard end &* length <= beats.count else { break }
      try recogniser.forEachEmbedding(of: UnsafeBufferPointer(rebasing: beats[first &* length..<end &* length])) {
        (embedding) throws(Status) in try mean.add(embedding)
      }
      guard let best = try best(mean, candidates, gallery) else {
        answer.verdict = .rejected
        answer.falseAcceptanceProbability = 1
        break
      }
      answer = GalleryAnswer(best, look: look, templates: candidates.count, scale: scale)
      first = end
      look &+= 1
    }
    return answer
  }

  private func best(
    _ mean: MeanEmbedding, _ candidates: Range<Int>, _ gallery: Gallery
  ) throws(Status) -> Gallery.Best? {
    try mean.write(to: probe)
    var arena = try Arena(recogniser.scratch)
    return try gallery.best(
      UnsafeBufferPointer(probe), among: candidates, block: try arena.take(Float.self, Gallery.blockCount))
  }
}
