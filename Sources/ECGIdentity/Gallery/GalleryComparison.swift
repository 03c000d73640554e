import ECGCore

/// Beats that come one after another, compared with templates of a gallery: after the 1st, 2nd, 4th, … of them, until
/// one of these looks meets the promise or all are over.
///
/// A session has all beats at once, a stream one at a time: both ask this. A beat counts once `add` has taken its
/// embedding; `nextLook` says after how many of them to `look`.
public struct GalleryComparison {
  private var mean: MeanEmbedding
  private var looksDone = 0
  public private(set) var answer = GalleryAnswer()

  /// A comparison of nothing yet. `sum` has a value per dimension and is its memory.
  public init(_ sum: UnsafeMutableBufferPointer<Float>) { mean = MeanEmbedding(sum) }

  /// Beats taken.
  public var beatCount: Int { mean.count }

  /// How many beats the next look is on; nil when the answer stands.
  public func nextLook(_ scale: VerificationScale) -> Int? {
    guard answer.verdict == .notSure, looksDone < scale.lookCount else { return nil }
    return Int(scale.beatCounts[looksDone])
  }

  /// Takes one beat's embedding. Throws `argument`, and takes nothing, when it is not finite or has no direction.
  public mutating func add(_ embedding: UnsafeBufferPointer<Float>) throws(Status) { try mean.add(embedding) }

  /// Compares the beats so far with `candidates`: a look, or without a scale no more than a score. Where there are no
  /// candidates, everybody is rejected.
  ///
  /// Throws `argument` when the beats' embeddings cancel out.
  ///
  /// - Parameter arena: working memory: `memorySize` bytes.
  public mutating func look(
    at candidates: Range<Int>, of gallery: Gallery, _ scale: VerificationScale?, arena: inout Arena
  ) throws(Status) {
    let look = looksDone
    looksDone &+= 1
    let probe = try arena.take(Float.self, gallery.dimensions)
    try mean.write(to: probe)
    let best = try gallery.best(
      UnsafeBufferPointer(probe), among: candidates, block: try arena.take(Float.self, Gallery.blockCount))
    guard let scale else {
      if let best { answer = GalleryAnswer(best, beats: mean.count, templates: candidates.count) }
      return
    }
    if let best {
      answer = GalleryAnswer(best, look: look, templates: candidates.count, scale: scale)
    } else {
      answer = GalleryAnswer()
      answer.verdict = .rejected
    }
  }

  /// Bytes that `look` takes of an arena.
  public static func memorySize(dimensions: Int) throws(Status) -> Int {
    var arena = Arena.measuring()
    _ = try arena.take(Float.self, dimensions)
    _ = try arena.take(Float.self, Gallery.blockCount)
    return arena.peak
  }
}
