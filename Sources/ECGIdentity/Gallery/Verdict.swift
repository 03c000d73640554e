/// Whether the beats so far are a person's. The numbers are those of `ecg.h`.
public enum Verdict: Int32, Sendable, BitwiseCopyable {
  /// More beats may tell; or the model was not calibrated, or not on enough people for so many templates.
  case notSure = 0
  case accepted = 1
  /// All looks are over, and none met the promise.
  case rejected = 2
}

/// What a comparison with a gallery came to.
public struct GalleryAnswer: Sendable {
  public var verdict = Verdict.notSure
  /// The most similar of the templates compared; −1 when there was none.
  public var template = -1
  /// Its cosine with the probe.
  public var score: Float = -1
  /// Scores from here on are accepted at this look.
  public var threshold = VerificationScale.unreachable
  public var falseAcceptanceProbability = 1.0
  /// Beats that the probe was made from.
  public var beatCount = 0
  /// Templates compared.
  public var templateCount = 0

  /// No answer yet.
  public init() {}

  /// The answer at one look, on `best` of `templates` templates.
  public init(_ best: Gallery.Best, look: Int, templates: Int, scale: VerificationScale) {
    template = best.template
    score = best.score
    templateCount = templates
    beatCount = Int(scale.beatCounts[look])
    threshold = scale.threshold(look: look, templates: templates)
    falseAcceptanceProbability = scale.falseAcceptanceProbability(score, look: look, templates: templates)
    if falseAcceptanceProbability <= scale.promisedRate {
      verdict = .accepted
    } else if look == scale.lookCount &- 1, threshold < VerificationScale.unreachable {
      verdict = .rejected
    }
  }

  /// The answer without a calibrated scale: a score, and no verdict.
  public init(_ best: Gallery.Best, beats: Int, templates: Int) {
    template = best.template
    score = best.score
    beatCount = beats
    templateCount = templates
  }
}
